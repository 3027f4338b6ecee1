/* SPDX-License-Identifier: ISC */
#ifndef WISHES_H
#define WISHES_H

#include <sys/types.h>

#include "priv.h"

/*
 * What people and systemd want, by signals: kept until ctld has done it, for
 * the next one, too.
 */

/* What signalfd(2) has said.  asker: who waits for the outcome, or 0. */
void wish_came(int number, pid_t asker);

/* Is there one that ctld has not heard of?  It is told; 1, or 0. */
int wish_is_there(int may_upgrade); /* there is one at a time */
int wish_tell(struct priv_news *, int may_upgrade);

/* As ctld says.  Nothing happens for an id that is none. */
void wish_answer(uint32_t id, enum reload_outcome);
void wish_upgrade_given_up(void);

/* Has the end been asked for, whether or not ctld has heard of it? */
int wish_is_end(void);

/*
 * ctld has died of one, or with it: the next one hears of what was not done,
 * but for what has ended two of them: that has failed.
 */
void wishes_again(void);

#endif
