/* SPDX-License-Identifier: ISC */
/* See awaited.h. */

#include "apid.h"
#include "awaited.h"
#include "clients.h"

static unsigned int n;

void
awaited_begins(void)
{
	n++;
}

void
awaited_ends(const struct request *r)
{
	n -= r->is_kept ? 0 : 1;
}

unsigned int
awaited(void)
{
	return n;
}

void
request_keep(struct request *r)
{
	r->is_kept = 1;
	r->deadline = CLOCK_NEVER;
	n--;
}

void
request_keep_no_more(struct request *r)
{
	r->is_kept = 0;
	r->deadline = clock_now() + REPLY_WITHIN;
	n++;
	client_is_kept_no_more(r->connection);
}
