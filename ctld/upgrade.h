/* SPDX-License-Identifier: ISC */
#ifndef UPGRADE_H
#define UPGRADE_H

#include <stdint.h>

/* SIGUSR2. */

/* Exit statuses of a trial, which no other program has by accident. */
#define TRIAL_SAME 40  /* it speaks with the workers that there are */
#define TRIAL_OTHER 41 /* they go on with their sessions, and no more */

void upgrade_asked(void);
void upgrade_trial_died(int status);
void upgrade_apid_finishes(void);   /* the one there is; it has its time */
void upgrade_forgive(int64_t late); /* ns in which nobody had any time */
void upgrade_tick(int64_t now);
int upgrade_waits(void); /* 1: one is on, or is to be */

#endif
