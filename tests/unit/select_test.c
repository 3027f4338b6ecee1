/* SPDX-License-Identifier: ISC */
/* Which sessions a toxic is for: as data, and as a text. */

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "check.h"
#include "nitems.h"
#include "toxic_owner.h"
#include "toxic_select.h"
#include "toxic_tail.h"

static struct toxic_spec
read_select(enum toxic_kind kind, const char *text)
{
	struct toxic_spec spec;

	toxic_spec_init(&spec, kind);
	snprintf(spec.name, sizeof(spec.name), "s");
	cr_assert_eq(toxic_select_read(&spec, text), 0, "%s", text);
	return spec;
}

static const char *const good[] = { "", "first=3", "first=1 every=2 offset=1",
	"clients=10.0.0.0/8", "after_ms=5 duration_ms=2147483647",
	"every=3 clients=127.0.0.1/32,fd00::/8,0.0.0.0/0,::/0 after_ms=1",
	("clients=1.0.0.0/8,2.0.0.0/8,3.0.0.0/8,4.0.0.0/8,5::/16,6::/16,7::/16,"
	 "ffff:ffff:ffff:ffff:ffff:ffff:ffff:fff0/124") };

Test(select, is_the_text_that_it_was)
{
	char text[SELECT_TEXT_MAX + 1];
	struct toxic_select s;
	struct toxic_spec spec;
	size_t i;

	for (i = 0; i < nitems(good); i++) {
		spec = read_select(TOXIC_LATENCY, good[i]);
		cr_expect(check_toxic(&spec), "%s", good[i]);
		cr_expect_str_eq(toxic_select_text(&spec, text), good[i]);
		cr_expect_eq(toxic_select_get(&spec, &s), *good[i] != '\0');
		cr_expect_eq(toxic_select_is_set(&s), *good[i] != '\0');
		cr_expect(*good[i] == '\0' || s.base == SELECT_FROM_NOW);
	}
}

Test(select, what_is_none_is_not_taken)
{
	static const char *const bad[] = { " ", "first", "first=", "first=0",
		"first=01", "first=-1", "first=2147483648", "first=3 ",
		"first=3  every=2", "offset=1", "every=2 offset=2", "what=1",
		"clients=", "clients=10.0.0.1/8", "clients=x",
		"clients=10.0.0.0/33", "clients=1.1.1.1 clients=2.2.2.2",
		"clients=10.0.0.0/8,", "clients=fd00::/129",
		("clients=1::/16,2::/16,3::/16,4::/16,5::/16,6::/16,7::/16,"
		 "8::/16,9::/16") };
	struct toxic_spec spec;
	size_t i;

	toxic_spec_init(&spec, TOXIC_LATENCY);
	for (i = 0; i < nitems(bad); i++) {
		cr_expect_eq(
		    toxic_select_read(&spec, bad[i]), -1, "%s", bad[i]);
		cr_expect_eq(spec.ntail, 0);
	}
}

/* A toxic without one is as long as ever; values and it are in each other's
 * way in no order of setting them. */
Test(select, is_behind_all_values)
{
	static const char text[] = "first=3 clients=10.0.0.0/8";
	struct toxic_spec spec = read_select(TOXIC_CARRY, text);
	char again[SELECT_TEXT_MAX + 1];
	size_t alone;

	toxic_tail_clear(&spec, CARRY_NOTE);
	alone = spec.ntail;
	cr_assert_eq(toxic_tail_set_text(&spec, CARRY_NOTE, "note"), 0);
	cr_assert_eq(toxic_tail_add_integer(&spec, CARRY_CODES, 200), 0);
	cr_assert_eq(toxic_tail_add_text(&spec, CARRY_HOSTS, "a"), 0);
	cr_expect_eq(spec.ntail, alone + sizeof("note") + 8 + sizeof("a"));
	cr_expect(check_toxic(&spec));
	cr_expect_str_eq(toxic_select_text(&spec, again), text);
	cr_expect_str_eq(toxic_tail_text(&spec, CARRY_NOTE), "note");
	cr_assert_eq(toxic_select_read(&spec, ""), 0);
	cr_expect_eq(spec.ntail, sizeof("note") + 8 + sizeof("a"));
	cr_expect(check_toxic(&spec));
}

