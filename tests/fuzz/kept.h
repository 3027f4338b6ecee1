/* SPDX-License-Identifier: ISC */
#ifndef KEPT_H
#define KEPT_H

#include <sys/queue.h>

#include "fuzz.h"
#include "msg.h"

/*
 * What a database has to hold: every change that was acknowledged, and nothing
 * else.  Lists, as simple as can be.
 */

struct kept_toxic {
	TAILQ_ENTRY(kept_toxic) entry;
	struct toxic_spec spec;
};

struct kept_proxy {
	TAILQ_ENTRY(kept_proxy) entry;
	struct store_proxy p;
	TAILQ_HEAD(kept_toxics, kept_toxic) toxics; /* in order */
	size_t ntoxics;
};
TAILQ_HEAD(kept_proxies, kept_proxy);

struct kept_source {
	TAILQ_ENTRY(kept_source) entry;
	struct source_state s;
	char *text; /* so much of it has come: */
	uint64_t size;
	struct source_scenario *scenarios;
	uint32_t nscenarios;
};
TAILQ_HEAD(kept_sources, kept_source);

extern struct kept_sources kept_sources; /* in the order of their ids */
extern struct kept_proxies kept;         /* in the order of their keys' bytes */

struct kept_proxy *kept_find(const struct proxy_key *);
void kept_put(const struct store_proxy *);
void kept_put_toxic(const struct toxic_create *);

/* A step of a change, STORE_CLEAR to STORE_COMMIT; others are none. */
void kept_hear(const struct msg *);

/*
 * What has become of the change that ended with the STORE_COMMIT of that id;
 * 1: it made everything anew.  Nothing if there was none.
 */
int kept_answered(uint32_t id, int is_kept);

/* Those that were not answered never will be. */
void kept_forget_changes(void);
void kept_clear(void);

#endif
