/* SPDX-License-Identifier: ISC */
/* A plan, written to a fleet. */
#ifndef FLEET_WRITE_H
#define FLEET_WRITE_H

#include "fleet_plan.h"

struct fleet_written {
	size_t done;  /* of its changes */
	size_t parts; /* transactions that it took */
	int64_t revision;
};

/*
 * text is the scope's, digest the document's.  0, or -1 and it has been said
 * why, and how far it came.
 */
int fleet_write(struct fleet_store *, const char *text, const char *digest,
    const struct fleet_plan *, struct fleet_written *);

#endif
