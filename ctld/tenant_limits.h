/* SPDX-License-Identifier: ISC */
#ifndef TENANT_LIMITS_H
#define TENANT_LIMITS_H

#include <stddef.h>
#include <sys/queue.h>

#include "limit.h"
#include "rate.h"

/*
 * What each tenant may have: the configuration file's, always.  Here they are
 * for the next apid, and in the journal for the next ctld.  Who has none is not
 * here, and costs nothing.
 */

struct child;

/* Some that are being read.  Zeros: none yet. */
struct limits {
	struct tenant_limits *all;
	size_t n;
};

/* In any order.  0; -1: it cannot be in a file; or -2: no memory. */
int limits_add(struct limits *, const struct tenant_limits *);
/* That was all: 0, or -1: a tenant is there twice. */
int limits_end(struct limits *);
void limits_free(struct limits *);

/*
 * They are those that count from now on; *limits is empty then.  1, or 0: they
 * did so before.
 */
int limits_take(struct limits *);

/* Those that count, by tenant; tenant_limits.c's.  *n may be 0. */
const struct tenant_limits *limits_now(size_t *n);
/* Of a tenant; 0: it has no such limit. */
uint64_t limits_of(const char *tenant, enum limit);

/*
 * What a tenant with limits has of what workers ask for: its owner is who
 * counts that.  There is one as soon as it has limits, for ever, as workers may
 * outlive those.  NULL: it has had none.
 */
/* While they are being renewed: paces.c. */
struct limit_pace {
	uint64_t rate, gone; /* bytes a second: of all, and of the retired */
	uint64_t n, weights; /* of its workers */
};

struct limit_state {
	char tenant[TENANT_NAME_MAX + 1];
	uint64_t inside;     /* sessions: gate.c */
	struct rate entered; /* likewise */
	uint64_t lent;       /* bytes: leases.c */
	uint32_t nworkers;   /* likewise: with a share of their own */
	struct limit_pace pace;
	TAILQ_HEAD(, child) borrowers; /* likewise: it has nothing for them */
};
struct limit_state *limits_state(const char *tenant);

/* truth_save.c, truth_load.c: one part of the journal */
int limits_are_new(void);                        /* since it was asked last */
int limits_load(const void *bytes, size_t size); /* 0, or -1: they are none */

#endif
