/* SPDX-License-Identifier: ISC */
#ifndef TRIAL_H
#define TRIAL_H

#include <sys/types.h>

/*
 * An upgrade: the program that is now on the disk is run beside this one, to
 * see whether it could go on, and then in its place.  ctld says when.
 */

int trial_start(void); /* 0, or errno */
void trial_end(void);  /* it takes too long */
/* A trial that was ended, too, while its process is there: the next waits. */
int trial_is_on(void);
int trial_waited_for(pid_t, int status); /* 0: it is another */
int trial_is_over(void);                 /* and ctld does not know it */
int trial_ended(int *status);            /* 1, once */

/* Returns errno, or not at all. */
int trial_replace(void);

#endif
