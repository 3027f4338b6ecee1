/* SPDX-License-Identifier: ISC */
#ifndef DISPATCH_H
#define DISPATCH_H

#include "handler.h"

/* What a child says. */

struct child;

/*
 * So many messages, or fewer: one, and those that are begun before a time of
 * clock_now().  0, or -1 and errno: it is not to be listened to any more.
 */
int child_hear(struct child *, int n, int64_t until);
void child_readable(struct child *);

/*
 * In which a child is, as to what it may say.  Each role has its own, from 0x2
 * on, once that is over.
 */
#define STARTING 0x1U /* no READY yet */
#define NOT_STARTING (~STARTING)
#define ANY_STATE (~0U)
#define RUNS 0x2U /* of a role that tells no more apart */

/*
 * What a child of each role may say beside that: its rows, and in which of
 * their states it is, if it is not starting.
 */
const struct handler *apid_may_say(const struct child *, unsigned int *state);
const struct handler *config_may_say(/* reload.c */
    const struct child *, unsigned int *state);
const struct handler *relayd_may_say(const struct child *, unsigned int *state);
const struct handler *diald_may_say(const struct child *, unsigned int *state);
const struct handler *resolvd_may_say(
    const struct child *, unsigned int *state);
const struct handler *stored_may_say(const struct child *, unsigned int *state);

#endif
