/* SPDX-License-Identifier: ISC */
#ifndef FAILURES_H
#define FAILURES_H

#include <stdint.h>

/*
 * Whoever has no good token is told so later and later, by where he comes from:
 * who guesses has few tries a second, however many connections he has.  Others
 * from there who have one do not wait.
 */

/*
 * An address of an IPv6 kind, as in holders.c, has failed once more: how many
 * ns its reply is to wait for.
 */
int64_t failures_add(const uint8_t address[16], int64_t now);

#endif
