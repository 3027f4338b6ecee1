/* SPDX-License-Identifier: ISC */
/* The numbers of this worker, on their way to ctld. */

#include <string.h>

#include "log.h"
#include "relayd.h"

#define PUSH_INTERVAL (250 * NS_PER_MS)
#define WATCHED_INTERVAL (5 * NS_PER_MS)

/* Bytes let go since the last time, for which memory is worth giving back. */
#define MUCH ((uint64_t)1024 * 1024)

static struct counters pushed; /* what ctld knows */
static int64_t pushed_at = -PUSH_INTERVAL;
static int64_t interval = PUSH_INTERVAL;

/*
 * Where toxics count sessions ctld is to know how many there were, should this
 * worker die.
 */
static int64_t
next_after(void)
{
	return relay.ncounting > 0 ? WATCHED_INTERVAL : interval;
}

/* The pass of the loop that it makes happen does the work. */
static void
push_due(struct deadline *d)
{
	(void)d;
}

static struct deadline next_push = { .expired = push_due };

/* id: of the question that they answer, or 0. */
static void
push(int64_t now, uint32_t id)
{
	pushed = relay.counters;
	pushed_at = now;
	deadline_set(&next_push, CLOCK_NEVER);
	toxic_list_tell();
	if (chan_send(&relay.ctld.chan, MSG_RELAY_COUNTERS, id, &pushed, -1) ==
	    -1)
		log_warn("%s", __func__);
}

void
counters_answer(uint32_t id)
{
	relay.counters.held = relay.budget.held;
	push(clock_now(), id);
}

/* What waits already goes as soon as what comes from now on. */
void
counters_watched(int are_watched)
{
	interval = are_watched ? WATCHED_INTERVAL : PUSH_INTERVAL;
	deadline_set(&next_push, CLOCK_NEVER);
}

/* After each pass of the loop: sends what has changed, or sees to it later. */
void
counters_push(int64_t now)
{
	int last_has_gone =
	    relay.counters.open_sessions == 0 && pushed.open_sessions != 0;

	relay.counters.held = relay.budget.held;
	if (memcmp(&pushed, &relay.counters, sizeof(pushed)) == 0 &&
	    !toxic_list_has_news())
		return;
	if (relay.retires || chan_wants_write(&relay.ctld.chan) ||
	    (now - pushed_at < next_after() && !last_has_gone)) {
		if (next_push.index == 0)
			deadline_set(&next_push, now + next_after());
		return;
	}
	if (pushed.held > relay.counters.held + MUCH)
		tidy_later();
	push(now, 0);
}
