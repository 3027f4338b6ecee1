/* SPDX-License-Identifier: ISC */
#ifndef CREDENTIAL_H
#define CREDENTIAL_H

#include <stddef.h>
#include <stdint.h>

#include "proxy_key.h"
#include "token_digest.h"

/*
 * Tenants, and who acts for one: whoever brings a token of its, and of those
 * who come by the API's socket its users.  Tenants are those of the
 * configuration file, whose reader tells ctld, and ctld apid; so are users;
 * tokens are the file's, or were made by the API.
 */

#define TENANTS_MAX 1000 /* each has a policy, beside the nameless one's */
/* Of one: in the file, or to make one more. */
#define TENANT_TOKENS_MAX 32
#define TENANT_USERS_MAX 32
/* The file's, and tokens that were there before. */
#define CREDENTIALS_MAX \
	((size_t)TENANTS_MAX * (2 * TENANT_TOKENS_MAX + TENANT_USERS_MAX))
#define CREDENTIAL_NAME_MAX 63 /* a token's name: see tenant_name_is_good() */

enum caller_role {
	CALLER_READER, /* changes nothing */
	CALLER_TENANT,
	CALLER_ADMIN, /* may name another tenant than its own */
	CALLER_ROLES
};

/* "reader", as the configuration file says it; NULL: there is no such role. */
const char *caller_role_name(uint32_t role);
/* 0, or -1: that is none. */
int caller_role_of(const char *name, uint32_t *role);

struct tenant {
	char name[TENANT_NAME_MAX + 1];
	uint32_t policy_id; /* whose rules are its proxies'; never 0 */
};

/* A token: what is known of it, which is not enough to bring it; or a user. */
struct credential {
	struct token_digest digest;       /* a user's: see user.h */
	char tenant[TENANT_NAME_MAX + 1]; /* "": the one that has no name */
	char name[CREDENTIAL_NAME_MAX + 1];
	int64_t expires; /* s since 1970: it counts before that; 0: for ever */
	int64_t last_used;  /* likewise, of that minute; 0: not yet */
	uint32_t role;      /* enum caller_role */
	uint32_t is_stored; /* 1: the API made it; 0: it is the file's */
};

/* Which, of all. */
struct token_name {
	char tenant[TENANT_NAME_MAX + 1];
	char name[CREDENTIAL_NAME_MAX + 1];
};

int credential_is_user(const struct credential *); /* and no token: user.h */

/* For qsort(3) and the like: a table of them is in the order of digests. */
int credential_compare_digests(const void *, const void *);
int credential_compare_names(const void *, const void *); /* by tenant first */
/* In such a table, of n: the first that is not before it; n: none. */
size_t credentials_place(
    const struct credential *, size_t n, const struct token_digest *);
/* That of the digest; NULL: it is not there. */
struct credential *credentials_find(
    struct credential *, size_t n, const struct token_digest *);

/* Of who has connected, in such a table: his own, or his group's; or NULL. */
struct credential *credentials_find_user(
    struct credential *, size_t n, uint32_t uid, uint32_t gid);

/* Does it count at that time, in s since 1970? */
int credential_counts(const struct credential *, int64_t now);

/* That time, as coarse as a last use is told: no more than once a minute. */
int64_t credential_minute(int64_t now);

#endif
