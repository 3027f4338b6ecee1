/* SPDX-License-Identifier: ISC */
#ifndef UPGRADE_H
#define UPGRADE_H

#include <stdint.h>

/* SIGUSR2, and what follows it in the new program. */

void upgrade_try(int truth) __attribute__((__noreturn__));
void upgrade_take_over(void);
void upgrade_asked(void);
void upgrade_trial_died(int status);
void upgrade_forgive(int64_t late); /* ns in which nobody had any time */
void upgrade_tick(int64_t now);
int upgrade_waits(void); /* 1: one is on, or is to be */

#endif
