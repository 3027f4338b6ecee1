/* SPDX-License-Identifier: ISC */
/* Which sessions a toxic is on, and when in each. */

#include <criterion/criterion.h>
#include <string.h>

#include "chain_rig.h"
#include "nitems.h"
#include "toxic_select.h"

/* ---- which */

static struct address
address(const char *text)
{
	struct address a = { .port = 1 };
	struct bind_rule r;

	cr_assert_null(select_client_read(&r, text), "%s", text);
	a.family = r.family;
	memcpy(a.ip, r.ip, sizeof(a.ip));
	return a;
}

static enum toxic_decision
decided(const char *text, uint64_t number, const struct address *client)
{
	struct toxic_spec spec;
	const struct stage *stage;
	enum toxic_decision d;
	struct toxic *t;

	rig_open(&rig);
	toxic_spec_init(&spec, TOXIC_NOOP);
	cr_assert_eq(toxic_select_read(&spec, text), 0, "%s", text);
	(void)toxic_select_begin(&spec, 10);
	(void)toxic_select_get(&spec, &rig.toxics[0].select);
	rig.chain.number = number;
	rig.chain.client = client;
	t = rig_add(&rig, TOXIC_NOOP, 0, 0, 0, 0);
	stage = chain_stage(&rig.chain, t);
	cr_expect_eq(stage_index(stage), (int64_t)number - 10);
	d = (enum toxic_decision)stage->decided;
	cr_expect_eq(stage->active, d == DECIDED_CHOSEN);
	rig_close(&rig);
	return d;
}

/* It began at session 10: '+' is chosen, '-' is not. */
Test(choice, counts_sessions)
{
	static const struct {
		const char *select, *from_8;
	} rows[] = {
		{ "first=1", "--+-------" },
		{ "first=3", "--+++-----" },
		{ "every=1", "--++++++++" },
		{ "every=2", "--+-+-+-+-" },
		{ "every=2 offset=1", "---+-+-+-+" },
		{ "every=3 offset=2", "----+--+--" },
		{ "first=3 every=2", "--+-+-----" },
		{ "first=2 every=3 offset=2", "----------" },
		{ "duration_ms=1", "++++++++++" },
	};
	size_t i;
	int n;

	for (i = 0; i < nitems(rows); i++) {
		for (n = 0; n < 10; n++)
			cr_expect_eq(decided(rows[i].select, (uint64_t)n + 8,
					 NULL) == DECIDED_CHOSEN,
			    rows[i].from_8[n] == '+', "%s: %d", rows[i].select,
			    n + 8);
	}
}

Test(choice, knows_clients_in_whatever_clothes)
{
	static const struct {
		const char *select, *client;
		int is_among;
	} rows[] = {
		{ "clients=127.0.0.0/8", "127.1.2.3", 1 },
		{ "clients=127.0.0.0/8", "128.0.0.1", 0 },
		{ "clients=127.0.1.0/25", "127.0.1.127", 1 },
		{ "clients=127.0.1.0/25", "127.0.1.128", 0 },
		{ "clients=127.0.0.1/32", "127.0.0.1", 1 },
		{ "clients=0.0.0.0/0", "9.9.9.9", 1 },
		{ "clients=0.0.0.0/0", "::1", 0 },
		{ "clients=::/0", "9.9.9.9", 0 },
		{ "clients=::1/128", "::1", 1 },
		{ "clients=fd00::/8", "fdff::1", 1 },
		{ "clients=fd00::/8", "fe00::1", 0 },
		{ "clients=::ffff:10.0.0.0/104", "10.1.1.1", 1 },
		{ "clients=1.0.0.0/8,10.0.0.0/8", "10.1.1.1", 1 },
	};
	struct address a;
	size_t i;

	for (i = 0; i < nitems(rows); i++) {
		a = address(rows[i].client);
		cr_expect_eq(decided(rows[i].select, 10, &a),
		    rows[i].is_among ? DECIDED_CHOSEN : DECIDED_BY_CLIENT,
		    "%s: %s", rows[i].select, rows[i].client);
	}
	/* as a socket of IPv6 has one that came by IPv4 */
	a = (struct address){ .family = 6, .ip = { [10] = 255, 255, 10, 1 } };
	cr_expect_eq(decided("clients=10.0.0.0/8", 10, &a), DECIDED_CHOSEN);
}

