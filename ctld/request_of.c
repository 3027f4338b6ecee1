/* SPDX-License-Identifier: ISC */
/* Which request a message is: see requests.h. */

#include "requests.h"

static const struct request *requests;
static size_t nrequests;

void
requests_are(const struct request *all, size_t n)
{
	requests = all;
	nrequests = n;
}

const struct request *
request_of(enum msg_type type)
{
	size_t i;

	for (i = 0; i < nrequests; i++) {
		if (requests[i].type == type)
			return &requests[i];
	}
	return NULL;
}
