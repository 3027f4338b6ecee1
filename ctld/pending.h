/* SPDX-License-Identifier: ISC */
#ifndef PENDING_H
#define PENDING_H

#include "child.h"

struct proxy_key;
struct scenario_name;

/* pending.c alone writes here. */
extern struct pending {
	struct change *reading; /* its PROXY_CREATE_TOXICs are still coming */
	struct changes resolving;
	struct changes queued; /* for one that stored has, about their proxy */
	unsigned int nwhole;   /* of these, that are about all proxies */
	struct change *whole;  /* such a one that stored has; changes.c's */
} pending;

void pending_init(void);
void pending_read(struct change *); /* NULL: it is whole, or will not be */
void pending_resolve(struct change *);
void pending_resolved(struct change *);
int change_has_to_wait(const struct change *);
void pending_queue(struct change *);
void pending_dequeue(struct change *);
struct change *pending_queued(const struct proxy_key *); /* the first */
/* That waits to begin the scenario of that name; or NULL. */
const struct change *pending_scenario(const struct scenario_name *);

#endif
