/* SPDX-License-Identifier: ISC */
/*
 * A chain of stages under toxics that come, change and go at any time, with a
 * clock that the input turns.  What comes out is the beginning of what went
 * in; nothing waits without a deadline; memory is counted to the byte; and
 * where no toxic has ended the session, all of it comes out.
 */

#include <string.h>

#include "chain.h"
#include "nitems.h"
#include "packet.h"

#define FEED_MAX 65536
#define PERIOD 251 /* prime, so that no size hides a shift */
/* Some years: what the largest attributes leave room for. */
#define CLOCK_END (INT64_C(300000000) * NS_PER_S)
/* Two of them, and the clock, are not too much for 2^63 ns. */
#define LONG_MS INT64_C(4000000000000)
#define STEPS_MAX 300
#define MUCH 32768

static struct rig {
	struct chain chain;
	struct budget budget;
	struct random random;
	struct toxic toxics[6];
	struct toxic_spec specs[6]; /* of toxics[] */
	uint8_t is_on[6];
	uint8_t is_lossy; /* a toxic may lose or change bytes */
	uint64_t fed, got;
	int64_t now;
} rig;

static uint8_t pattern[FEED_MAX + PERIOD];

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	size_t i;

	(void)argc;
	(void)argv;
	for (i = 0; i < sizeof(pattern); i++)
		pattern[i] = (uint8_t)(i % PERIOD);
	return 0;
}

/* ---- what holds at any time */

static size_t
count(const struct chunks *list, size_t *bytes)
{
	const struct chunk *k;
	size_t cost = 0;

	*bytes = 0;
	STAILQ_FOREACH (k, list, entry) {
		must(k->len > 0 && k->off + k->len <= k->size);
		*bytes += k->len;
		cost += sizeof(*k) + k->size;
	}
	return cost;
}

/* A rate of 0, or a time behind the end of all times, holds without an end. */
static int
may_wait_for_ever(const struct toxic_spec *spec)
{
	if (spec->kind == TOXIC_BANDWIDTH)
		return spec->values[BANDWIDTH_RATE].integer == 0;
	return spec->kind != TOXIC_SLICER &&
	    (toxic_spec_integer(spec, 0) > LONG_MS ||
		toxic_spec_integer(spec, 1) > LONG_MS);
}

/* Others wait for time, or room. */
static void
check_waits(const struct stage *s)
{
	int waits = !STAILQ_EMPTY(&s->held) || s->eof_held;

	must(s->active || !waits);
	must(!s->cut || !waits);
	must(!s->hangs || (s->active && !s->cut));
	must(!waits || s->deadline != CLOCK_NEVER || s->wants_room ||
	    s->hangs || may_wait_for_ever(s->toxic->spec));
}

static void
check(void)
{
	static unsigned int turn;
	const struct stage *s;
	size_t bytes, held, all;
	unsigned int seeing = 0, hanging = 0, losing = 0;

	if (rig.chain.held > MUCH && ++turn % 16 != 0)
		return; /* it takes long */
	all = count(&rig.chain.out, &bytes);
	must(bytes == rig.chain.out_bytes);
	TAILQ_FOREACH (s, &rig.chain.stages, entry) {
		held = count(&s->held, &bytes);
		must(held == s->held_bytes);
		all += held;
		seeing += s->active && s->ops->data != NULL;
		hanging += s->hangs;
		losing += s->loses;
		check_waits(s);
	}
	must(all == rig.chain.held && all == rig.budget.held);
	must(seeing == rig.chain.nseeing && hanging == rig.chain.nhanging &&
	    losing == rig.chain.nlosing);
}

/* ---- the sink */

/* Writes n bytes at most; returns how many it could have written yet. */
static size_t
write_out(size_t n)
{
	const struct chunk *k;
	size_t len;

	while (n > 0 && (k = STAILQ_FIRST(&rig.chain.out)) != NULL) {
		len = n < k->len ? n : k->len;
		must(rig.got + len <= rig.fed);
		must(rig.is_lossy ||
		    memcmp(k->data + k->off, pattern + rig.got % PERIOD, len) ==
			0);
		rig.got += len;
		n -= len;
		chain_written(&rig.chain, len);
	}
	return n;
}

/* As a pipe does it: where there is room, there may be more to write. */
static void
sink(size_t n)
{
	do
		n = write_out(n);
	while (n > 0 && chain_wants_room(&rig.chain) &&
	    chain_has_room(&rig.chain, rig.now));
}

/* ---- what happens */

/* Mostly small ones: the others take long. */
static size_t
draw_length(struct input *in)
{
	return 1 + input_number(in, input_byte(in) < 224 ? 1 : 2);
}

static void
feed(struct input *in)
{
	size_t len = draw_length(in);

	if (chain_is_full(&rig.chain) || rig.chain.source_done)
		return;
	chain_feed(&rig.chain, pattern + rig.fed % PERIOD, len, rig.now);
	rig.fed += len;
}

