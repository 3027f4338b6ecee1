/* SPDX-License-Identifier: ISC */
#ifndef PACES_H
#define PACES_H

/*
 * limits.bytes_per_s: each worker of the tenant has a share, by what it could
 * use; together they are no more than that.
 */

struct child;

/* A worker that has its proxy: is there such a limit, or is there none now? */
void pace_tell(struct child *);

#endif
