/* SPDX-License-Identifier: ISC */
#ifndef LIMIT_H
#define LIMIT_H

#include <stdint.h>

#include "agreed.h"
#include "proxy_key.h"

/*
 * What one tenant may have, as the configuration file says it.  A row is a
 * limit: its name there and wherever it is shown; of what kind it is, from how
 * many to how many it may be, and of what.  Members that are not there, and 0
 * in a message, are no limit.
 */

enum limit_kind {
	LIMIT_COUNT, /* of what there is at once */
	LIMIT_RATE,  /* of what happens in any second */
	LIMIT_TIME,  /* of how long, in ms: of each by itself */
	LIMIT_RANGE  /* of which, from the first to the last: limit_range() */
};

#define LIMIT_ROWS(X)                                                         \
	X(PROXIES, proxies, COUNT, 1, MAX_PROXIES, "proxies, enabled or not") \
	X(TOXICS, toxics, COUNT, 1, TOXICS_MAX,                               \
	    "toxics, of all its proxies together")                            \
	X(API_CALLS, api_calls_per_s, RATE, 1, 1000000,                       \
	    "requests to the API in any second, by its tokens")               \
	X(SESSIONS, sessions, COUNT, 1, 1000000,                              \
	    "clients at once, of all its proxies together")                   \
	X(CONNECTIONS, connections_per_s, RATE, 1, 1000000,                   \
	    "clients in any second that become a session")                    \
	X(HELD, bytes_held, COUNT, 1048576, 1099511627776,                    \
	    "bytes held back at once, of all its proxies together")           \
	X(BYTES, bytes_per_s, RATE, 1000, 100000000000,                       \
	    "bytes in a second, both ways, of all its proxies together")      \
	X(LEASE_DEFAULT, lease_default_ms, TIME, 1, 31536000000,              \
	    "ms that is there what was made without a ttl")                   \
	X(LEASE_MAX, lease_max_ms, TIME, 1, 31536000000,                      \
	    "ms that a lease may be asked for")                               \
	X(PORTS, ports, RANGE, 1, 65535,                                      \
	    "the ports, from the first to the last, of its proxies")

enum limit {
#define X(row, name, kind, min, max, help) LIMIT_OF_##row,
	LIMIT_ROWS(X)
#undef X
	LIMITS
};

/* Without pointers: to set these each process would have a page of its own. */
struct limit_row {
	char name[20], help[64];
	enum limit_kind kind;
	uint64_t min, max;
};
extern const struct limit_row limit_rows[LIMITS];

/* Two numbers, both of the range, as one, which is not 0. */
struct limit_range {
	uint16_t first, last;
};

static inline uint64_t
limit_of_range(uint16_t first, uint16_t last)
{
	return (uint64_t)first << 16 | last;
}

static inline struct limit_range
limit_range(uint64_t value)
{
	return (struct limit_range){ (uint16_t)(value >> 16), (uint16_t)value };
}

static inline int
limit_range_has(uint64_t value, uint16_t n)
{
	return limit_range(value).first <= n && n <= limit_range(value).last;
}

/* "50", or "20000-20099"; returns text. */
#define LIMIT_TEXT_MAX 24
const char *limit_text(enum limit, uint64_t value, char text[LIMIT_TEXT_MAX]);

struct tenant_limits {
	uint64_t of[LIMITS];              /* each in its range; 0: none */
	char tenant[TENANT_NAME_MAX + 1]; /* "": the one that has no name */
};

/* For qsort(3) and bsearch(3): by tenant. */
int tenant_limits_compare(const void *, const void *);
/* Is there one at all? */
int tenant_limits_are_any(const struct tenant_limits *);
/* Is the default of leases one that may be asked for? */
int tenant_limits_agree(const struct tenant_limits *);
/* They do, and each is in its range? */
int tenant_limits_fit(const struct tenant_limits *);

#endif
