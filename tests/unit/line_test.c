/* SPDX-License-Identifier: ISC */
/* bandwidth, of a rate that all sessions of a proxy share; and of a burst. */

#include <criterion/criterion.h>
#include <stdlib.h>

#include "chain_rig.h"

#define CLIENTS 8
#define RATE 1000 /* KB/s: bytes a ms */

static struct toxic_spec spec;
static struct toxic toxic;

/* Sessions, of which some have as much to send as there is room for. */
static struct client {
	struct chain chain;
	int is_greedy;
	uint64_t got;
} clients[CLIENTS];

static struct budget budget;
static struct random dice;
static int64_t late_max; /* ns that a timer may be late */

static void
set(int64_t rate, int scope, int64_t burst)
{
	spec.values[BANDWIDTH_RATE].integer = rate;
	spec.values[BANDWIDTH_SCOPE].integer = scope;
	spec.values[BANDWIDTH_BURST].integer = burst;
}

static void
before(void)
{
	size_t i;

	rig_before();
	toxic_spec_init(&spec, TOXIC_BANDWIDTH);
	toxic.spec = &spec;
	set(RATE, 1, 0);
	budget.max = (size_t)1 << 30;
	random_seed(&dice, 1, "dice", 1);
	for (i = 0; i < CLIENTS; i++) {
		chain_init(
		    &clients[i].chain, &budget, &rig.random, (size_t)1 << 25);
		chain_add(&clients[i].chain, &toxic, 0);
	}
}

static void
after(void)
{
	size_t i;

	for (i = 0; i < CLIENTS; i++)
		chain_free(&clients[i].chain);
	cr_expect_eq(toxic.line.waiting, 0, "nobody is left on the line");
	cr_expect_eq(budget.held, 0);
	rig_after();
}

TestSuite(line, .init = before, .fini = after);

static void
take(struct client *c)
{
	c->got += c->chain.out_bytes;
	chain_written(&c->chain, c->chain.out_bytes);
}

static void
feed(struct client *c, size_t len, int64_t now)
{
	static const uint8_t zeros[CHUNK_MAX];

	chain_feed(&c->chain, zeros, len, now);
	take(c);
}

/* As a pipe does it: what there is room for is read. */
static void
serve(struct client *c, int64_t now)
{
	chain_run(&c->chain, now);
	take(c);
	while (c->is_greedy && !chain_is_full(&c->chain))
		feed(c, CHUNK_MAX, now);
}

static struct client *
next_due(void)
{
	struct client *c, *first = clients;

	for (c = clients; c < clients + CLIENTS; c++) {
		if (chain_deadline(&c->chain) < chain_deadline(&first->chain))
			first = c;
	}
	return first;
}

static int64_t
late(int64_t at, int64_t now)
{
	if (late_max > 0)
		at += random_below(&dice, late_max);
	return at > now ? at : now;
}

static void
run(int64_t now, int64_t until)
{
	struct client *c;

	for (c = clients; c < clients + CLIENTS; c++)
		serve(c, now);
	while (c = next_due(), chain_deadline(&c->chain) <= until) {
		now = late(chain_deadline(&c->chain), now);
		serve(c, now);
	}
}

static void
be_greedy(size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		clients[i].is_greedy = 1;
}

static uint64_t
all_of(size_t n)
{
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < n; i++)
		sum += clients[i].got;
	return sum;
}

/* The total within 0.5 %, and each within 2.5 % of its share. */
static void
expect_shares(size_t n, double ms)
{
	double total = (double)all_of(n), share = ms * RATE / (double)n;
	size_t i;

	cr_expect_geq(total, ms * RATE * 0.995, "%g", total);
	cr_expect_leq(total, ms * RATE * 1.005, "%g", total);
	for (i = 0; i < n; i++) {
		cr_expect_geq((double)clients[i].got, share * 0.975);
		cr_expect_leq((double)clients[i].got, share * 1.025);
	}
}

