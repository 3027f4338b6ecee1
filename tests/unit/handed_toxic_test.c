/* SPDX-License-Identifier: ISC */
/* A toxic on its way to another program: by names, wherever they stand. */

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "handed_toxic.h"
#include "toxic_owner.h"
#include "toxic_select.h"
#include "toxic_tail.h"

static struct toxic_spec
carry(void)
{
	struct toxic_spec spec;

	toxic_spec_init(&spec, TOXIC_CARRY);
	snprintf(spec.name, sizeof(spec.name), "c");
	spec.stream = STREAM_DOWNSTREAM;
	spec.toxicity = 0.5F;
	spec.values[CARRY_NUMBER].integer = 7;
	spec.values[CARRY_SHARE].fraction = 0.25;
	spec.values[CARRY_WAY].integer = 2;
	toxic_tail_set_text(&spec, CARRY_NOTE, "note");
	toxic_tail_add_integer(&spec, CARRY_CODES, 503);
	toxic_tail_add_text(&spec, CARRY_HOSTS, "a");
	toxic_tail_add_text(&spec, CARRY_HOSTS, "");
	return spec;
}

/* The n bytes of it in memory of their own, so that ASan sees their end. */
static int
unpack(struct toxic_spec *spec, const uint8_t *bytes, size_t n)
{
	uint8_t *copy = malloc(n + (n == 0));
	int r;

	cr_assert_not_null(copy);
	memcpy(copy, bytes, n);
	r = handed_toxic_unpack(spec, copy, n);
	free(copy);
	return r;
}

static uint8_t *
find(uint8_t *bytes, size_t n, const char *text)
{
	uint8_t *at = memmem(bytes, n, text, strlen(text) + 1);

	cr_assert_not_null(at, "%s", text);
	return at;
}

Test(handed_toxic, there_and_back)
{
	struct toxic_spec spec, got;
	uint8_t bytes[HANDED_TOXIC_MAX];
	size_t n;
	int kind;

	for (kind = 1; kind < TOXIC_KIND_MAX; kind++) {
		toxic_spec_init(&spec, (enum toxic_kind)kind);
		if (kind == TOXIC_CARRY)
			spec = carry();
		memset(&got, 0xff, sizeof(got));
		n = handed_toxic_pack(&spec, bytes, sizeof(bytes));
		cr_assert_gt(n, 0);
		cr_expect_eq(unpack(&got, bytes, n), 0);
		cr_expect_eq(memcmp(&got, &spec, sizeof(spec)), 0, "%s",
		    toxic_schema((enum toxic_kind)kind)->name);
	}
}

Test(handed_toxic, its_select_goes_with_it)
{
	struct toxic_spec spec = carry(), got;
	uint8_t bytes[HANDED_TOXIC_MAX];
	struct toxic_select s;
	size_t n;

	cr_assert_eq(toxic_select_read(&spec, "every=3 clients=fd00::/8"), 0);
	cr_assert(toxic_select_begin(&spec, 77));
	n = handed_toxic_pack(&spec, bytes, sizeof(bytes));
	cr_assert_eq(unpack(&got, bytes, n), 0);
	cr_expect_eq(memcmp(&got, &spec, sizeof(spec)), 0);
	cr_assert(toxic_select_get(&got, &s));
	cr_expect_eq(s.base, 77);
	cr_expect_eq(unpack(&got, bytes, n - 1), -1);
}

Test(handed_toxic, its_owner_goes_with_it)
{
	struct toxic_spec spec = carry(), got;
	uint8_t bytes[HANDED_TOXIC_MAX];
	size_t n;

	cr_assert_eq(toxic_select_read(&spec, "first=3"), 0);
	cr_assert_eq(toxic_owner_set(&spec, "profile:3g"), 0);
	n = handed_toxic_pack(&spec, bytes, sizeof(bytes));
	cr_assert_eq(unpack(&got, bytes, n), 0);
	cr_expect_eq(memcmp(&got, &spec, sizeof(spec)), 0);
	cr_expect_str_eq(toxic_owner(&got), "profile:3g");
	cr_expect_eq(unpack(&got, bytes, n - 1), -1);
	*find(bytes, n, "profile:3g") = 'x';
	cr_expect_eq(unpack(&got, bytes, n), -1);
}

/* The longest of each row has room; what has none says so. */
Test(handed_toxic, its_room)
{
	static const char text[] = "0123456789012345678901234567890";
	struct toxic_spec spec = carry();
	uint8_t bytes[HANDED_TOXIC_MAX];
	size_t i, n;

	while (toxic_tail_add_integer(&spec, CARRY_CODES, 1) == 0)
		;
	while (toxic_tail_add_text(&spec, CARRY_HOSTS, text + 11) == 0)
		;
	cr_assert(check_toxic(&spec));
	n = handed_toxic_pack(&spec, bytes, sizeof(bytes));
	cr_expect(n > 0 && n < sizeof(bytes) / 4);
	for (i = 0; i < n; i++)
		cr_expect_eq(handed_toxic_pack(&spec, bytes, i), 0);
	cr_expect_eq(handed_toxic_pack(&spec, bytes, n), n);
}

