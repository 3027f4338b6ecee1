/* SPDX-License-Identifier: ISC */

#include <stddef.h>
#include <string.h>

#include "credential.h"

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
