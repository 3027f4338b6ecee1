/* SPDX-License-Identifier: ISC */
/*
 * Who has written a scope of a fleet's last: PREFIX/writers/SCOPE, which every
 * `fleet apply` replaces, and compares, in its transaction.  Two that write at
 * the same time meet there.
 */
#ifndef FLEET_WRITER_H
#define FLEET_WRITER_H

#include <jansson.h>

#include "fleet_keys.h"

/* "all", "label/zone=a", "node/n1" */
struct fleet_target {
	enum fleet_scope scope;
	char which[128]; /* "", "zone=a", "n1" */
};

/* 0, or -1: it is none, and *fault says why: "is empty". */
int fleet_target_read(
    struct fleet_target *, const char *text, const char **fault);
/* For fleet_keys.h: of all it is NULL. */
const char *fleet_target_which(const struct fleet_target *);

/* By malloc; NULL: no memory.  text NULL: what all of them begin with. */
char *fleet_writer_key(const char *prefix, const char *text);
/* Whose it is.  -1: it is none. */
int fleet_writer_target(
    const char *prefix, const char *key, struct fleet_target *);

/* Us, now: its id is nobody else's.  Exits if there is no memory. */
json_t *fleet_writer_new(void);

#endif
