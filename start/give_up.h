/* SPDX-License-Identifier: ISC */
#ifndef GIVE_UP_H
#define GIVE_UP_H

/* The end of a start that cannot succeed; says why, exits with 1. */

void give_up(const char *why) __attribute__((__noreturn__));

#endif
