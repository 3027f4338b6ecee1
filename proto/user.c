/* SPDX-License-Identifier: ISC */

#include <stdio.h>
#include <string.h>

#include "user.h"

const char *
user_kind_name(enum user_kind kind)
{
	static const char *const names[USER_KINDS] = {
		[USER_UID] = "uid",
		[USER_GID] = "gid",
	};

	return names[kind];
}

/* What kind of user, zeros, and the number. */
struct token_digest
user_digest(enum user_kind kind, uint32_t id)
{
	struct token_digest digest = { .bytes = { 0 } };
	const char *name = user_kind_name(kind);

	memcpy(digest.bytes, name, strlen(name));
	memcpy(
	    digest.bytes + sizeof(digest.bytes) - sizeof(id), &id, sizeof(id));
	return digest;
}

void
user_name(char name[USER_NAME_MAX + 1], enum user_kind kind, uint32_t id)
{
	snprintf(name, USER_NAME_MAX + 1, "%s %u", user_kind_name(kind), id);
}

int
user_of_digest(
    const struct token_digest *digest, enum user_kind *kind, uint32_t *id)
{
	struct token_digest of_user;
	int k;

	memcpy(id, digest->bytes + sizeof(digest->bytes) - sizeof(*id),
	    sizeof(*id));
	for (k = 0; k < USER_KINDS; k++) {
		*kind = (enum user_kind)k;
		of_user = user_digest(*kind, *id);
		if (memcmp(&of_user, digest, sizeof(of_user)) == 0)
			return 1;
	}
	return 0;
}
