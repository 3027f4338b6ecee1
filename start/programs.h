/* SPDX-License-Identifier: ISC */
#ifndef PROGRAMS_H
#define PROGRAMS_H

struct given;

/*
 * What there is to run, and as whom: opens the programs, finds out whether
 * children get users of their own, and if so opens what is to be their root
 * directory; or gives up.  given.uid_base is set.
 */
void programs_open(struct given *);

/* The program that takes this one's place: its descriptor, or gives up. */
int program_supervisor(void);

#endif
