/* SPDX-License-Identifier: ISC */
#ifndef TOXID_H
#define TOXID_H

#include <stdint.h>

#include "msg.h"
#include "priv.h"

/*
 * What is asked of toxid, which has the powers: each is a round trip of some
 * 25 us.  If it has gone, this process ends in any of them.
 */

/* The first of all. */
void toxid_start(struct priv_start *);

/* The first of that kind from that row on: a descriptor; -1: none is there. One
 * that is lost on the way is the end of ctld. */
int toxid_take(enum priv_heritage, uint32_t row, struct priv_taken *);

/* A child, and our end of its channel; -1 and errno. */
int toxid_spawn(enum role, struct priv_spawned *);
void toxid_kill(uint32_t child);

/* To be read from its beginning; never waits.  -1 and errno. */
int toxid_open(enum priv_file);

/* 0, or -1: it is worth trying again. */
int toxid_notify(enum priv_notice, uint64_t proxies, uint64_t sessions);

/* Whoever asked by -reload learns how it went. */
void toxid_reloaded(uint32_t asker, enum reload_outcome);

/* 1, or 0: there is none, until the doorbell rings. */
int toxid_news(struct priv_news *);

/* See upgrade.c.  0, or -1 and errno. */
int toxid_try(void);
void toxid_end_trial(void);
int toxid_keep(int client); /* it stays ours, too */
int toxid_replace(void);    /* returns if it fails */

/* The end of all: toxid will exit with that status when we have. */
void toxid_end(int status);

/*
 * One question, with all that may be in it: for listen.c.  Returns the
 * descriptor that came, or -1.
 */
int toxid_ask(const struct priv_question *, int fd, struct priv_answer *);

#endif
