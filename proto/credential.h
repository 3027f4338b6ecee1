/* SPDX-License-Identifier: ISC */
#ifndef CREDENTIAL_H
#define CREDENTIAL_H

#include <stddef.h>
#include <stdint.h>

#include "proxy_key.h"
#include "token_digest.h"

/*
 * Tenants, and who acts for one: whoever brings a token of its.  The rows are
 * those of the configuration file, whose reader tells ctld, and ctld apid.
 */

#define TENANTS_MAX 1000     /* each has a policy, beside the nameless one's */
#define TENANT_TOKENS_MAX 32 /* of one */
#define CREDENTIALS_MAX ((size_t)TENANTS_MAX * TENANT_TOKENS_MAX)
#define CREDENTIAL_NAME_MAX 63 /* a token's name: see tenant_name_is_good() */

enum caller_role {
	CALLER_READER, /* changes nothing */
	CALLER_TENANT,
	CALLER_ADMIN, /* may name another tenant than its own */
	CALLER_ROLES
};

/* "reader", as the configuration file says it; NULL: there is no such role. */
const char *caller_role_name(uint32_t role);

struct tenant {
	char name[TENANT_NAME_MAX + 1];
	uint32_t policy_id; /* whose rules are its proxies'; never 0 */
};

/* A token: what is known of it, which is not enough to bring it. */
struct credential {
	struct token_digest digest;
	char tenant[TENANT_NAME_MAX + 1]; /* "": the one that has no name */
	char name[CREDENTIAL_NAME_MAX + 1];
	int64_t expires; /* s since 1970: it counts before that; 0: for ever */
	uint32_t role;   /* enum caller_role */
	uint32_t reserved;
};

/* Does it count at that time, in s since 1970? */
int credential_counts(const struct credential *, int64_t now);

#endif
