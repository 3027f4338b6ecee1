/* SPDX-License-Identifier: ISC */
/* See payload_relay.h. */

#include "agreed.h"
#include "check.h"
#include "payload_check.h"

/* They count from a worker's start; that they grow, who keeps them sees. */
int
counters_ok(const struct counters *p)
{
	int i;

	for (i = 0; i < STREAM_MAX; i++) {
		if (p->received[i] > INT64_MAX || p->sent[i] > p->received[i])
			return 0;
	}
	return p->sessions <= INT64_MAX && p->dial_failures <= p->sessions &&
	    p->open_sessions <= p->sessions && p->held <= INT64_MAX &&
	    histogram_ok(&p->dialled, p->sessions - p->dial_failures) &&
	    histogram_ok(&p->lasted, p->sessions - p->open_sessions) &&
	    dial_result_ok(&p->dial_error) && p->own_toxics <= OWN_TOXICS_MAX &&
	    (p->dial_failures > 0) == (p->dial_error.error != ENDPOINT_OK);
}

/* How many sessions there were, other workers have said: it may be any. */
int
relay_assign_ok(const struct relay_assign *p)
{
	return check_proxy_key(&p->key) && is_text(p->upstream) &&
	    p->lost_by < END_MAX;
}

int
relay_here_ok(const struct relay_here *p)
{
	return (p->state == RELAY_SPARE || p->state == RELAY_ASSIGNED ||
		   p->state == RELAY_RUNNING) &&
	    p->is_final <= 1 && p->is_halted <= 1 && p->inside <= INT32_MAX &&
	    p->reserved == 0 && p->lent <= INT64_MAX &&
	    p->borrows <= INT64_MAX && connect_is_sound(&p->connect) &&
	    counters_ok(&p->counters);
}

/* Who keeps them sees that they grow. */
static int
counts_are_sound(const struct toxic_counts *p)
{
	return p->hits <= INT64_MAX && p->delayed <= INT64_MAX &&
	    p->dropped <= INT64_MAX;
}

int
toxic_counted_ok(const struct toxic_counted *p)
{
	return counts_are_sound(&p->counts);
}

int
relay_enter_ok(const struct relay_enter *p)
{
	return p->inside <= INT32_MAX && p->wants <= INT32_MAX;
}

int
relay_entered_ok(const struct relay_entered *p)
{
	return p->over < LIMITS;
}

int
relay_bytes_ok(const struct relay_bytes *p)
{
	(void)p; /* how many it may be, only who lends them knows */
	return 1;
}

int
connect_spec_ok(const struct connect_spec *p)
{
	return connect_is_sound(p);
}