/* As a pipe does it: as much as there is room for. */
static void
read_into(struct input *in)
{
	struct iovec iov[CHAIN_IOV];
	size_t i, n, len, left = draw_length(in);

	if (chain_is_full(&rig.chain) || rig.chain.source_done)
		return;
	n = chain_room(&rig.chain, iov);
	must(n > 0);
	for (i = 0, len = 0; i < n && left > 0; i++) {
		if (iov[i].iov_len > left)
			iov[i].iov_len = left;
		memcpy(iov[i].iov_base, pattern + (rig.fed + len) % PERIOD,
		    iov[i].iov_len);
		len += iov[i].iov_len;
		left -= iov[i].iov_len;
	}
	rig.fed += len;
	chain_take(&rig.chain, len, rig.now);
}

static void
end_source(struct input *in)
{
	if (input_byte(in) < 64) /* not too often */
		chain_feed_eof(&rig.chain, rig.now);
}

static void
run(int64_t now)
{
	rig.now = now;
	chain_run(&rig.chain, now);
	must(chain_deadline(&rig.chain) > now);
}

static void
wait_some(struct input *in)
{
	size_t bytes = input_byte(in) % 6;

	run(rig.now + (int64_t)input_number(in, bytes));
}

static void
wait_for_deadline(struct input *in)
{
	int64_t at = chain_deadline(&rig.chain);

	(void)in;
	if (at <= CLOCK_END)
		run(at > rig.now ? at : rig.now);
}

static void
write_some(struct input *in)
{
	sink(input_number(in, 3));
}

static float
draw_toxicity(struct input *in)
{
	uint8_t n = input_byte(in);

	return n >= 96 ? 1 : (float)n / 96;
}

static void
toxic_add(struct input *in)
{
	struct toxic_spec spec = { .toxicity = draw_toxicity(in) };
	size_t slot = input_byte(in) % nitems(rig.toxics);

	spec.kind = (uint8_t)packet_kind(in);
	if (packet_attributes(in, &spec) == -1 || rig.is_on[slot])
		return;
	rig.specs[slot] = spec;
	rig.toxics[slot].spec = &rig.specs[slot];
	rig.is_on[slot] = 1;
	rig.is_lossy |= spec.kind > TOXIC_NOOP;
	chain_add(&rig.chain, &rig.toxics[slot], rig.now);
}

static void
toxic_update(struct input *in)
{
	size_t slot = input_byte(in) % nitems(rig.toxics);
	struct toxic_spec spec = rig.specs[slot];
	int redraw = input_byte(in) & 1;

	if (redraw)
		spec.toxicity = draw_toxicity(in);
	if (!rig.is_on[slot] || packet_attributes(in, &spec) == -1)
		return;
	rig.specs[slot] = spec;
	chain_update(&rig.chain, &rig.toxics[slot], redraw, rig.now);
}

static void
remove_slot(size_t slot)
{
	if (!rig.is_on[slot])
		return;
	chain_remove(&rig.chain, &rig.toxics[slot], rig.now);
	rig.is_on[slot] = 0;
}

static void
toxic_remove(struct input *in)
{
	remove_slot(input_byte(in) % nitems(rig.toxics));
}

static void (*const steps[])(struct input *) = { feed, read_into, end_source,
	wait_some, wait_for_deadline, write_some, toxic_add, toxic_update,
	toxic_remove, feed, toxic_add, wait_for_deadline };

/* ---- the end */

/* Time goes on, and the sink writes. */
static void
run_out(void)
{
	int i;

	for (i = 0; i < STEPS_MAX; i++) {
		sink(SIZE_MAX);
		if (chain_deadline(&rig.chain) > CLOCK_END)
			break;
		wait_for_deadline(NULL);
		check();
	}
}

/* Without a toxic nothing is held back. */
static void
clear_up(void)
{
	int had_eof = rig.chain.source_done;
	size_t slot;

	for (slot = 0; slot < nitems(rig.toxics); slot++) {
		remove_slot(slot);
		check();
	}
	sink(SIZE_MAX);
	must(chain_deadline(&rig.chain) == CLOCK_NEVER);
	must(rig.chain.held == 0);
	must(!had_eof || rig.chain.end != CHAIN_OPEN);
	if (rig.chain.end <= CHAIN_EOF && !rig.is_lossy)
		must(rig.got == rig.fed);
	must(rig.chain.source_done || chain_is_idle(&rig.chain));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };

	memset(&rig, 0, sizeof(rig));
	rig.now = NS_PER_S;
	rig.budget.max = 4 << 20;
	random_seed(&rig.random, input_byte(&in), "fuzz", 1);
	chain_init(&rig.chain, &rig.budget, &rig.random, 1 << 20);
	while (in.size > 0) {
		steps[input_byte(&in) % nitems(steps)](&in);
		check();
	}
	run_out();
	clear_up();
	chain_free(&rig.chain);
	must(rig.budget.held == 0);
	return 0;
}