Test(line, one_has_it_alone)
{
	be_greedy(1);
	run(0, MS(10000));
	expect_shares(1, 10000);
}

Test(line, eight_share_it)
{
	be_greedy(CLIENTS);
	run(0, MS(10000));
	expect_shares(CLIENTS, 10000);
}

Test(line, eight_share_it_though_timers_are_late)
{
	late_max = MS(3);
	be_greedy(CLIENTS);
	run(0, MS(10000));
	late_max = 0;
	expect_shares(CLIENTS, 10000);
}

Test(line, each_of_its_own_rate_is_as_ever)
{
	set(RATE, 0, 0);
	be_greedy(CLIENTS);
	run(0, MS(1000));
	cr_expect_geq(all_of(CLIENTS), 8 * 1000 * RATE * 0.995);
	cr_expect_leq(all_of(CLIENTS), 8 * 1000 * RATE * 1.005);
}

/* What some leave is for the others. */
Test(line, what_one_does_not_need_others_have)
{
	int64_t at;

	be_greedy(2);
	for (at = 0; at < MS(10000); at += MS(100)) {
		feed(&clients[2], 5000, at); /* 50 KB/s */
		run(at, at + MS(100));
	}
	cr_expect_eq(clients[2].got, 500000);
	cr_expect_geq(all_of(3), 9950000);
	cr_expect_leq(all_of(3), 10050000);
	cr_expect_leq(labs((long)(clients[0].got - clients[1].got)), 100000);
}

Test(line, who_leaves_and_who_comes)
{
	be_greedy(CLIENTS);
	run(0, MS(1000));
	chain_remove(&clients[0].chain, &toxic, MS(1000));
	clients[0].is_greedy = 0;
	take(&clients[0]);
	clients[0].got = 0;
	clients[1].is_greedy = 0;
	run(MS(1000), MS(3000));
	cr_expect_eq(toxic.line.waiting, 6);
	clients[1].is_greedy = 1;
	run(MS(3000), MS(4000));
	cr_expect_eq(toxic.line.waiting, 7);
}

Test(line, small_messages_have_their_turn)
{
	int64_t at;

	be_greedy(7);
	run(0, MS(1000));
	for (at = MS(1000); at < MS(3000); at += MS(100)) {
		feed(&clients[7], 100, at);
		run(at, at + MS(100));
	}
	cr_expect_eq(clients[7].got, 2000);
	cr_expect_geq(all_of(CLIENTS), 2985000);
	cr_expect_leq(all_of(CLIENTS), 3015000);
}

/* A stop of the whole worker is made up for little by little. */
Test(line, a_long_stop_does_not_burst)
{
	be_greedy(CLIENTS);
	run(0, MS(100));
	run(MS(500), MS(500));
	cr_expect_leq(all_of(CLIENTS), 100 * RATE + 8 * 3 * RATE);
	run(MS(500), MS(510));
	cr_expect_leq(all_of(CLIENTS), 110 * RATE * 1.1 + 8 * 3 * RATE);
}

Test(line, rate_0_holds_everything)
{
	set(0, 1, 1000);
	feed(&clients[0], 10, 0);
	run(0, MS(100000));
	cr_expect_eq(clients[0].got, 0);
	cr_expect_eq(toxic.line.waiting, 1);
	set(RATE, 1, 0);
	chain_update(&clients[0].chain, &toxic, 0, MS(100000));
	run(MS(100000), MS(100001));
	cr_expect_eq(clients[0].got, 10);
}

Test(line, its_scope_changes_while_it_is_busy)
{
	size_t i;

	be_greedy(CLIENTS);
	run(0, MS(1000));
	set(RATE, 0, 0);
	for (i = 0; i < CLIENTS; i++)
		chain_update(&clients[i].chain, &toxic, 0, MS(1000));
	cr_expect_eq(toxic.line.waiting, 0);
	run(MS(1000), MS(2000));
	cr_expect_geq(all_of(CLIENTS), 8.9 * 1000 * RATE);
	set(RATE, 1, 0);
	for (i = 0; i < CLIENTS; i++)
		chain_update(&clients[i].chain, &toxic, 0, MS(2000));
	cr_expect_eq(toxic.line.waiting, CLIENTS);
	run(MS(2000), MS(3000));
	cr_expect_leq(all_of(CLIENTS), 10.1 * 1000 * RATE);
}

