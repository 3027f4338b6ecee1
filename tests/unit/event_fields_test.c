/* SPDX-License-Identifier: ISC */
/* proto/event_fields.c: what an event says. */

#include <criterion/criterion.h>
#include <float.h>
#include <string.h>

#include "event_fields.h"

static struct event_record
of(const char *proxy)
{
	struct event_record r;

	memset(&r, 0, sizeof(r));
	event_add_text(&r, EVENT_SAYS, "proxy", proxy);
	return r;
}

Test(event_fields, are_as_they_were_written)
{
	struct event_record r = of("redis");
	struct event_field f;
	size_t at = 0, n = 0;

	event_add_integer(&r, EVENT_WAS, "latency", INT64_MIN);
	event_add_fraction(&r, EVENT_IS, "toxicity", 0.1);
	event_add_flag(&r, EVENT_IS, "enabled", 1);
	event_add_list(&r, EVENT_IS, "codes");
	event_add_integer(&r, EVENT_IS, "", 500);
	event_add_text(&r, EVENT_SAYS, "reason", "none");
	cr_assert(event_fields_are_sound(&r));
	while ((at += event_field_at(&r, at, &f)) < r.len)
		n++;
	cr_expect_eq(n, 6);
	cr_expect_str_eq(f.value, "none");
}

Test(event_fields, a_float_has_as_few_digits_as_say_it)
{
	static const float floats[] = { 0, 1, 0.3F, 1.0F / 3, FLT_MIN, FLT_MAX,
		18446744073709551616.0F };
	static const char *const texts[] = { "0", "1", "0.3", "0.33333334",
		"1.1754944e-38", "3.4028235e+38", "1.8446744e+19" };
	struct event_field f;
	struct event_record r;
	size_t i, at;

	for (i = 0; i < sizeof(floats) / sizeof(*floats); i++) {
		r = of("p");
		at = r.len;
		event_add_float(&r, EVENT_IS, "toxicity", floats[i]);
		cr_assert(event_fields_are_sound(&r));
		cr_assert_gt(event_field_at(&r, at, &f), 0);
		cr_expect_str_eq(f.value, texts[i]);
	}
}

Test(event_fields, what_has_no_room_is_left_out)
{
	char text[EVENT_FIELDS_MAX];
	struct event_record r;

	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	r = of("p");
	event_add_text(&r, EVENT_SAYS, "reason", text);
	event_add_text(&r, EVENT_SAYS, "short", "y");
	cr_assert(event_fields_are_sound(&r));
	cr_expect_lt(r.len, 40);
}

Test(event_fields, nothing_else_passes)
{
	static const char *const bad[] = { ".sPROXY\0x", "?sproxy\0x",
		".xproxy\0x", ".s\0x\0\0\0\0", ".nvalue\0x", ".nvalue\0-",
		".n\0000\0\0\0\0", ".bvalue\0y", ".lvalue\0x", ".svalu\0\xff" };
	struct event_record r;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		memset(&r, 0, sizeof(r));
		memcpy(r.fields, bad[i], 9);
		r.len = 10;
		cr_expect_not(event_fields_are_sound(&r), "%zu", i);
	}
	r = of("p");
	r.len--;
	cr_expect_not(event_fields_are_sound(&r));
}
