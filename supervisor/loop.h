/* SPDX-License-Identifier: ISC */
#ifndef LOOP_H
#define LOOP_H

/* Signals are blocked from here on: who comes too early is not lost. */
void loop_init(void);

/* Until ctld has ended: the exit status. */
int loop_run(void);

#endif
