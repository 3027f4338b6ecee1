/* SPDX-License-Identifier: ISC */
#ifndef ASK_H
#define ASK_H

#include "priv.h"

/*
 * ctld's end of the line to toxid, which waits.  fd, or -1, goes along and
 * stays the caller's.  0, and in *got a descriptor or -1, which is the
 * caller's: -1, too, where there was none free for it; -1: toxid has gone.
 */
int priv_ask(int line, const struct priv_question *, int fd,
    struct priv_answer *, int *got);

#endif