Test(select, whose_bytes_are_none_is_not_sound)
{
	struct toxic_spec spec = read_select(TOXIC_NOOP, good[6]), cut;
	size_t n;
	int is_one; /* of fewer clients: four of IPv4, then IPv6 */

	for (n = 1; n < spec.ntail; n++) {
		is_one = n > 28 &&
		    (n <= 48 ? (n - 28) % 5 == 0 : (n - 48) % 17 == 0);
		toxic_spec_copy(&cut, &spec);
		cut.ntail = (uint16_t)n;
		cr_expect_eq(check_toxic(&cut), is_one, "%zu", n);
	}
	memset(spec.tail + 8, 0, 20);
	spec.ntail = 28; /* nothing is said in it */
	cr_expect_not(check_toxic(&spec));
	spec.tail[8] = 1;
	cr_expect(check_toxic(&spec));
	spec.tail[11] = 0x80; /* too large */
	cr_expect_not(check_toxic(&spec));
}

Test(select, begins_where_it_is_first_said)
{
	struct toxic_spec spec = read_select(TOXIC_NOOP, "first=3"),
			  same = read_select(TOXIC_NOOP, "first=3"),
			  other = read_select(TOXIC_NOOP, "first=4");
	struct toxic_select s;

	cr_expect(toxic_select_begin(&spec, 5));
	cr_expect_not(toxic_select_begin(&spec, 9));
	cr_expect(toxic_select_is_same(&spec, &same));
	toxic_select_take(&spec, &same);
	(void)toxic_select_get(&spec, &s);
	cr_expect_eq(s.base, 5);
	toxic_select_take(&spec, &other);
	(void)toxic_select_get(&spec, &s);
	cr_expect_eq(s.base, SELECT_FROM_NOW);
	cr_expect_eq(s.first, 4);
	/* there were never so many: whoever counted is dead */
	cr_expect(toxic_select_begin(&spec, 3));
	cr_expect(toxic_select_begin(&spec, 2));
}

/* While a change of the toxic is kept, its worker may say where it began. */
Test(select, goes_on_from_where_the_same_one_began)
{
	struct toxic_spec spec = read_select(TOXIC_NOOP, "first=3"),
			  next = read_select(TOXIC_NOOP, "first=3"),
			  other = read_select(TOXIC_NOOP, "first=4"),
			  none = read_select(TOXIC_NOOP, "");
	struct toxic_select s;

	cr_expect(toxic_select_begin(&spec, 5));
	toxic_select_keep(&next, &spec);
	(void)toxic_select_get(&next, &s);
	cr_expect_eq(s.base, 5);
	toxic_select_keep(&other, &spec);
	(void)toxic_select_get(&other, &s);
	cr_expect_eq(s.base, SELECT_FROM_NOW);
	toxic_select_keep(&none, &spec);
	cr_expect_not(toxic_select_get(&none, &s));
}

/* What is on one session has nothing to choose, and when it ends, that says. */
Test(select, of_a_sessions_own_toxic_has_times_alone)
{
	static const struct {
		const char *text, *field;
	} rows[] = { { "", NULL }, { "after_ms=5 duration_ms=1", NULL },
		{ "first=1", "select.first" },
		{ "every=2 after_ms=1", "select.every" },
		{ "clients=10.0.0.0/8", "select.clients" } };
	struct toxic_fault fault;
	struct toxic_spec spec;
	size_t i;

	for (i = 0; i < nitems(rows); i++) {
		spec = read_select(TOXIC_LATENCY, rows[i].text);
		cr_expect_eq(toxic_own_check(&spec, &fault),
		    rows[i].field == NULL ? 0 : -1, "%s", rows[i].text);
		if (rows[i].field != NULL)
			cr_expect_str_eq(fault.field, rows[i].field);
	}
	spec = read_select(TOXIC_LATENCY, "");
	spec.lease = 1;
	cr_expect_eq(toxic_own_check(&spec, &fault), -1);
	cr_expect_str_eq(fault.field, "ttl");
	spec.lease = 0;
	cr_assert_eq(toxic_owner_set(&spec, "profile:3g"), 0);
	cr_expect_eq(toxic_own_check(&spec, &fault), -1);
	cr_expect_str_eq(fault.field, "owner");
}
