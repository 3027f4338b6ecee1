/* SPDX-License-Identifier: ISC */
/* Texts and lists in the tail of a spec: what it may be, and what it is. */

#include <criterion/criterion.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agreed.h"
#include "check.h"
#include "msg.h"
#include "toxic_owner.h"
#include "toxic_select.h"
#include "toxic_tail.h"
#include "toxic_wave.h"

static struct toxic_spec
carry(void)
{
	struct toxic_spec spec;

	toxic_spec_init(&spec, TOXIC_CARRY);
	snprintf(spec.name, sizeof(spec.name), "c");
	toxic_tail_set_text(&spec, CARRY_NOTE, "note");
	toxic_tail_add_integer(&spec, CARRY_CODES, 200);
	toxic_tail_add_integer(&spec, CARRY_CODES, 503);
	toxic_tail_add_text(&spec, CARRY_HOSTS, "a");
	toxic_tail_add_text(&spec, CARRY_HOSTS, "");
	toxic_tail_add_text(&spec, CARRY_HOSTS, "bc");
	return spec;
}

static void
expect_lists(const struct toxic_spec *spec)
{
	cr_expect_eq(toxic_tail_count(spec, CARRY_CODES), 2);
	cr_expect_eq(toxic_tail_integer(spec, CARRY_CODES, 0), 200);
	cr_expect_eq(toxic_tail_integer(spec, CARRY_CODES, 1), 503);
	cr_expect_eq(toxic_tail_count(spec, CARRY_HOSTS), 3);
	cr_expect_str_eq(toxic_tail_nth_text(spec, CARRY_HOSTS, 0), "a");
	cr_expect_str_eq(toxic_tail_nth_text(spec, CARRY_HOSTS, 1), "");
	cr_expect_str_eq(toxic_tail_nth_text(spec, CARRY_HOSTS, 2), "bc");
}

/* The most that is used of one, of all rows: no merge may be too large. */
static size_t
most(const struct toxic_attribute *a)
{
	switch (a->kind) {
	case VALUE_TEXT:
		return a->range.text.bytes + 1;
	case VALUE_INTEGERS:
		return a->range.integers.count * sizeof(int64_t);
	case VALUE_TEXTS:
		return a->range.texts.count * (a->range.texts.bytes + 1);
	default:
		return 0;
	}
}

Test(tail, has_room_for_all_that_a_toxic_may_have)
{
	const struct toxic_schema *s;
	size_t i, n;
	int kind;

	for (kind = 1; kind < TOXIC_KIND_MAX; kind++) {
		s = toxic_schema((enum toxic_kind)kind);
		n = 0;
		for (i = 0; i < s->nattributes; i++)
			n += most(&s->attributes[i]);
		n += SELECT_BYTES_MAX + TOXIC_OWNER_MAX + 1 + WAVES_BYTES_MAX;
		cr_expect_leq(n, (size_t)TOXIC_TAIL_MAX, "%s", s->name);
	}
}

/* The messages that say 50,000 toxics at once fit what a channel queues, with
 * all that sources may have said.
 */
Test(tail, fifty_thousand_of_the_longest_can_wait)
{
	const size_t parts = SOURCES_TEXT_MAX / SOURCE_PART_MAX + SOURCES_MAX;
	size_t all = (sizeof(struct toxic_create)) * (size_t)TOXICS_MAX;

	all += sizeof(struct source_state) * SOURCES_MAX +
	    sizeof(struct source_text) * parts +
	    sizeof(struct source_scenario) * SOURCES_SCENARIOS_MAX;
	cr_expect_lt(all + sizeof(struct store_proxy) * 4000, CHAN_QUEUE_MAX);
}

