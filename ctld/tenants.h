/* SPDX-License-Identifier: ISC */
#ifndef TENANTS_H
#define TENANTS_H

#include <stddef.h>
#include <stdint.h>

#include "credential.h"

/*
 * Tenants and their tokens: here they are for the next apid, and in the journal
 * for the next ctld.  Tenants are the configuration file's, always; so are its
 * tokens, and the others are as the API has made them.
 */

/* Some that are being read.  Zeros: none yet. */
struct tenants {
	struct tenant *all; /* in the order of the file */
	size_t n;
	struct credential *credentials;
	size_t ncredentials, room; /* for credentials */
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

/*
 * To those of a file, which are about to be taken: tokens that were in none
 * stay, but for those whose tenant is not among them, and those of whom a
 * file's has the name, or is the same.  0, or -1: no memory.
 */
int tenants_inherit(struct tenants *);

/* They are those that count from now on; *tenants is empty then.  1, or 0:
 * they did so before. */
int tenants_take(struct tenants *);

/* Those that count; tenants.c's. */
const struct tenants *tenants_now(void);
/* Of the token of that digest; NULL: it is nobody's. */
const struct credential *tenants_credential(const struct token_digest *);
/* Of a user of the socket, or his group; likewise. */
const struct credential *tenants_user(uint32_t uid, uint32_t gid);
/* Why a token that the API made does not count any more. */
#define TENANT_IS_GONE "the configuration file has no such tenant"
#define TOKEN_IS_FILES "the configuration file has one of that name, or it"
void tenants_log_dropped(const struct credential *, const char *why);
/* Of that name; NULL: there is none.  *n, if wanted: how many its tenant has,
 * without users. */
const struct credential *tenants_token(
    const char *tenant, const char *name, size_t *n);
/* Room for as many as may come before it is asked for again, one of each
 * tenant.  0, or -1: no memory. */
int tenants_token_room(void);
void tenants_drop_stored(void); /* what was loaded comes again */
void tenants_token_add(const struct credential *); /* there is room */
void tenants_token_remove(const struct token_digest *);
/* -1: nobody has it; 0: it was so already; 1. */
int tenants_token_used(const struct token_digest *, int64_t at);
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
int tenants_load_token(const void *bytes, size_t size); /* new, or changed */
int tenants_load_token_gone(const void *bytes, size_t size);

#endif
