/* SPDX-License-Identifier: ISC */
/*
 * latency: each chunk leaves latency ms, give or take jitter, after it came.
 * The delay counts from its arrival, so that a steady stream keeps its pace;
 * and nothing overtakes.
 */

#include <math.h>
#include <string.h>

#include "quantile.h"
#include "toxic.h"

enum {
	LAST_DUE,   /* ns: when the last chunk that came is due */
	CORRELATES, /* there is one that the next one is to be like: */
	LAST_DRAWN, /* the bits of a double, of a normal distribution */
	NSTATE
};

/* In the order of the words in toxics.h. */
enum {
	UNIFORM,
	NORMAL,
	PARETO,
	PARETONORMAL
};

/* ns, 0 to CLOCK_NEVER: uniform in [latency - jitter, latency + jitter) */
static int64_t
whole_ms(struct stage *s, int64_t ms, int64_t jitter)
{
	if (jitter > 0)
		ms += stage_random(s, 2 * jitter) - jitter;
	if (ms <= 0)
		return 0;
	return ms < CLOCK_NEVER / NS_PER_MS ? ms * NS_PER_MS : CLOCK_NEVER;
}

/*
 * A draw that depends on the one before.  The sum has the same distribution as
 * its parts, as only normal ones do: so others are had by way of these.
 */
static double
like_the_last(struct stage *s, double z, double correlation)
{
	double last;

	if (s->state[CORRELATES]) {
		memcpy(&last, &s->state[LAST_DRAWN], sizeof(last));
		z = correlation * last +
		    sqrt(1 - correlation * correlation) * z;
	}
	memcpy(&s->state[LAST_DRAWN], &z, sizeof(z));
	s->state[CORRELATES] = 1;
	return z;
}

/* As many as a double can tell apart in the middle of 0 to 1. */
#define DRAWS (INT64_C(1) << 52)

/* In units of jitter, by the quantile function of its distribution. */
static double
draw(struct stage *s)
{
	double above = ((double)stage_random(s, DRAWS) + 0.5) / (double)DRAWS;
	double correlation = stage_fraction(s, LATENCY_CORRELATION);

	if (correlation > 0)
		above = quantile_above(
		    like_the_last(s, quantile_normal(above), correlation));
	switch (stage_choice(s, LATENCY_DISTRIBUTION)) {
	case NORMAL:
		return quantile_normal(above);
	case PARETO:
		return quantile_pareto(above);
	case PARETONORMAL:
		return quantile_paretonormal(above);
	default:
		return 1 - 2 * above;
	}
}

/* ns, 0 to CLOCK_NEVER */
static int64_t
delay(struct stage *s)
{
	int64_t ms = stage_integer(s, LATENCY_LATENCY);
	int64_t jitter = stage_integer(s, LATENCY_JITTER);
	double ns;

	if (jitter == 0 ||
	    (stage_choice(s, LATENCY_DISTRIBUTION) == UNIFORM &&
		stage_fraction(s, LATENCY_CORRELATION) == 0))
		return whole_ms(s, ms, jitter);
	ns = ((double)ms + draw(s) * (double)jitter) * NS_PER_MS;
	if (ns <= 0)
		return 0;
	return ns < (double)CLOCK_NEVER ? (int64_t)ns : CLOCK_NEVER;
}

static void
schedule(struct stage *s, struct chunk *k)
{
	int64_t due = clock_after(k->born, delay(s));

	if (due < s->state[LAST_DUE])
		due = s->state[LAST_DUE];
	k->due = s->state[LAST_DUE] = due;
}

/* What was let go in between is waited for by none. */
static void
latency_init(struct stage *s)
{
	s->state[LAST_DUE] = s->state[CORRELATES] = 0;
}

/* To the next toxic it came when it was due. */
static void
leave(struct stage *s, struct chunk *k)
{
	k->born = k->due;
	stage_emit(s, k);
}

static void
latency_timer(struct stage *s)
{
	struct chunk *k;

	while ((k = stage_first(s)) != NULL && k->due <= stage_now(s))
		leave(s, stage_take(s));
	if (k != NULL)
		stage_arm(s, k->due);
	else if (s->eof_held)
		stage_emit_eof(s);
}

/* One that is due already, as the machine was late, is held all the same. */
static void
latency_data(struct stage *s, struct chunk *k)
{
	schedule(s, k);
	if (stage_first(s) == NULL && k->due <= k->born) {
		leave(s, k); /* it is not delayed, and not counted as such */
		return;
	}
	stage_hold(s, k);
	latency_timer(s);
}

/* The end is not delayed itself, it only does not overtake. */
static void
latency_eof(struct stage *s)
{
	s->eof_held = 1;
	latency_timer(s);
}

static void
latency_update(struct stage *s)
{
	struct chunk *k;

	s->state[LAST_DUE] = 0;
	STAILQ_FOREACH (k, &s->held, entry)
		schedule(s, k);
	latency_timer(s);
}

const struct toxic_ops toxic_latency = {
	.nstate = NSTATE,
	.init = latency_init,
	.holds = stage_holds_any, /* what is under way on a long line */
	.data = latency_data,
	.eof = latency_eof,
	.timer = latency_timer,
	.update = latency_update,
};
