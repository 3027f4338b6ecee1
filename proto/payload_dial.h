/* SPDX-License-Identifier: ISC */
#ifndef PAYLOAD_DIAL_H
#define PAYLOAD_DIAL_H

#include <stdint.h>

#include "address.h"
#include "endpoint.h"
#include "proxy_key.h"

/* Connections and names: with diald and resolvd. */

/* How many policies there are: 0 to that are known, the others dial nothing. */
struct dial_rules {
	uint32_t npolicies;
	struct address api; /* where toxid listens itself; or none, yet */
};
#define POLICIES_MAX 1024

/* What one worker may reach, and where its proxy listens. */
struct dial_policy {
	uint32_t proxy_id;
	uint32_t policy_id;   /* whose rules are for it */
	struct proxy_key key; /* for the log */
	struct address listen;
	struct endpoint upstream;
};

/* Names that the last resolvd may have died of are to wait so long. */
struct dial_resolver {
	uint32_t hold_ms;
};

#define ADDRESSES_MAX 16

/* Of a tenant, by its policy, and how many policies there are: parts of all. */
struct lookup_request {
	struct endpoint endpoint;
	uint32_t policy_id, npolicies; /* the latter 1 or more */
};

struct lookup_result {
	uint8_t error; /* enum endpoint_error; then n is 0 */
	uint8_t n;
	uint8_t reserved[2];
	int32_t sys_errno;
	struct address addresses[ADDRESSES_MAX]; /* the best first: RFC 6724 */
};

#endif
