/* SPDX-License-Identifier: ISC */
#ifndef PROXY_KEY_H
#define PROXY_KEY_H

#include <stddef.h>

#define PROXY_NAME_MAX 255
#define TENANT_NAME_MAX 63

/*
 * Which proxy, from the wire to the row: two tenants may both have a "redis".
 * There is no other way to name one, so that nobody forgets whose it is.
 */
struct proxy_key {
	char tenant[TENANT_NAME_MAX + 1]; /* "": the one that has no name */
	char name[PROXY_NAME_MAX + 1];
};

extern const struct proxy_key no_proxy_key; /* of none: all zero */

/* As strcmp(3): by tenant, then by name. */
int proxy_key_compare(const struct proxy_key *, const struct proxy_key *);

/* A tenant's name is letters, digits, '-', '_' and '.', and no dot first. */
int tenant_name_is_good(const char *);

/* A field of a line of log. */
#define LOG_PROXY(k) LOG_OWNED("proxy", (k)->tenant, (k)->name)

#define PROXY_KEY_TEXT_MAX (TENANT_NAME_MAX + 1 + PROXY_NAME_MAX)

/* For people: "tenant/name", or "name" where the tenant has none. */
void proxy_key_text(
    const struct proxy_key *, char text[PROXY_KEY_TEXT_MAX + 1]);

#endif
