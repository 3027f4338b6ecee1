/* SPDX-License-Identifier: ISC */
/*
 * bandwidth: at most rate KB/s, in portions of about a millisecond's worth.
 * Each portion is waited for before it is sent; rate 0 holds everything.
 */

#include "toxic.h"

/*
 * A timer that came late is made up for, so that the rate is kept on a busy
 * machine; but by no more than what the original sends at once, so that a
 * worker that was stopped does not burst.
 */
#define CATCH_UP (100 * NS_PER_MS)

enum {
	PAID,  /* ns: the time up to which the line has been used */
	CARRY, /* ns: how late the last byte left, when none was behind it */
	NSTATE
};

/* ns that len bytes take, rate > 0: KB/s is bytes a millisecond */
static int64_t
cost(int64_t len, int64_t rate)
{
	return (len * NS_PER_MS + rate - 1) / rate;
}

/* How many of len bytes the line had time for: no overflow, see the test. */
static uint32_t
affordable(int64_t spent, uint32_t len, int64_t rate)
{
	if (spent >= cost(len, rate))
		return len;
	return (uint32_t)(spent * rate / NS_PER_MS);
}

static void
send_affordable(struct stage *s, int64_t rate)
{
	int64_t now = stage_now(s);
	struct chunk *k;
	uint32_t n;

	while ((k = stage_first(s)) != NULL) {
		n = affordable(now - s->state[PAID], k->len, rate);
		if (n == 0)
			break;
		s->state[PAID] += n * NS_PER_MS / rate;
		k = n < k->len ? stage_split(s, k, n) : stage_take(s);
		k->born = s->state[PAID];
		stage_emit(s, k);
	}
}

static void
bandwidth_timer(struct stage *s)
{
	int64_t rate = stage_attribute(s, BANDWIDTH_RATE);
	int64_t now = stage_now(s), portion;
	const struct chunk *k;

	if (rate == 0) {
		stage_arm(s, CLOCK_NEVER);
		return;
	}
	if (s->state[PAID] < now - CATCH_UP)
		s->state[PAID] = now - CATCH_UP;
	send_affordable(s, rate);
	if ((k = stage_first(s)) != NULL) {
		portion = k->len < rate ? k->len : rate;
		stage_arm(s, s->state[PAID] + cost(portion, rate));
		return;
	}
	s->state[CARRY] = now - s->state[PAID];
	if (s->eof_held)
		stage_emit_eof(s);
}

/* Time in which nothing was sent earns nothing. */
static void
bandwidth_data(struct stage *s, struct chunk *k)
{
	if (stage_first(s) == NULL) {
		s->state[PAID] = stage_now(s) - s->state[CARRY];
		s->state[CARRY] = 0;
	}
	stage_hold(s, k);
	bandwidth_timer(s);
}

static void
bandwidth_eof(struct stage *s)
{
	if (stage_first(s) == NULL)
		stage_emit_eof(s);
	else
		s->eof_held = 1;
}

/* From now on at the new rate: what it stood still before is not made up. */
static void
bandwidth_update(struct stage *s)
{
	if (stage_first(s) == NULL)
		return;
	s->state[PAID] = stage_now(s);
	bandwidth_timer(s);
}

const struct toxic_ops toxic_bandwidth = {
	.nstate = NSTATE,
	.holds_max = STAGE_HOLDS_SOME,
	.data = bandwidth_data,
	.eof = bandwidth_eof,
	.timer = bandwidth_timer,
	.update = bandwidth_update,
};
