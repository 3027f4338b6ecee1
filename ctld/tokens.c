/* SPDX-License-Identifier: ISC */
/* See tokens.h. */

#include <string.h>
#include <time.h>

#include "change.h"
#include "child.h"
#include "children.h"
#include "log.h"
#include "store.h"
#include "tenants.h"
#include "tokens.h"
#include "truth.h"

/* By policy, which is a tenant's own: a reload waits for them to end. */
static struct change *storing[POLICIES_MAX];

struct change **
tokens_storing(const char *tenant)
{
	return &storing[tenants_policy(tenant)];
}

/* ---- what is asked */

static void
be_about(struct change *ch, const char tenant[TENANT_NAME_MAX + 1])
{
	memcpy(ch->u.token.of.tenant, tenant, TENANT_NAME_MAX + 1);
}

/* Who it has been used by, and that it is no file's, is not for apid to say. */
int
get_token_create(struct change *ch, const struct msg *m)
{
	const struct credential *c = msg_get_credential(m);

	if (c->name[0] == '\0' || !c->is_stored || c->last_used != 0)
		return -1;
	ch->u.token.row = *c;
	be_about(ch, c->tenant);
	return 0;
}

int
get_token_delete(struct change *ch, const struct msg *m)
{
	const struct token_name *t = msg_get_token_name(m);
	struct credential *row = &ch->u.token.row;

	memcpy(row->tenant, t->tenant, sizeof(row->tenant));
	memcpy(row->name, t->name, sizeof(row->name));
	be_about(ch, t->tenant);
	return 0;
}

const struct proxy_key *
tenant_of_token(const struct change *ch)
{
	return &ch->u.token.of;
}

/* ---- may it be? */

enum answer_code
prepare_token_create(struct change *ch)
{
	const struct credential *row = &ch->u.token.row;
	size_t n;

	if (!caller_may_grant(&ch->caller, row->role))
		return ANSWER_LESSER_ROLE;
	if (row->tenant[0] == '\0' || !tenants_have(row->tenant))
		return ANSWER_NO_TENANT;
	if (tenants_token(row->tenant, row->name, &n) != NULL ||
	    tenants_credential(&row->digest) != NULL)
		return ANSWER_TOKEN_EXISTS;
	if (n >= TENANT_TOKENS_MAX)
		return ANSWER_TOO_MANY_TOKENS;
	return tenants_token_room() == 0 ? ANSWER_OK : ANSWER_NO_MEMORY;
}

/* The whole row is what goes. */
enum answer_code
prepare_token_delete(struct change *ch)
{
	struct credential *row = &ch->u.token.row;
	const struct credential *c =
	    tenants_token(row->tenant, row->name, NULL);

	if (c == NULL)
		return ANSWER_NO_TOKEN;
	if (!c->is_stored)
		return ANSWER_TOKEN_OF_FILE;
	if (!caller_may_grant(&ch->caller, c->role))
		return ANSWER_LESSER_ROLE;
	*row = *c;
	return ANSWER_OK;
}

/* ---- it is */

void
log_token_made(const struct change *ch)
{
	const struct credential *row = &ch->u.token.row;

	log_event(LOG_INFO, "Token made", LOG_STR("tenant", row->tenant),
	    LOG_STR("token", row->name),
	    LOG_STR("token_role", caller_role_name(row->role)),
	    LOG_INT("expires", row->expires));
}

void
log_token_gone(const struct change *ch)
{
	const struct credential *row = &ch->u.token.row;

	log_event(LOG_INFO, "Token revoked", LOG_STR("tenant", row->tenant),
	    LOG_STR("token", row->name));
}

/* apid knows before it hears the answer. */
int
commit_token_create(struct change *ch)
{
	const struct credential *row = &ch->u.token.row;

	tenants_token_add(row);
	truth_token(row);
	if (children.apid != NULL)
		child_send(children.apid, MSG_API_TOKEN, 0, row, -1);
	return 0;
}

int
commit_token_delete(struct change *ch)
{
	const struct token_digest digest = ch->u.token.row.digest;

	tenants_token_remove(&digest);
	truth_token_gone(&digest);
	if (children.apid != NULL)
		child_send(children.apid, MSG_API_TOKEN_GONE, 0, &digest, -1);
	return 0;
}

/* ---- it is used */

void
token_used(const struct token_digest *digest)
{
	const int64_t minute = credential_minute(time(NULL));

	if (tenants_token_used(digest, minute) != 1)
		return;
	truth_token(tenants_credential(digest));
	if (tenants_credential(digest)->is_stored)
		store_token_used(minute);
}
