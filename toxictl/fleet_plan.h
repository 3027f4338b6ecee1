/* SPDX-License-Identifier: ISC */
/* What has to be written so that a scope of a fleet is as a document says. */
#ifndef FLEET_PLAN_H
#define FLEET_PLAN_H

#include <jansson.h>

#include "fleet_store.h"
#include "fleet_writer.h"

struct fleet_change {
	char *key;
	char *value; /* NULL: it goes */
	enum fleet_kind kind;
	char *name;
	int64_t was; /* the key's mod_revision; 0: there was none */
};

/* In the order in which they are safe, where one transaction is too small. */
struct fleet_plan {
	struct fleet_change *list;
	size_t n, room;
	size_t unchanged;
	int64_t revision; /* as of which it is made */
};

/* 0, or -1 and it has been said why.  To be freed in any case. */
int fleet_plan_make(struct fleet_plan *, struct fleet_store *,
    const struct fleet_target *, const json_t *document);
void fleet_plan_free(struct fleet_plan *);

#endif
