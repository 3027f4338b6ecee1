/* SPDX-License-Identifier: ISC */
/*
 * "users": [...] of a tenant: who acts for it by the API's socket.  They are
 * numbers: nobody here could look a name up.
 */

#include <string.h>

#include "file.h"
#include "nitems.h"
#include "text_put.h"
#include "user.h"
#include "values.h"

static const char *const of_user[] = { "uid", "gid", "role" };
static const struct keys user_keys = { of_user, nitems(of_user) };

/* 0, or -1 and it has complained. */
static int
read_id(struct reading *r, const char *key, json_t *value, uint32_t *id)
{
	json_int_t n = json_integer_value(value);

	*id = (uint32_t)n;
	if (!json_is_integer(value))
		complain(r, key,
		    "%s: expected a number (names are not looked up), got %s",
		    key, type_name(value));
	else if (n < 0 || n >= UINT32_MAX)
		complain(r, key, "%s: there is no such number", key);
	else if (n == USER_NOBODY)
		complain(r, key,
		    "%s: %u is whoever the kernel has no number for", key,
		    USER_NOBODY);
	else
		return 0;
	return -1;
}

/* Which of the two he is known by; -1 and it has complained. */
static int
kind_of(struct reading *r, json_t *user)
{
	const int has_uid = member(user, "uid") != NULL,
		  has_gid = member(user, "gid") != NULL;

	if (has_uid && has_gid)
		complain(r, "gid", "gid: there is a uid, too: which of them?");
	else if (!has_uid && !has_gid)
		complain(r, "uid", "uid: it is missing, and there is no gid");
	else
		return has_uid ? USER_UID : USER_GID;
	return -1;
}

static void
read_user(struct reading *r, json_t *json, const struct tenant *tenant)
{
	struct credential user = { .role = CALLER_TENANT };
	char name[USER_NAME_MAX + 1];
	const size_t n = r->n;
	const char *key;
	uint32_t id;
	int kind;

	memcpy(user.tenant, tenant->name, sizeof(user.tenant));
	complain_of_keys(r, json, &user_keys);
	role_read(r, json, &user.role);
	if ((kind = kind_of(r, json)) == -1)
		return;
	key = user_kind_name((enum user_kind)kind);
	if (read_id(r, key, member(json, key), &id) == -1 || r->n > n)
		return;
	user.digest = user_digest((enum user_kind)kind, id);
	user_name(name, (enum user_kind)kind, id);
	text_put(user.name, sizeof(user.name), name);
	credential_add(r, &user, key);
}

void
users_read(struct reading *r, json_t *users, const struct tenant *tenant)
{
	credentials_read(
	    r, "users", users, TENANT_USERS_MAX, tenant, read_user);
}
