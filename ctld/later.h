/* SPDX-License-Identifier: ISC */
#ifndef CTLD_LATER_H
#define CTLD_LATER_H

struct child;

/*
 * What all of thousands of workers have to be told costs each of them a
 * wake-up, and ctld a few system calls: a second in which nobody else would be
 * served.  So some are told in each turn of the loop, in the order in which it
 * was wanted.
 */

/* tell() is called once; another that waits for that child is replaced. */
void later(struct child *, void (*tell)(struct child *));
void later_now(struct child *);    /* now, if it is to be called */
void later_forget(struct child *); /* it is not to be called */
void later_turn(void);
int later_waits(void); /* there is more for the next turn */

#endif
