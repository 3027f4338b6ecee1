/* SPDX-License-Identifier: ISC */
/* How a call says what went wrong: struct toxi_error, filled in one place. */
#ifndef FAILURE_H
#define FAILURE_H

#include "toxi.h"

/*
 * Begins a call: err is filled as "nothing wrong yet".  A caller who does not
 * want to know gives NULL, then it is spare; the result is never NULL.
 */
struct toxi_error *failure_begin(
    struct toxi_error *err, struct toxi_error *spare, const char *call);

/* Returns -1.  Control characters in the text become blanks. */
int fail(struct toxi_error *, enum toxi_code, const char *, ...)
    __attribute__((format(printf, 3, 4)));

int fail_nomem(struct toxi_error *);
int fail_system(struct toxi_error *, int error_number, const char *what);

/* Has the server said that there is no such thing, or no more? */
int failure_is_gone(const struct toxi_error *);

#endif
