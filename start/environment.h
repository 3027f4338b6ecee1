/* SPDX-License-Identifier: ISC */
#ifndef ENVIRONMENT_H
#define ENVIRONMENT_H

/*
 * The environment, which is taken apart at each start and is whole again at the
 * next one: the first start of a process writes it to a file, which all that
 * come after it inherit.
 */

/* What it was at the first start; that file, or gives up. */
int environment_restore(void);

/* The tables of the supervisor before, a descriptor; -1: this is the first. */
int environment_tables(void);

/*
 * Leaves what a child may know of it, which is all that the supervisor has, and
 * in a trial PRIV_TRIAL; or gives up.
 */
void environment_cut(void);

#endif
