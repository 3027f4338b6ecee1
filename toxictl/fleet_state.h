/* SPDX-License-Identifier: ISC */
/* What everybody knows of a fleet: its nodes, and what each is to be. */
#ifndef FLEET_STATE_H
#define FLEET_STATE_H

#include <jansson.h>

#include "fleet_store.h"

struct fleet_node {
	const char *name;
	json_t *known;  /* that it has ever been there; or NULL */
	json_t *status; /* as it says it; NULL: it is away */
	json_t *drain;  /* that it is to be without sessions; or NULL */
	int64_t newest; /* revision of what it is to be; 0: nothing */
};

struct fleet_state {
	int64_t revision;         /* of all of this */
	struct fleet_node *nodes; /* by name */
	size_t n, room;
	struct etcd_list lists[4]; /* what their names point into */
};

/* 0, or -1 and it has been said why.  To be freed in any case. */
int fleet_state_read(struct fleet_store *, struct fleet_state *);
void fleet_state_free(struct fleet_state *);

/* NULL: nobody of that name is, or has been, there. */
const struct fleet_node *fleet_state_node(
    const struct fleet_state *, const char *name);

/* What it says itself; 0, NULL: nothing. */
int64_t fleet_node_number(const struct fleet_node *, const char *key);
const char *fleet_node_text(const struct fleet_node *, const char *key);
/* "zone": "a", as it says it, or has said it before; or NULL. */
const json_t *fleet_node_labels(const struct fleet_node *);
/* So many revisions behind what it is to be. */
int64_t fleet_node_lag(const struct fleet_node *);

#endif
