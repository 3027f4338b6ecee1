/* SPDX-License-Identifier: ISC */
#ifndef ASK_H
#define ASK_H

#include <signal.h>
#include <sys/types.h>

/* -reload, in another process than toxid. */

/*
 * SIGHUP with this value, by sigqueue(3), is a question: the answer is such a
 * signal with an outcome.  By itself it does nothing to anybody.
 */
#define RELOAD_QUESTION 0x7265
#define RELOAD_ANSWER SIGURG

/* Programs of two versions say it to each other: the numbers stay. */
enum reload_outcome {
	RELOAD_FAILED = 0, /* nothing has changed */
	RELOAD_DONE = 1,   /* and is stored, if anything is */
	RELOAD_UNSTORED = 2,
};

void ask_to_reload(pid_t) __attribute__((__noreturn__));

#endif
