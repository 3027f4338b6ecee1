/* SPDX-License-Identifier: ISC */
#ifndef ROLES_H
#define ROLES_H

#include <stdint.h>

/* Which children there are: each role is a row. */

void roles_init(void);
void roles_heard(const struct priv_news *); /* DIED, STOPPED */
void roles_start(int64_t now); /* whoever is not there, and may be */
int roles_wait(void);          /* 1: somebody is not there */

#endif