Test(tail, what_is_before_another_value_may_change)
{
	struct toxic_spec spec = carry();

	cr_expect_str_eq(toxic_tail_text(&spec, CARRY_NOTE), "note");
	expect_lists(&spec);
	cr_expect_eq(toxic_tail_set_text(&spec, CARRY_NOTE, "much longer"), 0);
	cr_expect_str_eq(toxic_tail_text(&spec, CARRY_NOTE), "much longer");
	expect_lists(&spec);
	cr_expect_eq(toxic_tail_set_text(&spec, CARRY_NOTE, ""), 0);
	cr_expect_str_eq(toxic_tail_text(&spec, CARRY_NOTE), "");
	expect_lists(&spec);
	toxic_tail_clear(&spec, CARRY_CODES);
	cr_expect_eq(toxic_tail_count(&spec, CARRY_CODES), 0);
	cr_expect_str_eq(toxic_tail_nth_text(&spec, CARRY_HOSTS, 2), "bc");
	cr_expect(toxic_tail_is_sound(&spec));
}

Test(tail, an_owner_is_before_all_of_it)
{
	struct toxic_spec spec = carry(), was = carry();
	char long_owner[TOXIC_OWNER_MAX + 2] = "profile:";

	cr_assert_eq(toxic_select_read(&spec, "first=3 clients=fd00::/8"), 0);
	cr_assert_eq(toxic_select_read(&was, "first=3 clients=fd00::/8"), 0);
	cr_expect_str_eq(toxic_owner(&spec), "");
	memset(long_owner + 8, 'x', OWNER_NAME_MAX + 1);
	long_owner[8 + OWNER_NAME_MAX + 1] = '\0';
	cr_expect_eq(toxic_owner_set(&spec, long_owner), -1, "too long");
	long_owner[8 + OWNER_NAME_MAX] = '\0';
	cr_expect_eq(toxic_owner_set(&spec, long_owner), 0);
	cr_expect_str_eq(toxic_owner(&spec), long_owner);
	cr_expect_eq(toxic_owner_set(&spec, "profile:3g"), 0);
	cr_expect_eq(toxic_owner_kind(&spec), OWNER_PROFILE);
	cr_expect(check_toxic(&spec));
	cr_expect_str_eq(toxic_tail_text(&spec, CARRY_NOTE), "note");
	expect_lists(&spec);
	cr_expect(toxic_select_is_same(&spec, &was));
	cr_expect_eq(toxic_tail_set_text(&spec, CARRY_NOTE, "longer"), 0);
	cr_expect_str_eq(toxic_owner(&spec), "profile:3g");
	cr_expect_eq(toxic_tail_set_text(&spec, CARRY_NOTE, "note"), 0);
	cr_expect_eq(toxic_owner_set(&spec, ""), 0);
	cr_expect_eq(memcmp(&spec, &was, sizeof(spec)), 0);
}

Test(tail, who_is_no_owner)
{
	static const char *const bad[] = { "profile", "profile:", ":3g",
		"profil:3g", "profiles:3g", "profile:3 g", "profile:3:g",
		"profile:\xc3\xa9", "PROFILE:3g", "user:x" };
	struct toxic_spec spec = carry();
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		cr_expect_eq(toxic_owner_set(&spec, bad[i]), -1, "%s", bad[i]);
	cr_expect_str_eq(toxic_owner(&spec), "");
}

Test(tail, a_list_means_what_is_in_range)
{
	struct toxic_spec spec = carry();

	toxic_tail_add_integer(&spec, CARRY_CODES, INT64_MAX);
	toxic_tail_add_integer(&spec, CARRY_CODES, 0);
	cr_expect_eq(toxic_spec_nth(&spec, CARRY_CODES, 0), 200);
	cr_expect_eq(toxic_spec_nth(&spec, CARRY_CODES, 2), 599);
	cr_expect_eq(toxic_spec_nth(&spec, CARRY_CODES, 3), 100);
	cr_expect_eq(toxic_tail_integer(&spec, CARRY_CODES, 2), INT64_MAX);
}

