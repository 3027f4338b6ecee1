/* SPDX-License-Identifier: ISC */
#ifndef HALTING_H
#define HALTING_H

#include <stdint.h>

/*
 * Workers hear whether their toxics are off, and a change waits until all that
 * it is about have done so.
 */

struct change;
struct child;
struct relay_here;

/* done: to whom a change goes that has waited. */
void halting_open(void (*done)(struct change *));

/* It has its toxics, and nobody on it yet. */
void halting_tell_new(struct child *worker);
/* Something else is halted now: whoever it is new to. */
void halting_tell_all(void);
/* Whoever they are that have not done so yet, of those that the change is
 * about: 1, and it waits for them; or 0. */
int halting_wait(struct change *);

int halting_done(struct child *worker, uint32_t id); /* -1: it was not asked */
void halting_forget(struct child *worker); /* its sessions are gone, or will */
void halting_adopt(struct child *worker, const struct relay_here *);
void halting_look(struct child *worker, int64_t now); /* is it too late? */
void halting_forget_asker(const struct child *);

/* To an apid: all that is halted. */
void halting_feed(struct child *apid);

#endif
