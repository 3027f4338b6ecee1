/* SPDX-License-Identifier: ISC */
#ifndef ASK_H
#define ASK_H

#include <signal.h>
#include <sys/types.h>

#include "priv.h"

/* -reload, in another process than toxid. */

/*
 * SIGHUP with this value, by sigqueue(3), is a question: the answer is such a
 * signal with an outcome.  By itself it does nothing to anybody.
 */
#define RELOAD_QUESTION 0x7265
#define RELOAD_ANSWER SIGURG

void ask_to_reload(pid_t) __attribute__((__noreturn__));

#endif
