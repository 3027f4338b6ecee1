/* SPDX-License-Identifier: ISC */
/* Users of the API's socket, among tokens. */

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "msg.h"
#include "nitems.h"
#include "user.h"

static struct credential
user(const char *tenant, enum user_kind kind, uint32_t id)
{
	struct credential c = { .digest = user_digest(kind, id),
		.role = CALLER_TENANT };
	char name[USER_NAME_MAX + 1];

	user_name(name, kind, id);
	snprintf(c.tenant, sizeof(c.tenant), "%s", tenant);
	snprintf(c.name, sizeof(c.name), "%s", name);
	return c;
}

static int
passes(const struct credential *c)
{
	struct msg m = { .type = MSG_API_CREDENTIAL,
		.fd = -1,
		.len = sizeof(*c),
		.payload.credential = *c };

	return msg_check(&m) == 0;
}

Test(user, has_a_name_and_a_digest_of_its_own)
{
	struct credential c = user("a", USER_UID, UINT32_MAX);
	enum user_kind kind;
	uint32_t id;

	cr_expect_str_eq(c.name, "uid 4294967295");
	cr_expect(user_of_digest(&c.digest, &kind, &id));
	cr_expect(kind == USER_UID && id == UINT32_MAX);
	c = user("a", USER_GID, 0);
	cr_expect_str_eq(c.name, "gid 0");
	cr_expect(user_of_digest(&c.digest, &kind, &id));
	cr_expect(kind == USER_GID && id == 0);
	c.digest.bytes[7] = 1;
	cr_expect(!user_of_digest(&c.digest, &kind, &id));
	memset(&c.digest, 0, sizeof(c.digest));
	cr_expect(!user_of_digest(&c.digest, &kind, &id));
}

/* Whoever could have one stored, as an apid, would be that user. */
Test(user, is_the_files_or_no_message)
{
	const struct credential good = user("a", USER_UID, 7);
	struct credential c = good;

	cr_expect(passes(&c));
	c.is_stored = 1;
	cr_expect(!passes(&c));
	c = good;
	c.expires = 1;
	cr_expect(!passes(&c));
	c = good;
	c.role = CALLER_ROLES;
	cr_expect(!passes(&c));
	c = good;
	memset(c.tenant, 0, sizeof(c.tenant));
	cr_expect(!passes(&c));
	c = good;
	c.name[4] = '8';
	cr_expect(!passes(&c));
	c = good;
	snprintf(c.name, sizeof(c.name), "ci");
	cr_expect(!passes(&c));
	c = good;
	c.digest.bytes[20] = 1; /* a token has no such name */
	cr_expect(!passes(&c));
}

static const char *
tenant_of(struct credential *all, size_t n, uint32_t uid, uint32_t gid)
{
	const struct credential *c = credentials_find_user(all, n, uid, gid);

	return c != NULL ? c->tenant : "nobody";
}

Test(user, is_found_before_his_group)
{
	struct credential all[] = { user("a", USER_UID, 1),
		user("b", USER_UID, 2), user("c", USER_GID, 1),
		user("d", USER_GID, USER_NOBODY), user("e", USER_UID, 0) };
	const size_t n = nitems(all);

	qsort(all, n, sizeof(all[0]), credential_compare_digests);
	cr_expect_str_eq(tenant_of(all, n, 1, 1), "a");
	cr_expect_str_eq(tenant_of(all, n, 2, 1), "b");
	cr_expect_str_eq(tenant_of(all, n, 3, 1), "c");
	cr_expect_str_eq(tenant_of(all, n, 0, 0), "e");
	cr_expect_str_eq(tenant_of(all, n, 3, 3), "nobody");
	cr_expect_str_eq(tenant_of(all, n, USER_NOBODY, 1), "nobody");
	cr_expect_str_eq(tenant_of(all, n, 3, USER_NOBODY), "nobody");
	cr_expect_str_eq(tenant_of(all, 0, 1, 1), "nobody");
}
