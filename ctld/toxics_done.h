/* SPDX-License-Identifier: ISC */
#ifndef TOXICS_DONE_H
#define TOXICS_DONE_H

/*
 * What toxics have done since they were made, whichever workers their proxy has
 * had.  A worker knows them by the order in which it was given them: a name may
 * come again, and what was counted before that is another's.
 */

struct child;
struct msg;
struct proxy;
struct toxic;
struct toxic_counts;

/* The worker is about to be told of it. */
void toxic_is_given(struct child *worker, struct toxic *);
/* It has it, with what it has done, from before this ctld. */
void toxic_goes_on(struct toxic *, const struct toxic *worker);
/* What the worker counted stays with them; it is about to leave its proxy. */
void toxics_keep_counts(struct proxy *);
/* Of all workers. */
struct toxic_counts toxic_has_done(const struct toxic *);
/* It has said RELAY_TOXIC_COUNTED: 0, or -1: it may not. */
int toxic_counted(struct msg *);
int toxic_counted_here(struct msg *); /* ... while it was greeted */

#endif
