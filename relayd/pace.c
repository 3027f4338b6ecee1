/* SPDX-License-Identifier: ISC */
/*
 * limits.bytes_per_s of its tenant: this worker's share of it, which ctld
 * renews.  What is read, both ways, is taken off; a read may take more than is
 * left, which is owed then, so that in the long run it is never more.  Who
 * finds nothing left waits, one behind the other.
 */

#include "relayd.h"

/* What was not used is there for so long, and no longer. */
#define BURST (NS_PER_S / 10)

/* So that a waiting worker is not woken for each byte. */
#define LEAST_WAIT (2 * NS_PER_MS)

static void
wake(struct deadline *d)
{
	(void)d;
	sessions_wake_paced();
}

static struct deadline next = { .expired = wake };

/* Whole bytes: the rest of the time is for the next one. */
static void
refill(int64_t now)
{
	struct pace *p = &relay.pace;
	const double share = (double)p->share;
	const int64_t most = (int64_t)(share * BURST / NS_PER_S) + 1;
	const double gained = share * (double)(now - p->at) / NS_PER_S;

	if (gained >= (double)(most - p->left)) {
		p->left = most;
		p->at = now;
		return;
	}
	p->left += (int64_t)gained;
	p->at += (int64_t)((double)(int64_t)gained * NS_PER_S / share);
}

int
pace_has_some(void)
{
	if (relay.pace.left <= 0)
		refill(clock_now());
	return relay.pace.left > 0;
}

void
pace_wait(struct session *s)
{
	const struct pace *p = &relay.pace;
	const uint64_t owed = (uint64_t)(1 - p->left);
	int64_t wait;

	session_paced(s);
	if (next.index != 0)
		return;
	wait = (int64_t)((double)owed * NS_PER_S / (double)p->share);
	deadline_set(
	    &next, clock_now() + (wait > LEAST_WAIT ? wait : LEAST_WAIT));
}

void
pace_set(uint64_t share)
{
	const uint64_t most = limit_rows[LIMIT_OF_BYTES].max;
	struct pace *p = &relay.pace;

	if (p->share != 0)
		refill(clock_now());
	else
		*p = (struct pace){ .at = clock_now() };
	p->share = share < most ? share : most;
	deadline_set(&next, clock_now());
}
