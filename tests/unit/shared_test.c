/* SPDX-License-Identifier: ISC */
/* The small pieces: the table of toxics, random numbers, log records. */

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "check.h"
#include "log.h"
#include "nitems.h"
#include "random.h"
#include "toxic_tail.h"

Test(toxic_spec, kinds_by_name)
{
	int kind;

	for (kind = 1; kind < TOXIC_KIND_MAX; kind++)
		cr_expect_eq(
		    toxic_kind_of(toxic_schema((enum toxic_kind)kind)->name),
		    (enum toxic_kind)kind);
	cr_expect_eq(toxic_kind_of("reset"), TOXIC_RESET_PEER);
	cr_expect_eq(toxic_kind_of("down"), TOXIC_NONE);
	cr_expect_eq(toxic_kind_of("Latency"), TOXIC_NONE);
	cr_expect_eq(toxic_kind_of(""), TOXIC_NONE);
}

static union toxic_value
most(const struct toxic_attribute *a)
{
	union toxic_value v;

	if (a->kind == VALUE_FRACTION) {
		v.fraction = a->range.fraction.most;
	} else if (a->kind == VALUE_ENUM) {
		for (v.integer = 0; toxic_word(a, v.integer + 1) != NULL;)
			v.integer++;
	} else {
		v.integer = a->range.integer.most;
	}
	return v;
}

/* 0: all values of that kind are good.  What has a tail: see tail_test.c. */
static int
make_bad(const struct toxic_attribute *a, union toxic_value *v)
{
	if (toxic_is_in_tail(a))
		return 0;
	if (a->kind == VALUE_FRACTION) {
		v->fraction = a->range.fraction.is_exact
		    ? a->range.fraction.most + 0.001
		    : __builtin_nan("");
		return 1;
	}
	if (a->kind == VALUE_ENUM) {
		v->integer++;
		return 1;
	}
	if (a->range.integer.min == INT64_MIN)
		return 0;
	v->integer = a->range.integer.min - 1;
	return 1;
}

/* Of each kind what is in range, and of each attribute what is not. */
Test(toxic_spec, ranges)
{
	const struct toxic_schema *schema;
	const struct toxic_attribute *a;
	struct toxic_spec good, bad;
	struct toxic_fault fault;
	size_t i;
	int kind;

	for (kind = 1; kind < TOXIC_KIND_MAX; kind++) {
		schema = toxic_schema((enum toxic_kind)kind);
		toxic_spec_init(&good, (enum toxic_kind)kind);
		for (i = 0; i < schema->nattributes; i++) {
			if (!toxic_is_in_tail(&schema->attributes[i]))
				good.values[i] = most(&schema->attributes[i]);
		}
		cr_expect_eq(toxic_spec_check(&good, &fault), 0);
		for (i = 0; i < schema->nattributes; i++) {
			a = &schema->attributes[i];
			bad = good;
			if (!make_bad(a, &bad.values[i]))
				continue;
			cr_expect_eq(toxic_spec_check(&bad, &fault), -1);
			cr_expect_str_eq(fault.field, a->name);
		}
	}
}

static void
expect_sound_words(const struct toxic_attribute *a, const char *standard)
{
	const char *word;
	int64_t i;

	cr_expect_not_null(standard, "%s: a default that is none", a->name);
	for (i = 0; (word = toxic_word(a, i)) != NULL; i++)
		cr_expect_eq(toxic_word_number(a, word), i, "%s twice", word);
}

/* standard: a toxic to which nothing was given */
static void
expect_sound(
    const struct toxic_schema *s, size_t i, const struct toxic_spec *standard)
{
	const struct toxic_attribute *a = &s->attributes[i];
	struct toxic_fault fault;
	size_t j;

	cr_expect_eq(strspn(a->name, "abcdefghijklmnopqrstuvwxyz0123456789_"),
	    strlen(a->name), "%s", a->name);
	for (j = 0; j < i; j++)
		cr_expect_str_neq(s->attributes[j].name, a->name);
	if (a->kind == VALUE_ENUM)
		expect_sound_words(a, toxic_spec_word(standard, (int)i));
	if (a->kind == VALUE_TEXT)
		cr_expect_str_eq(
		    toxic_tail_text(standard, (int)i), a->standard.text);
	if (a->kind < VALUE_ENUM)
		return;
	toxic_attribute_refuse(a, &fault);
	cr_expect_lt(strlen(fault.why), sizeof(fault.why) - 1,
	    "%s: what is wrong with it takes more room", a->name);
}

/* What no compiler sees of a row. */
Test(toxic_spec, rows_make_sense)
{
	const struct toxic_schema *s;
	struct toxic_spec standard;
	size_t i;
	int kind;

	for (kind = 1; kind < TOXIC_KIND_MAX; kind++) {
		s = toxic_schema((enum toxic_kind)kind);
		toxic_spec_init(&standard, (enum toxic_kind)kind);
		for (i = 0; i < s->nattributes; i++)
			expect_sound(s, i, &standard);
		snprintf(standard.name, sizeof(standard.name), "t");
		cr_expect_eq(check_toxic(&standard), kind != TOXIC_SLICER, "%s",
		    s->name);
	}
}

