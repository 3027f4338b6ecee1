/* SPDX-License-Identifier: ISC */
/*
 * bandwidth: at most rate KB/s, in portions of about a millisecond's worth.
 * Each portion is waited for before it is sent; rate 0 holds everything.
 *
 * Where the rate is that of all sessions, each has it for itself by the clock
 * of the line: see line.h.
 */

#include "toxic.h"

/*
 * Two lines say how much may go.  One has the rate itself, and remembers for a
 * second what it had no chance to send: a timer that came late is made up for.
 * The other is a sixteenth faster, and forgets nearly at once: what is made up
 * for goes little by little, and no 10 ms carry more than 1.3 times their
 * share, the 2 ms that it remembers included.
 */
enum {
	EXACT,   /* ns: up to when that line has been used */
	FASTER,  /* ns */
	EMPTIED, /* ns: when nothing was left to send */
	BURST,   /* bytes; and */
	SINCE,   /* ns: what there is of it: see struct burst */
	NSTATE
};

/* In the order of the words in toxics.h. */
enum {
	SCOPE_CONNECTION,
	SCOPE_PROXY
};

#define EXACT_REMEMBERS NS_PER_S
#define FASTER_REMEMBERS (2 * NS_PER_MS)

/* ns on the faster line: what it does in so many, how many it needs */
#define FASTER_GAIN(ns) ((ns) + (ns) / 16)
#define FASTER_COST(ns) ((ns) - (ns) / 17)

/* The source waits for room: what it sends this soon was there before. */
#define SOON NS_PER_MS

static int
is_shared(const struct stage *s)
{
	return stage_choice(s, BANDWIDTH_SCOPE) == SCOPE_PROXY;
}

/* ns, by the clock of its line */
static int64_t
line_now(struct stage *s)
{
	return is_shared(s) ? stage_line_clock(s) : stage_now(s);
}

/* ns that len bytes take, rate > 0: KB/s is bytes a millisecond */
static int64_t
cost(int64_t len, int64_t rate)
{
	return (len * NS_PER_MS + rate - 1) / rate;
}

/* How many of len bytes there was time for: no overflow, see the test. */
static uint32_t
affordable(int64_t spent, uint32_t len, int64_t rate)
{
	if (spent >= cost(len, rate))
		return len;
	return spent > 0 ? (uint32_t)(spent * rate / NS_PER_MS) : 0;
}

static void
forget(int64_t *line, int64_t oldest)
{
	if (*line < oldest)
		*line = oldest;
}

/* 0, or -1: what it has cut off before is to be written first. */
static int
send_affordable(struct stage *s, int64_t rate)
{
	int64_t now = line_now(s), used;
	struct chunk *k;
	uint32_t n;

	while ((k = stage_first(s)) != NULL) {
		n = affordable(now - s->state[EXACT], k->len, rate);
		n = affordable(FASTER_GAIN(now - s->state[FASTER]), n, rate);
		if (n == 0)
			break;
		if (n < k->len && !stage_may_split(s))
			return -1;
		used = n * NS_PER_MS / rate;
		s->state[EXACT] += used;
		s->state[FASTER] += FASTER_COST(used);
		k = n < k->len ? stage_split(s, k, n) : stage_take(s);
		k->born = is_shared(s) ? stage_now(s) : s->state[EXACT];
		stage_emit(s, k);
	}
	return 0;
}

/* When a portion of what is held may go. */
static void
wait_for_portion(struct stage *s, int64_t rate)
{
	int64_t held = (int64_t)s->held_bytes;
	int64_t wait = cost(held < rate ? held : rate, rate);
	int64_t exact = s->state[EXACT] + wait;
	int64_t faster = s->state[FASTER] + FASTER_COST(wait) + 1;
	int64_t at = exact > faster ? exact : faster;

	if (is_shared(s))
		at = stage_now(s) + (at - line_now(s)) * s->toxic->line.waiting;
	stage_arm(s, at);
}

/* From now on it may save up for a burst. */
static void
is_empty(struct stage *s)
{
	s->state[EMPTIED] = s->state[SINCE] = stage_now(s);
	stage_leave(s);
}

static void
bandwidth_timer(struct stage *s)
{
	int64_t rate = stage_integer(s, BANDWIDTH_RATE);
	int64_t now = line_now(s);

	if (rate == 0) {
		stage_arm(
		    s, stage_waves(s) ? stage_now(s) + SOON : CLOCK_NEVER);
		return;
	}
	forget(&s->state[EXACT], now - EXACT_REMEMBERS);
	forget(&s->state[FASTER], now - FASTER_REMEMBERS);
	if (send_affordable(s, rate) == -1) {
		stage_arm(s, stage_now(s) + SOON);
		return;
	}
	if (stage_first(s) != NULL) {
		wait_for_portion(s, rate);
		return;
	}
	is_empty(s);
	if (s->eof_held)
		stage_emit_eof(s);
}

/* From now on: what was not sent before is not made up for. */
static void
begin(struct stage *s)
{
	s->state[EXACT] = s->state[FASTER] = line_now(s);
}

/* At most so many, and no more than it could have sent since. */
static void
save_up(struct burst *b, int64_t most, int64_t rate, int64_t now)
{
	int64_t spent = now - b->since;
	int64_t saved =
	    spent < cost(most, rate) ? spent * rate / NS_PER_MS : most;

	b->left = saved < most - b->left ? b->left + saved : most;
	b->since = now;
}

/* Of what was saved up; returns what has to wait, or NULL. */
static struct chunk *
emit_burst(struct stage *s, struct chunk *k)
{
	struct burst own = { s->state[BURST], s->state[SINCE] };
	struct burst *b = is_shared(s) ? &s->toxic->burst : &own;
	int64_t most = stage_integer(s, BANDWIDTH_BURST), n;
	int64_t rate = stage_integer(s, BANDWIDTH_RATE);

	if (most == 0 || rate == 0 || stage_first(s) != NULL)
		return k;
	if (!is_shared(s) || s->toxic->line.waiting == 0)
		save_up(b, most, rate, stage_now(s));
	n = b->left < k->len ? b->left : k->len;
	b->left -= n;
	s->state[BURST] = own.left;
	s->state[SINCE] = own.since;
	return stage_emit_some(s, k, n);
}

/* But for a burst, time in which there was nothing to send earns nothing. */
static void
bandwidth_data(struct stage *s, struct chunk *k)
{
	if ((k = emit_burst(s, k)) == NULL)
		return;
	if (stage_first(s) == NULL && stage_now(s) - s->state[EMPTIED] > SOON)
		begin(s);
	stage_hold(s, k);
	if (is_shared(s))
		stage_join(s);
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

/* What it has used is by the clock of its scope, which may be another now. */
static void
bandwidth_update(struct stage *s)
{
	stage_leave(s);
	begin(s);
	if (stage_first(s) == NULL)
		return;
	if (is_shared(s))
		stage_join(s);
	bandwidth_timer(s);
}

/* Two portions, so that a fast line does not run dry between timers. */
static size_t
bandwidth_holds(const struct stage *s)
{
	size_t two = 2 * (size_t)stage_integer(s, BANDWIDTH_RATE);

	return two > STAGE_HOLDS ? two : STAGE_HOLDS;
}

const struct toxic_ops toxic_bandwidth = {
	.nstate = NSTATE,
	.data = bandwidth_data,
	.eof = bandwidth_eof,
	.timer = bandwidth_timer,
	.update = bandwidth_update,
	.holds = bandwidth_holds,
};
