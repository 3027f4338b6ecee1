/* SPDX-License-Identifier: ISC */
#ifndef CHECK_H
#define CHECK_H

struct event_base;
struct options;

/* Asks the source and toxid once, and says how it went.  0, or 1. */
int check_run(struct event_base *, const struct options *);

#endif
