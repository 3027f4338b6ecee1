/* SPDX-License-Identifier: ISC */

#include <stdio.h>
#include <string.h>

#include "proxy_key.h"

const struct proxy_key no_proxy_key;

int
proxy_key_compare(const struct proxy_key *a, const struct proxy_key *b)
{
	int by_tenant = strcmp(a->tenant, b->tenant);

	return by_tenant != 0 ? by_tenant : strcmp(a->name, b->name);
}

static int
is_of_name(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
	    (c >= 'a' && c <= 'z') || c == '-' || c == '_' || c == '.';
}

int
tenant_name_is_good(const char *name)
{
	size_t i;

	for (i = 0; name[i] != '\0'; i++) {
		if (i == TENANT_NAME_MAX || !is_of_name(name[i]))
			return 0;
	}
	return i > 0 && name[0] != '.';
}

void
proxy_key_text(const struct proxy_key *k, char text[PROXY_KEY_TEXT_MAX + 1])
{
	snprintf(text, PROXY_KEY_TEXT_MAX + 1, "%s%s%s", k->tenant,
	    k->tenant[0] != '\0' ? "/" : "", k->name);
}
