/* SPDX-License-Identifier: ISC */
#ifndef PRIV_H
#define PRIV_H

#include <sys/types.h>

#include "ask.h"

struct rusage;

/*
 * What needs a power has a name that begins with priv_: it is asked for in one
 * call that says all of it.  What each file of it may call is a table in
 * SECURITY.md, and nobody else may: see tests/lint/powers.py.  Here is what no
 * room of its own is worth.
 */

/* By which option it is named: a path is never handed on. */
enum priv_file {
	PRIV_FILE_CONFIG, /* -config */
	PRIV_FILE_CHECK   /* -check */
};

/* To be read from its beginning; never waits.  -1 and errno. */
int priv_open(enum priv_file);

/* A child, or the trial of an upgrade: at once. */
void priv_kill(pid_t);

/*
 * One that has died or was stopped, its status as by wait(2), and what it has
 * used.  0, or -1 and errno: there is none.
 */
pid_t priv_wait(int *status, struct rusage *);

/*
 * To who asked by -reload.  It is a signal that means nothing to whoever has
 * that number by now.
 */
void priv_answer(pid_t, enum reload_outcome);

#endif