Test(tail, no_more_than_the_attribute_allows)
{
	static const char long_text[] = "123456789012345678901";
	struct toxic_spec spec = carry(), was;
	char text[102];
	int i;

	memset(text, 'x', sizeof(text));
	text[101] = '\0';
	was = spec;
	cr_expect_eq(toxic_tail_set_text(&spec, CARRY_NOTE, text), -1);
	cr_expect_eq(toxic_tail_add_text(&spec, CARRY_HOSTS, long_text), -1);
	cr_expect_eq(memcmp(&spec, &was, sizeof(spec)), 0);
	cr_expect_eq(toxic_tail_set_text(&spec, CARRY_NOTE, text + 1), 0);
	for (i = 2; i < 16; i++)
		cr_expect_eq(
		    toxic_tail_add_integer(&spec, CARRY_CODES, 100 + i), 0);
	for (i = 3; i < 8; i++)
		cr_expect_eq(
		    toxic_tail_add_text(&spec, CARRY_HOSTS, long_text + 1), 0);
	cr_expect_eq(toxic_tail_add_integer(&spec, CARRY_CODES, 1), -1);
	cr_expect_eq(toxic_tail_add_text(&spec, CARRY_HOSTS, ""), -1);
	cr_expect(check_toxic(&spec));
}

Test(tail, a_copy_has_all_of_it)
{
	struct toxic_spec spec = carry(), whole;
	struct toxic_spec *copy = toxic_spec_dup(&spec);

	cr_assert_not_null(copy);
	cr_expect_lt(toxic_spec_size(copy), 400);
	memset(&whole, 0xff, sizeof(whole));
	toxic_spec_copy(&whole, copy);
	cr_expect_eq(memcmp(&whole, &spec, sizeof(spec)), 0);
	free(copy);
}

Test(tail, a_value_of_any_kind_is_taken_from_another)
{
	struct toxic_spec from = carry(), spec;
	int i;

	from.values[CARRY_NUMBER].integer = 7;
	from.values[CARRY_SHARE].fraction = 0.5;
	from.values[CARRY_WAY].integer = 2;
	toxic_spec_init(&spec, TOXIC_CARRY);
	memcpy(spec.name, from.name, sizeof(spec.name));
	toxic_tail_add_text(&spec, CARRY_HOSTS, "is replaced");
	for (i = CARRY_NATTRIBUTES - 1; i >= 0; i--)
		toxic_spec_take(&spec, i, &from);
	cr_expect_eq(memcmp(&spec, &from, sizeof(spec)), 0);
}

/* ---- what comes from elsewhere */

