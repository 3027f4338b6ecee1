/* SPDX-License-Identifier: ISC */
#ifndef LIMITS_TELL_H
#define LIMITS_TELL_H

/* What of its tenant's limits a worker has to know. */

struct child;

/* One that has its proxy. */
void limits_tell(struct child *);
void limits_tell_all(void); /* they have changed */

#endif
