/* SPDX-License-Identifier: ISC */
#ifndef CROWDS_H
#define CROWDS_H

#include <stdint.h>

/*
 * crowds.c: how much of this process is for addresses of which very many have
 * something to say at once, where tenants share it.  Times are clock_now()'s.
 */

/* Its clients that wait for a turn; with more, an address is a crowd. */
#define CROWD 16U

/* Tenants share this toxid: there is somebody to be held up. */
void crowds_are_paced(int is_so);
/* A client of no crowd has its turn. */
void crowds_see_another(int64_t now);
/* One of a crowd has; what it costs is counted until that ends. */
void crowds_begin(void);
void crowds_end(int64_t now);
/* How long until a crowd may have the next one; 0: it may. */
int64_t crowds_rest(int64_t now);

#endif
