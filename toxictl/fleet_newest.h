/* SPDX-License-Identifier: ISC */
/* The last revision at which what a node is to be was changed. */
#ifndef FLEET_NEWEST_H
#define FLEET_NEWEST_H

#include <jansson.h>

#include "fleet_keys.h"
#include "fleet_store.h"

struct fleet_newest {
	struct fleet_changed {
		enum fleet_scope scope;
		char which[128]; /* "zone=a", "n1" */
		int64_t revision;
	} * list;
	size_t n, room;
};

/* As of that revision.  0, or -1 and it is said.  To be freed in any case. */
int fleet_newest_read(
    struct fleet_store *, int64_t revision, struct fleet_newest *);
void fleet_newest_free(struct fleet_newest *);

/* 0: nothing says what it is to be. */
int64_t fleet_newest_of(
    const struct fleet_newest *, const char *node, const json_t *labels);

#endif
