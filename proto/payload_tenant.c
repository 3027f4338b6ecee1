/* SPDX-License-Identifier: ISC */
/* Who asks: tenants, their tokens and users, and what each may have. */

#include <string.h>

#include "check.h"
#include "payload_check.h"
#include "user.h"

int
api_callers_ok(const struct api_callers *p)
{
	return p->mode < CALLERS_MODES;
}

int
api_caller_ok(const struct api_caller *p)
{
	return is_utf8(p->token) && is_text(p->request_id) &&
	    p->reserved[0] == 0 && p->reserved[1] == 0 && p->reserved[2] == 0 &&
	    address_is_legal(&p->peer);
}

int
api_refused_ok(const struct api_refused *p)
{
	return api_caller_ok(&p->by) && is_utf8(p->request) &&
	    is_utf8(p->tenant) &&
	    (p->tenant[0] == '\0' || tenant_name_is_good(p->tenant)) &&
	    is_utf8(p->first) && p->reserved[0] == 0 && p->reserved[1] == 0 &&
	    p->reserved[2] == 0 && p->why < REFUSALS && p->times > 0;
}

int
tenant_ok(const struct tenant *p)
{
	return is_utf8(p->name) && tenant_name_is_good(p->name) &&
	    p->policy_id != POLICY_NAMELESS && p->policy_id <= TENANTS_MAX;
}

int
token_name_ok(const struct token_name *p)
{
	return is_utf8(p->tenant) && is_utf8(p->name) &&
	    tenant_name_is_good(p->tenant) && tenant_name_is_good(p->name);
}

int
halt_ok(const struct halt *p)
{
	return is_utf8(p->tenant) &&
	    (p->tenant[0] == '\0' || strcmp(p->tenant, HALT_OF_ALL) == 0 ||
		tenant_name_is_good(p->tenant));
}

int
tenant_limits_ok(const struct tenant_limits *p)
{
	return is_utf8(p->tenant) &&
	    (p->tenant[0] == '\0' || tenant_name_is_good(p->tenant)) &&
	    tenant_limits_fit(p);
}

/* That of the one token without tenants has no name. */
static int
is_sole(const struct credential *p)
{
	return is_utf8(p->tenant) && is_utf8(p->name) && p->tenant[0] == '\0' &&
	    p->name[0] == '\0' && p->is_stored == 0;
}

/* The file's, always: who could make one up would be any user's. */
static int
user_ok(const struct credential *p, enum user_kind kind, uint32_t id)
{
	char name[USER_NAME_MAX + 1];

	user_name(name, kind, id);
	return is_utf8(p->tenant) && tenant_name_is_good(p->tenant) &&
	    is_utf8(p->name) && strcmp(p->name, name) == 0 && p->expires == 0 &&
	    p->last_used == 0 && p->role < CALLER_ROLES && p->is_stored == 0;
}

int
credential_ok(const struct credential *p)
{
	struct token_name of;
	enum user_kind kind;
	uint32_t id;

	memcpy(of.tenant, p->tenant, sizeof(of.tenant));
	memcpy(of.name, p->name, sizeof(of.name));
	if (user_of_digest(&p->digest, &kind, &id))
		return user_ok(p, kind, id);
	return (is_sole(p) || token_name_ok(&of)) && p->expires >= 0 &&
	    p->last_used >= 0 && p->role < CALLER_ROLES && p->is_stored <= 1;
}

/* Any bytes may be one. */
int
token_digest_ok(const struct token_digest *p)
{
	(void)p;
	return 1;
}
