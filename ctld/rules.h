/* SPDX-License-Identifier: ISC */
#ifndef RULES_H
#define RULES_H

#include <stddef.h>
#include <stdint.h>

#include "payload.h"

/*
 * Whom proxies may reach, and who may connect to them: the rules are those of
 * the configuration file, and diald's and the workers' to keep.  Here they are
 * for the next diald, and in the journal for the next ctld.
 */

/* Some that are being read.  Zeros: none yet. */
struct rules {
	struct policy_rule *all;
	size_t n;
};

/*
 * In any order.  0; -1: it cannot be in a file, or too many are; or -2: no
 * memory.
 */
int rules_add(struct rules *, const struct policy_rule *);
/* That was all; -1: two have one number in a list, so one may be too long. */
int rules_end(struct rules *);
void rules_free(struct rules *);
/* ids[n] is the policy of the tenant that is the n-th of the file. */
void rules_map(struct rules *, const uint32_t *ids);

/* Policies, by their ids: those whose rules are others than before. */
struct policies_changed {
	uint8_t are[POLICIES_MAX];
};

/*
 * They are those that count from now on; *rules is empty then.  1, or 0: they
 * did so before, and of no policy have they changed.
 */
int rules_take(struct rules *, struct policies_changed *);

/* Those that count; rules.c's.  *n may be 0. */
const struct policy_rule *rules_now(size_t *n);
/* The same, of one policy: list by list, each in its order. */
const struct policy_rule *rules_of(uint32_t policy_id, size_t *n);

/* truth_save.c, truth_load.c: one part of the journal */
int rules_are_new(void);                        /* since it was asked last */
int rules_load(const void *bytes, size_t size); /* 0, or -1: they are none */

#endif