#define UNSOUND(statement)                                       \
	do {                                                     \
		struct toxic_spec t = carry();                   \
		cr_expect(check_toxic(&t));                      \
		statement;                                       \
		cr_expect(!toxic_tail_is_sound(&t), #statement); \
		cr_expect(!check_toxic(&t), #statement);         \
	} while (0)

/* note: 0 to 4; codes: 5 to 20; hosts: 21 "a", 23 "", 24 "bc" */
Test(tail, what_nobody_writes_is_refused)
{
	UNSOUND(t.ntail--);
	UNSOUND(t.ntail++);
	UNSOUND(t.ntail = UINT16_MAX);
	UNSOUND(t.values[CARRY_NOTE].bytes = UINT64_MAX);
	UNSOUND(t.values[CARRY_NOTE].bytes = UINT64_MAX - 15);
	UNSOUND(t.values[CARRY_NOTE].bytes++);
	UNSOUND(t.values[CARRY_CODES].bytes -= 8);
	UNSOUND((t.values[CARRY_NOTE].bytes--, t.values[CARRY_CODES].bytes++));
	UNSOUND(t.tail[4] = 'x');
	UNSOUND(t.tail[2] = '\0');
	UNSOUND(t.tail[0] = 0xff);
	UNSOUND(memcpy(t.tail, "\xed\xa0\x80", 3));
	UNSOUND(t.tail[26] = 'x');
	UNSOUND(t.tail[21] = 0x80);
	UNSOUND(t.nowner = 5);
	UNSOUND((toxic_owner_set(&t, "profile:3g"), t.nowner++));
	UNSOUND((toxic_owner_set(&t, "profile:3g"), t.nowner--));
	UNSOUND((toxic_owner_set(&t, "profile:3g"), t.nowner = 255));
	UNSOUND((toxic_owner_set(&t, "profile:3g"), t.tail[9] = 0xff));
	UNSOUND(memset(t.tail + 21, '\0', 3) /* too few in all */;
		t.values[CARRY_HOSTS].bytes--);
}

Test(tail, too_much_of_what_is_sound_is_refused)
{
	struct toxic_spec t;

	toxic_spec_init(&t, TOXIC_CARRY);
	t.ntail = 17 * 8;
	t.values[CARRY_NOTE].bytes = 0;
	memset(t.tail, 0, sizeof(t.tail));
	t.values[CARRY_CODES].bytes = 16 * 8;
	t.values[CARRY_HOSTS].bytes = 8;
	cr_expect(toxic_tail_is_sound(&t));
	t.values[CARRY_CODES].bytes = 17 * 8;
	t.values[CARRY_HOSTS].bytes = 0;
	cr_expect(!toxic_tail_is_sound(&t), "17 integers");
	t.values[CARRY_CODES].bytes = 0;
	t.ntail = 9;
	t.values[CARRY_HOSTS].bytes = 9;
	cr_expect(!toxic_tail_is_sound(&t), "9 texts");
	t.ntail = 22;
	t.values[CARRY_HOSTS].bytes = 22;
	memset(t.tail, 'x', 21);
	cr_expect(!toxic_tail_is_sound(&t), "21 bytes");
	t.ntail = 1;
	t.values[CARRY_HOSTS].bytes = 0;
	t.values[CARRY_NOTE].bytes = 1;
	t.tail[0] = '\0';
	cr_expect(!toxic_tail_is_sound(&t), "an empty text is none at all");
	t.ntail = 102;
	t.values[CARRY_NOTE].bytes = 102;
	memset(t.tail, 'x', 101);
	t.tail[101] = '\0';
	cr_expect(!toxic_tail_is_sound(&t), "101 bytes");
}

Test(tail, an_integer_of_a_list_below_its_range_is_refused)
{
	struct toxic_spec t = carry();
	struct toxic_fault fault;

	toxic_tail_add_integer(&t, CARRY_CODES, -1);
	cr_expect(toxic_tail_is_sound(&t) && !check_toxic(&t));
	cr_expect_eq(toxic_spec_check(&t, &fault), -1);
	cr_expect_str_eq(fault.field, "codes");
	cr_expect_str_eq(
	    fault.why, "must be at most 16 integers of at least 0");
}

/* ---- messages */

static int
takes(enum msg_type type, const void *payload, size_t len)
{
	struct msg m = { .type = type, .fd = -1, .len = len };

	memcpy(&m.payload, payload, len);
	return msg_check(&m) == 0;
}

/* As long as it says, and no byte more or less. */
static void
expect_exact(enum msg_type type, const void *payload)
{
	size_t len, exact = msg_length(type, payload);

	for (len = 0; len <= msg_size(type); len++)
		cr_expect_eq(takes(type, payload, len), len == exact,
		    "%s of %zu bytes", msg_name(type), len);
}

Test(tail, messages_end_with_it)
{
	struct toxic_spec spec = carry();
	struct toxic_state state = { .spec = spec };
	struct toxic_create create = { .proxy = { .name = "p" }, .spec = spec };
	struct toxic_update update = { .proxy = { .name = "p" }, .spec = spec };
	struct answer answer = { .spec = spec };

	expect_exact(MSG_RELAY_TOXIC_ADD, &spec);
	expect_exact(MSG_REPLICA_TOXIC, &state);
	expect_exact(MSG_TOXIC_CREATE, &create);
	expect_exact(MSG_TOXIC_UPDATE, &update);
	expect_exact(MSG_ANSWER, &answer);
}

/* What an earlier message left behind is not taken for its own. */
Test(tail, nothing_is_behind_it)
{
	struct toxic_spec spec = carry();
	struct msg m = { .type = MSG_RELAY_TOXIC_ADD, .fd = -1 };

	memset(&m.payload, 0xff, sizeof(m.payload));
	m.len = msg_length(m.type, &spec);
	memcpy(&m.payload, &spec, m.len);
	cr_assert_eq(msg_check(&m), 0);
	cr_expect_eq(memcmp(msg_get_toxic_spec(&m), &spec, sizeof(spec)), 0);
}
