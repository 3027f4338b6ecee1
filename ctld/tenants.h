/* SPDX-License-Identifier: ISC */
#ifndef TENANTS_H
#define TENANTS_H

#include <stddef.h>
#include <stdint.h>

#include "credential.h"

/*
 * Tenants and their tokens: the configuration file's, always.  Here they are
 * for the next apid, and in the journal for the next ctld.
 */

/* Some that are being read.  Zeros: none yet. */
struct tenants {
	struct tenant *all; /* in the order of the file */
	size_t n;
	struct credential *credentials;
	size_t ncredentials;
};

/* 0; -1: it cannot be in a file, or too many are; or -2: no memory. */
int tenants_add(struct tenants *, const struct tenant *);
int tenants_add_credential(struct tenants *, const struct credential *);
/* That was all: 0, or -1: one token is there twice, or there is no memory. */
int tenants_end(struct tenants *);
void tenants_free(struct tenants *);

/* Of a list; NULL: it is not there. */
const struct tenant *tenants_find(const struct tenants *, const char *name);

/*
 * Who stays a tenant keeps the policy, whatever has become of its place in the
 * file: ids[n] is to be that of the n-th of the file, ids[0] the nameless
 * one's.
 */
void tenants_keep_policies(struct tenants *, uint32_t ids[TENANTS_MAX + 1]);

/* They are those that count from now on; *tenants is empty then.  1, or 0:
 * they did so before. */
int tenants_take(struct tenants *);

/* Those that count; tenants.c's. */
const struct tenants *tenants_now(void);
/* Of the token of that digest; NULL: it is nobody's. */
const struct credential *tenants_credential(const struct token_digest *);
/* Of whose proxies that tenant's are: POLICIES_MAX - 1, which none is, of one
 * that there is not. */
uint32_t tenants_policy(const char *name);
int tenants_have(const char *name); /* the nameless one is always there */
/* How many policies there may be, as diald is told: all ids are below it. */
uint32_t tenants_npolicies(void);

/* truth_save.c, truth_load.c: parts of the journal */
int tenants_are_new(void);                        /* since it was asked last */
int tenants_load(const void *bytes, size_t size); /* 0, or -1: they are none */
int tenants_load_credentials(const void *bytes, size_t size);

#endif
