/* SPDX-License-Identifier: ISC */
#ifndef FAR_H
#define FAR_H

/*
 * Large, and not touched by who rests: it lies behind all else, of libc too,
 * whose variables and ours are in fewer pages then.  It cannot be static.
 */
#define FAR __attribute__((__common__))

#endif
