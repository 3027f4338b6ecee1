/* SPDX-License-Identifier: ISC */
#ifndef RELAYED_H
#define RELAYED_H

#include "apid.h"

/* What is asked of sessions that go through proxies, as a request says it. */

enum relayed_argument {
	RELAYED_CURSOR = 0x1,
	RELAYED_OF_ALL = 0x2, /* the cursor begins with its proxy */
	RELAYED_FILTERS = 0x4,
	RELAYED_MODE = 0x8,
	RELAYED_ENDED = 0x10 /* as a state, too */
};

struct relayed_query {
	uint32_t proxy_id; /* to begin with; 0: with the first */
	struct relay_ask ask;
};

/* arguments: which there may be.  1, or 0 and it has replied. */
int relayed_query(
    struct request *, unsigned int arguments, struct relayed_query *);
/* "7.12"; 0, or -1: no session is called so. */
int relayed_id(const char *text, struct relay_ask *);

/* What its path says: 1, or 0 and it has replied: none is called so. */
int relayed_is_called(struct request *, struct relay_ask *);

/* An object, which its caller ends. */
void relayed_encode(FILE *, const struct session_page *, uint32_t row,
    const struct proxy_key *, int has_tenant);
void relayed_encode_ended(FILE *, const struct session_ended *,
    const struct proxy_key *, int has_tenant);
void relayed_encode_work(FILE *, const struct toxic_work *);

#endif
