/* SPDX-License-Identifier: ISC */
#ifndef SUCCESSION_H
#define SUCCESSION_H

#include <sys/types.h>

/*
 * The program that takes this one's place: that which is on the disk where this
 * one was, with the same arguments and environment.  What it needs is in a
 * file, whose descriptor it inherits.
 */

/* Before anything takes something out of the environment, or wipes it there. */
void succession_init(char *argv[]);

/* This one's, which the next one has, too. */
char **succession_arguments(void);

/* What an earlier program has handed to this one: a descriptor, or -1. */
int succession_handed(void);
int succession_is_trial(void); /* only to see whether this one could */
void succession_forget(void);  /* the next is handed something else */

/* In a process beside this one, to see whether it could.  The pid, or -1. */
pid_t priv_try(int fd);

/* In this process.  Does not return, unless it fails: errno says why. */
void priv_exec(int fd);

#endif
