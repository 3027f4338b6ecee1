/* SPDX-License-Identifier: ISC */
/* See payload_sessions.h. */

#include "check.h"
#include "payload_check.h"

int
relay_ask_ok(const struct relay_ask *p)
{
	return p->wish < SESSION_WISHES && p->states < 1U << SESSION_STATES &&
	    address_is_legal(&p->client);
}

int
sessions_ask_ok(const struct sessions_ask *p)
{
	return check_proxy_key(&p->proxy) && relay_ask_ok(&p->ask);
}

static int
row_ok(const struct session_row *p)
{
	int i;

	for (i = 0; i < STREAM_MAX; i++) {
		if (p->sent[i] > INT64_MAX)
			return 0;
	}
	return p->age_ms <= INT64_MAX && p->held <= INT64_MAX &&
	    p->state < SESSION_STATES && address_is_legal(&p->client) &&
	    address_is_legal(&p->upstream);
}

/* They go up, and those behind the n-th are nothing. */
int
session_page_ok(const struct session_page *p)
{
	static const struct session_row none;
	uint32_t i;

	if (p->n > SESSIONS_PAGE)
		return 0;
	for (i = 0; i < p->n; i++) {
		if (!row_ok(&p->rows[i]) ||
		    (i > 0 && p->rows[i].number <= p->rows[i - 1].number))
			return 0;
	}
	for (; i < SESSIONS_PAGE; i++) {
		if (memcmp(&p->rows[i], &none, sizeof(none)) != 0)
			return 0;
	}
	return p->n == 0 || p->next == 0 || p->next > p->rows[p->n - 1].number;
}

int
toxic_work_ok(const struct toxic_work *p)
{
	return is_utf8(p->name) && p->name[0] != '\0' &&
	    toxic_kind_is_known(p->kind) && p->stream < STREAM_MAX &&
	    p->is_at_work <= 1;
}
