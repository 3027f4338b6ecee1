/* SPDX-License-Identifier: ISC */
#ifndef SELECTS_H
#define SELECTS_H

/*
 * The members of "select" that are numbers, in the order in which JSON shows
 * them; "clients" stands before after_ms.  Whatever is said of one anywhere
 * comes from its row.
 *
 * X(name, min, help)
 */
#define SELECT_COUNTS(X)                                           \
	X(first, 1, "the sessions of index 0 to so many less one") \
	X(every, 1, "of each so many sessions one")                \
	X(offset, 0, "which of them: it is below every")
#define SELECT_TIMES(X)                                                       \
	X(after_ms, 0,                                                        \
	    "at work so long after the session was taken in, and not before") \
	X(duration_ms, 1, "... and for so long")
#define SELECT_NUMBERS(X) SELECT_COUNTS(X) SELECT_TIMES(X)

#define SELECT_NUMBER_MAX 2147483647

#define SELECT_CLIENTS_MAX 8

#endif
