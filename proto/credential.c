/* SPDX-License-Identifier: ISC */

#include <stddef.h>

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
credential_counts(const struct credential *c, int64_t now)
{
	return c->expires == 0 || now < c->expires;
}