/* The two clocks have nothing in common. */
Test(line, its_scope_changes_between_two_messages)
{
	struct chain *c = &clients[0].chain;
	int64_t up = MS(3600000);

	set(RATE, 0, 0);
	feed(&clients[0], 100, up);
	run(up, up + MS(1));
	cr_assert_eq(clients[0].got, 100);
	set(RATE, 1, 0);
	chain_update(c, &toxic, 0, c->now + US(10));
	feed(&clients[0], 100, c->now + US(10));
	run(c->now, c->now + MS(1));
	cr_expect_eq(clients[0].got, 200);
}

/* ---- bursts */

Test(line, a_burst_goes_at_once_and_the_rest_at_the_rate)
{
	set(RATE, 0, 5000);
	feed(&clients[0], 8000, MS(10));
	cr_expect_eq(clients[0].got, 5000);
	run(MS(10), MS(12));
	cr_expect_eq(clients[0].got, 7000);
	run(MS(12), MS(13));
	cr_expect_eq(clients[0].got, 8000);
}

Test(line, a_burst_is_saved_up_at_the_rate)
{
	set(RATE, 0, 5000);
	feed(&clients[0], 5000, MS(10));
	feed(&clients[0], 1, MS(10));
	run(MS(10), MS(11));
	cr_expect_eq(clients[0].got, 5001);
	feed(&clients[0], 5000, clients[0].chain.now + MS(2));
	cr_expect_eq(clients[0].got, 7001);
	run(MS(20), MS(100));
	cr_expect_eq(clients[0].got, 10001);
	feed(&clients[0], 9000, MS(10000));
	cr_expect_eq(clients[0].got, 15001, "no more than it may be");
}

Test(line, a_burst_of_all_is_had_once)
{
	set(RATE, 1, 5000);
	feed(&clients[0], 3000, MS(10));
	feed(&clients[1], 3000, MS(10));
	cr_expect_eq(all_of(CLIENTS), 5000);
	feed(&clients[2], 3000, MS(10));
	cr_expect_eq(all_of(CLIENTS), 5000);
	run(MS(10), MS(1000));
	cr_expect_eq(all_of(CLIENTS), 9000);
	feed(&clients[3], 9000, MS(1000));
	cr_expect_eq(all_of(CLIENTS), 14000);
}

Test(line, a_burst_adds_nothing_in_the_long_run)
{
	set(RATE, 1, 5000);
	be_greedy(CLIENTS);
	run(0, MS(1000));
	cr_expect_leq(all_of(CLIENTS), 1005 * RATE + 5000);
}

/* As when its session is closed. */
Test(line, who_leaves_amid_bytes_has_saved_up_nothing)
{
	set(RATE, 1, 5000);
	be_greedy(1);
	run(0, MS(1000));
	chain_remove(&clients[0].chain, &toxic, MS(1000));
	clients[0].is_greedy = 0;
	feed(&clients[1], 9000, MS(1000));
	cr_expect_eq(clients[1].got, 0);
	run(MS(1000), MS(1005));
	cr_expect_leq(clients[1].got, 5 * RATE);
}

Test(line, the_largest_burst_does_not_overflow)
{
	set(toxic_schema(TOXIC_BANDWIDTH)->attributes[0].range.integer.most, 0,
	    INT64_MAX);
	feed(&clients[0], CHUNK_MAX, INT64_MAX / 2);
	cr_expect_eq(clients[0].got, CHUNK_MAX);
	set(1, 1, INT64_MAX);
	feed(&clients[1], CHUNK_MAX, INT64_MAX / 2);
	cr_expect_eq(clients[1].got, CHUNK_MAX);
}