Test(toxic_spec, what_is_beyond_an_end_means_the_end)
{
	struct toxic_spec spec = { .kind = TOXIC_LATENCY };

	spec.values[LATENCY_LATENCY].integer = INT64_MIN;
	spec.values[LATENCY_JITTER].integer = INT64_MAX;
	cr_expect_eq(toxic_spec_integer(&spec, LATENCY_LATENCY), 0);
	cr_expect_eq(
	    toxic_spec_integer(&spec, LATENCY_JITTER), INT64_MAX / 1000000);
	spec.values[LATENCY_LATENCY].integer = 7;
	cr_expect_eq(toxic_spec_integer(&spec, LATENCY_LATENCY), 7);
}

Test(toxic_spec, toxicity)
{
	static const float bad[] = { __builtin_nanf(""), __builtin_inff(),
		-__builtin_inff() };
	static const float good[] = { 0, 1, 80, -0.5f, 1e38f };
	struct toxic_spec spec = { .kind = TOXIC_NOOP };
	struct toxic_fault fault;
	size_t i;

	for (i = 0; i < nitems(bad); i++) {
		spec.toxicity = bad[i];
		cr_expect_eq(toxic_spec_check(&spec, &fault), -1);
		cr_expect_str_eq(fault.field, "toxicity");
	}
	for (i = 0; i < nitems(good); i++) {
		spec.toxicity = good[i];
		cr_expect_eq(toxic_spec_check(&spec, &fault), 0);
	}
}

Test(toxic_spec, slicer_fits_together)
{
	struct toxic_spec spec = { .kind = TOXIC_SLICER,
		.toxicity = 1,
		.values = { { 10 }, { 11 }, { 0 } } };
	struct toxic_fault fault;

	cr_expect_eq(toxic_spec_check(&spec, &fault), -1);
	cr_expect_str_eq(fault.field, "size_variation");
	spec.values[SLICER_SIZE_VARIATION].integer = 10;
	cr_expect_eq(toxic_spec_check(&spec, &fault), 0);
}

Test(random, is_repeatable_and_apart)
{
	struct random a, b, c, d;
	int i, same = 0;

	random_seed(&a, 1, "p", 1);
	random_seed(&b, 1, "p", 1);
	random_seed(&c, 1, "p", 2);
	random_seed(&d, 1, "q", 1);
	for (i = 0; i < 100; i++) {
		uint64_t x = random_next(&a);

		cr_expect_eq(x, random_next(&b));
		same += x == random_next(&c);
		same += x == random_next(&d);
	}
	cr_expect_eq(same, 0);
}

Test(random, stays_below)
{
	struct random r;
	int seen[7] = { 0 }, i;
	int64_t n;
	float unit;

	random_seed(&r, 3, "p", 1);
	for (i = 0; i < 7000; i++) {
		n = random_below(&r, 7);
		cr_assert(n >= 0 && n < 7);
		seen[n]++;
		unit = random_unit(&r);
		cr_assert(unit >= 0 && unit < 1);
		cr_assert_eq(random_below(&r, 1), 0);
	}
	for (i = 0; i < 7; i++)
		cr_expect(seen[i] > 800 && seen[i] < 1200, "%d", seen[i]);
}

static struct log_record last;
static int lines;

static void
keep(const struct log_record *r)
{
	last = *r;
	lines++;
}

Test(log, a_record_has_its_fields)
{
	static const char fields[] = "sname\0a\0nport\0"
				     "80";

	log_init(LOG_INFO, keep);
	log_event(LOG_WARN, "what", LOG_STR("name", "a"), LOG_INT("port", 80));
	cr_expect_eq(last.level, LOG_WARN);
	cr_expect_str_eq(last.message, "what");
	cr_expect_eq(last.fields_len, sizeof(fields));
	cr_expect_arr_eq(last.fields, fields, sizeof(fields));
}

Test(log, what_has_an_owner_is_said_with_it)
{
	static const char fields[] = "sproxy\0a/b\0sproxy2\0"
				     "c\0sproxy3\0d";

	log_init(LOG_INFO, keep);
	log_event(LOG_WARN, "what", LOG_OWNED("proxy", "a", "b"),
	    LOG_OWNED("proxy2", "", "c"), LOG_OWNED("proxy3", NULL, "d"));
	cr_expect_eq(last.fields_len, sizeof(fields));
	cr_expect_arr_eq(last.fields, fields, sizeof(fields));
}

Test(log, levels)
{
	log_init(LOG_WARN, keep);
	log_info("not wanted");
	cr_expect_eq(lines, 0);
	log_warnx("wanted");
	cr_expect_eq(lines, 1);
}

Test(log, what_does_not_fit_is_cut)
{
	static char text[4096];

	memset(text, 'x', sizeof(text) - 1);
	log_init(LOG_INFO, keep);
	log_event(LOG_WARN, text, LOG_STR("a", text), LOG_STR("b", text));
	cr_expect_eq(lines, 1);
	cr_expect_lt(strlen(last.message), sizeof(last.message));
	cr_expect_leq(last.fields_len, sizeof(last.fields));
}
