/* SPDX-License-Identifier: ISC */
#ifndef CTLD_CHILDREN_H
#define CTLD_CHILDREN_H

#include <stdint.h>

#include "child.h"

/*
 * Which children there are.  The list and the four are children.c's to write;
 * each is in them from its start, or from when it was taken over, until its
 * death has been heard of.
 */
extern struct children {
	struct child_list all;
	struct child *apid, *diald, *resolvd, *stored; /* NULL: there is none */
	uint64_t added; /* so many have been, ever */
} children;

int children_has_one(enum role);          /* never two of it at once */
struct child *children_one(enum role);    /* that one; NULL: there is none */
struct child *children_find(uint32_t id); /* NULL: it is none */
int children_have_answered(void);         /* none is CHILD_GREETED */
void children_add(struct child *);
void children_remove(struct child *);
struct child *children_next_dead(void); /* the caller's; NULL: none is left */

#endif
