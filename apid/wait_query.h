/* SPDX-License-Identifier: ISC */
#ifndef WAIT_QUERY_H
#define WAIT_QUERY_H

#include "apid.h"

/* What is waited for, as a request says it. */

struct wait_subject {
	const char *name;
	uint64_t (*of_proxy)(const struct proxy *); /* NULL: of a toxic */
};

struct wait_query {
	const struct wait_subject *subject;
	char *toxic; /* whose hits, or NULL; the caller's to free */
	uint64_t wanted;
	uint64_t timeout; /* ms */
};

/* 1, or 0 and it has replied. */
int wait_query(struct request *, struct wait_query *);

#endif