/* The client's is asked first, then the number. */
Test(choice, says_what_was_in_the_way)
{
	const struct address a = address("127.0.0.1");

	cr_expect_eq(
	    decided("first=1 clients=10.0.0.0/8", 20, &a), DECIDED_BY_CLIENT);
	cr_expect_eq(
	    decided("first=1 clients=127.0.0.0/8", 20, &a), DECIDED_BY_INDEX);
}

/* ---- when */

static struct toxic *
add_between(int64_t after, int64_t duration, enum toxic_kind kind, int64_t now,
    int64_t value)
{
	rig.toxics[rig.ntoxics].select =
	    (struct toxic_select){ .after_ms = (uint32_t)after,
		    .duration_ms = (uint32_t)duration };
	return rig_add(&rig, kind, now, value, 0, 0);
}

TestSuite(choice_time, .init = rig_before, .fini = rig_after);

Test(choice_time, it_begins_and_ends)
{
	add_between(100, 100, TOXIC_LATENCY, 0, 30);
	rig_run(&rig, MS(99));
	rig_feed(&rig, 10, MS(99));
	cr_expect_eq(rig.got, 10);
	rig_run(&rig, MS(100));
	rig_feed(&rig, 10, MS(100));
	cr_expect_eq(rig.got, 10);
	rig_run(&rig, MS(130));
	cr_expect_eq(rig.got, 20);
	rig_feed(&rig, 10, MS(190));
	cr_expect_eq(rig.got, 20);
	rig_run(&rig, MS(200)); /* what it holds goes on */
	cr_expect_eq(rig.got, 30);
	cr_expect_eq(rig.arrivals[rig.narrivals - 1].at, MS(200));
	rig_feed(&rig, 10, MS(201));
	cr_expect_eq(rig.got, 40);
	cr_expect_eq(chain_deadline(&rig.chain), CLOCK_NEVER);
	cr_expect(chain_is_idle(&rig.chain));
}

Test(choice_time, it_comes_to_an_old_session)
{
	rig.chain.opened = MS(1000);
	add_between(100, 0, TOXIC_LATENCY, MS(5000), 30);
	rig_feed(&rig, 10, MS(5000));
	cr_expect_eq(rig.got, 0);
	add_between(100, 1000, TOXIC_LATENCY, MS(5000), 30);
	cr_expect_not(chain_has_active(&rig.chain, &rig.toxics[1]));
	rig_run(&rig, MS(5030));
	cr_expect_eq(rig.got, 10);
}

/* Who was not looked at for so long finds that it is over. */
Test(choice_time, all_of_it_may_be_missed)
{
	struct toxic *t = add_between(100, 100, TOXIC_TIMEOUT, 0, 0);

	chain_run(&rig.chain, MS(1000));
	cr_expect_not(chain_has_active(&rig.chain, t));
	rig_feed(&rig, 10, MS(1000));
	cr_expect_eq(rig.got, 10);
}

/* As a halt has it: one that has lost nothing may go on. */
Test(choice_time, a_timeout_that_swallowed_closes)
{
	add_between(0, 100, TOXIC_TIMEOUT, 0, 0);
	rig_run(&rig, MS(100));
	cr_expect_eq(rig.ended, CLOCK_NEVER);
	add_between(0, 200, TOXIC_TIMEOUT, MS(100), 0);
	rig_feed(&rig, 10, MS(150));
	rig_run(&rig, MS(200));
	cr_expect_eq(rig.ended, MS(200));
	cr_expect_eq(rig.got, 0);
}

Test(choice_time, what_changes_is_asked_anew)
{
	struct toxic *t = add_between(0, 100, TOXIC_LATENCY, 0, 30);

	rig_feed(&rig, 10, MS(50));
	t->select = (struct toxic_select){ .after_ms = 1000 };
	chain_update(&rig.chain, t, 1, MS(60));
	cr_expect_not(chain_has_active(&rig.chain, t));
	cr_expect_eq(rig.chain.out_bytes, 10);
	chain_run(&rig.chain, MS(1000));
	cr_expect(chain_has_active(&rig.chain, t));
	chain_written(&rig.chain, 10);
	rig_halt(&rig, MS(1001));
	chain_add(&rig.chain, t, MS(1002));
	cr_expect(chain_has_active(&rig.chain, t));
}
