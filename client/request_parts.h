/* SPDX-License-Identifier: ISC */
/* What requests are made of: for request.c, and those beside it. */
#ifndef REQUEST_PARTS_H
#define REQUEST_PARTS_H

#include "request.h"

void request_begin(
    struct request *, const char *call, const char *method, enum answer);

/*
 * A name is one step of a path, whatever is in it: also "a/b", and "..".  By
 * malloc, or NULL: no memory.
 */
char *request_escape(const char *name);

/*
 * "/proxies/NAME", where that is before; what: of whom it is, "proxy".  By
 * malloc, or NULL: the request has an error.
 */
char *request_path(
    struct request *, const char *before, const char *what, const char *name);

/* "/proxies/NAME", and more. */
void request_at_proxy(struct request *, const char *proxy, const char *behind);

/*
 * On from where the request is; where it has no path it has an error, and
 * stays so.
 */
void request_behind(struct request *, const char *behind);
void request_step(struct request *, const char *what, const char *name);

#endif
