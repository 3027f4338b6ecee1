/* SPDX-License-Identifier: ISC */
#ifndef HEART_H
#define HEART_H

#include <stdint.h>

/* Does a child live? */

struct child;
struct vitals;

void heart_beats(struct child *); /* it has said so */
/* ... in a PONG; -1: it was not asked, or what it has used shrinks. */
int heart_ponged(struct child *, const struct vitals *);
/* It is asked for one, and has so many ns, or more if it gets no processor. */
void heart_awaits(struct child *, int64_t within);
void heart_look(struct child *, int64_t now);
void hearts_forgive(int64_t late); /* ns in which nobody had any time */

#endif
