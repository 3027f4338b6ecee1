/* SPDX-License-Identifier: ISC */
#ifndef WAY_H
#define WAY_H

#include <sys/types.h>

/* What the next few calls are about, for complaints: "state directory", and
 * its path. */
void way_begin(const char *what, const char *path);
void way_bad(const char *why) __attribute__((__noreturn__));

/* Root's, or of whoever starts toxid. */
int way_is_ours(uid_t);

/*
 * Whoever could put another thing in its place is root, or starts toxid: on the
 * way there as it was given; from a directory that is open on up; or in that
 * one, too.  Else way_bad().
 */
void way_check(void);
void way_check_above(int dir);
void way_check_in(int dir);

#endif
