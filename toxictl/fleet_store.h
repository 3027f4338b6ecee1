/* SPDX-License-Identifier: ISC */
/* The etcd of a fleet, asked one thing after another. */
#ifndef FLEET_STORE_H
#define FLEET_STORE_H

#include <stdint.h>

#include "endpoints.h"
#include "etcd.h"
#include "token.h"
#include "toxictl.h"

struct fleet_store {
	const struct ctl *ctl;
	char *prefix; /* "/toxid/lab1" */
	struct endpoints at;
	size_t now;       /* of them: which answered last */
	const char *user; /* or NULL */
	char password[TOKEN_TEXT_MAX + 1];
	char *token; /* etcd's, for us; or NULL */
	struct fleet_wire *wire;
};

/*
 * fleet_open.c: as the flags and the environment say.  -1: it has been said why
 * not, and *code is the exit code.  Nothing has been asked yet.
 */
int fleet_open(
    struct fleet_store *, const struct ctl *, const struct args *, int *code);
void fleet_close(struct fleet_store *);

/* All of these: 0, or -1 and it has been said why. */

/* The kvs are the caller's to free. */
int fleet_list(
    struct fleet_store *, const struct etcd_range *, struct etcd_list *);
/* ... of all keys that begin so, as of a revision; takes the text. */
int fleet_list_below(struct fleet_store *, char *beginning, int64_t revision,
    int keys_only, struct etcd_list *);
/* The revision that it made. */
int fleet_put(
    struct fleet_store *, const char *key, const char *value, int64_t *);
/*
 * Frees it.  *done 0: something is not as it asks.  So it may be, too, where
 * an answer was lost, and it has been done.
 */
int fleet_txn(
    struct fleet_store *, struct etcd_txn *, int64_t *revision, int *done);

#endif
