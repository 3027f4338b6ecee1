/* SPDX-License-Identifier: ISC */
#ifndef USAGE_H
#define USAGE_H

#include <stdint.h>

#include "proxy_key.h"

/*
 * What each tenant has of that of which there is so much for all.  Half of it
 * is theirs in equal parts, which nobody else gets; the other half is whose who
 * comes first.  So one tenant, whatever it does, leaves each of the others as
 * much as that.
 */

enum usage_of {
	USAGE_PROXIES,
	USAGE_TOXICS,
	USAGE_CHANGES,  /* under way */
	USAGE_NAMES,    /* of `listen`, being looked up */
	USAGE_SESSIONS, /* of clients of the API */
	USAGES
};

struct usage {
	char tenant[TENANT_NAME_MAX + 1];
	uint32_t n[USAGES];
};

/* NULL: no memory.  It is there as long as it has something. */
struct usage *usage_for(const char *tenant);
void usage_more(struct usage *, enum usage_of, uint32_t more);
void usage_less(struct usage *, enum usage_of, uint32_t less);

/* May it have so many more, of all that there may be? */
int usage_allows(
    const struct usage *, enum usage_of, uint32_t more, uint32_t all);

#endif
