/* SPDX-License-Identifier: ISC */

#include <stddef.h>
#include <string.h>

#include "credential.h"
#include "user.h"

const char *
caller_role_name(uint32_t role)
{
	static const char *const names[CALLER_ROLES] = {
		[CALLER_READER] = "reader",
		[CALLER_TENANT] = "tenant",
		[CALLER_ADMIN] = "admin",
	};

	return role < CALLER_ROLES ? names[role] : NULL;
}

int
caller_role_of(const char *name, uint32_t *role)
{
	uint32_t i;

	for (i = 0; i < CALLER_ROLES; i++) {
		if (strcmp(name, caller_role_name(i)) == 0) {
			*role = i;
			return 0;
		}
	}
	return -1;
}

int
credential_is_user(const struct credential *c)
{
	enum user_kind kind;
	uint32_t id;

	return user_of_digest(&c->digest, &kind, &id);
}

int
credential_compare_digests(const void *a, const void *b)
{
	const struct credential *x = a, *y = b;

	return memcmp(&x->digest, &y->digest, sizeof(x->digest));
}

int
credential_compare_names(const void *a, const void *b)
{
	const struct credential *x = a, *y = b;
	int differ = strcmp(x->tenant, y->tenant);

	return differ != 0 ? differ : strcmp(x->name, y->name);
}

size_t
credentials_place(
    const struct credential *all, size_t n, const struct token_digest *digest)
{
	size_t low = 0, high = n, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (memcmp(&all[middle].digest, digest, sizeof(*digest)) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct credential *
credentials_find(
    struct credential *all, size_t n, const struct token_digest *digest)
{
	size_t at = credentials_place(all, n, digest);

	return at < n && memcmp(&all[at].digest, digest, sizeof(*digest)) == 0
	    ? &all[at]
	    : NULL;
}

struct credential *
credentials_find_user(
    struct credential *all, size_t n, uint32_t uid, uint32_t gid)
{
	const uint32_t ids[USER_KINDS] = { [USER_UID] = uid, [USER_GID] = gid };
	struct token_digest digest;
	struct credential *c = NULL;
	int kind;

	if (uid == USER_NOBODY)
		return NULL;
	for (kind = 0; kind < USER_KINDS && c == NULL; kind++) {
		if (ids[kind] != USER_NOBODY) {
			digest = user_digest((enum user_kind)kind, ids[kind]);
			c = credentials_find(all, n, &digest);
		}
	}
	return c;
}

int64_t
credential_minute(int64_t now)
{
	return now - now % 60;
}

int
credential_counts(const struct credential *c, int64_t now)
{
	return c->expires == 0 || now < c->expires;
}
