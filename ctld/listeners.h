/* SPDX-License-Identifier: ISC */
#ifndef LISTENERS_H
#define LISTENERS_H

#include <stdint.h>

/* What children have done to their listeners. */

struct proxy;

void listener_examine(struct proxy *);
int listener_examine_api(void);
void listeners_go_on(void); /* with those of a ctld before this one */
void listeners_open(void);  /* from here on they are looked at */

#endif
