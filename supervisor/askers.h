/* SPDX-License-Identifier: ISC */
#ifndef ASKERS_H
#define ASKERS_H

#include <stdint.h>
#include <sys/types.h>

#include "priv.h"

/* Signals, until ctld knows of them; and who waits for a reload's outcome. */

/* What signalfd(2) has said.  asker: a process, or 0. */
void signal_came(int number, pid_t asker);

/* 1, and who is to be answered, or 0: ctld is to reload. */
int reload_came(uint32_t *asker);
int upgrade_came(void);
void upgrade_given_up(void); /* by ctld, which has said why */
int quit_came(void);
/* Has the end been asked for, whether or not ctld has heard of it? */
int quit_is_asked(void);
int any_signal_came(int may_upgrade); /* else that waits */

/*
 * ctld has died of it, or with it: the next one hears of what was not done, but
 * for a reload or an upgrade that has ended two of them: that has failed.
 */
void signals_again(void);

/* Nothing happens for one who is not waiting. */
void asker_answer(uint32_t id, enum reload_outcome);

#endif