/* As a program would write it whose row has them the other way about. */
Test(handed_toxic, the_order_of_values_means_nothing)
{
	struct toxic_spec spec, got;
	uint8_t bytes[HANDED_TOXIC_MAX], swapped[HANDED_TOXIC_MAX];
	size_t n, head, latency, jitter, end;

	toxic_spec_init(&spec, TOXIC_LATENCY);
	spec.values[LATENCY_LATENCY].integer = 5;
	spec.values[LATENCY_JITTER].integer = 3;
	n = handed_toxic_pack(&spec, bytes, sizeof(bytes));
	end = (size_t)(find(bytes, n, "distribution") - bytes) -
	    3 * sizeof(uint32_t);
	jitter = (end - (size_t)(find(bytes, n, "jitter") - bytes)) +
	    3 * sizeof(uint32_t);
	latency = jitter + strlen("latency") - strlen("jitter");
	head = end - latency - jitter;
	memcpy(swapped, bytes, n);
	memcpy(swapped + head, bytes + head + latency, jitter);
	memcpy(swapped + head + jitter, bytes + head, latency);
	cr_expect_eq(unpack(&got, swapped, n), 0);
	cr_expect_eq(memcmp(&got, &spec, sizeof(spec)), 0);
}

/* As one would write it that does not have the last attribute yet. */
Test(handed_toxic, what_is_new_is_as_if_not_given)
{
	struct toxic_spec spec = carry(), got;
	uint8_t bytes[HANDED_TOXIC_MAX];
	uint16_t nvalues = CARRY_NATTRIBUTES - 1;
	size_t n;

	toxic_tail_set_text(&spec, CARRY_RATE, "is new");
	n = handed_toxic_pack(&spec, bytes, sizeof(bytes));
	n = (size_t)(find(bytes, n, "rate") - bytes) - 3 * sizeof(uint32_t);
	memcpy(bytes + TOXIC_NAME_MAX + 1 + 2, &nvalues, sizeof(nvalues));
	cr_expect_eq(unpack(&got, bytes, n), 0);
	toxic_tail_set_text(&spec, CARRY_RATE, "");
	cr_expect_eq(memcmp(&got, &spec, sizeof(spec)), 0);
}

Test(handed_toxic, what_another_has_is_refused)
{
	static const char *const theirs[] = { "share", "hang", "note" };
	struct toxic_spec spec = carry(), got;
	uint8_t bytes[HANDED_TOXIC_MAX];
	size_t i, n = handed_toxic_pack(&spec, bytes, sizeof(bytes));
	uint8_t *at;

	for (i = 0; i < 3; i++) {
		at = find(bytes, n, theirs[i]);
		*at ^= 1;
		cr_expect_eq(unpack(&got, bytes, n), -1, "%s", theirs[i]);
		*at ^= 1;
	}
	/* an integer that has become a fraction */
	at = find(bytes, n, "number") - 3 * sizeof(uint32_t);
	*at = VALUE_FRACTION;
	cr_expect_eq(unpack(&got, bytes, n), -1);
	*at = VALUE_INTEGER;
	cr_expect_eq(unpack(&got, bytes, n), 0);
	bytes[TOXIC_NAME_MAX + 1] = TOXIC_KIND_MAX;
	cr_expect_eq(unpack(&got, bytes, n), -1);
}

Test(handed_toxic, what_is_cut_off_is_refused)
{
	struct toxic_spec spec = carry(), got;
	uint8_t bytes[HANDED_TOXIC_MAX];
	size_t i, n = handed_toxic_pack(&spec, bytes, sizeof(bytes) - 1);

	for (i = 0; i <= n + 1; i++)
		cr_expect_eq(unpack(&got, bytes, i), i == n ? 0 : -1, "%zu", i);
}

/* Whatever a byte is, nothing is written where it does not belong. */
Test(handed_toxic, any_byte_may_be_another)
{
	struct toxic_spec spec = carry(), got;
	uint8_t bytes[HANDED_TOXIC_MAX];
	size_t i, n = handed_toxic_pack(&spec, bytes, sizeof(bytes));

	for (i = TOXIC_NAME_MAX + 1; i < n; i++) {
		bytes[i] ^= 0xff;
		if (unpack(&got, bytes, n) == 0)
			(void)check_toxic(&got);
		bytes[i] ^= 0xff;
	}
	cr_expect_eq(unpack(&got, bytes, n), 0);
}
