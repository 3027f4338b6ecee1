/* SPDX-License-Identifier: ISC */
/* What rises and falls by itself: in a spec, as a text, and by the time. */

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "check.h"
#include "clock.h"
#include "toxic_owner.h"
#include "toxic_select.h"
#include "toxic_tail.h"
#include "toxic_wave.h"
#include "wave.h"

static struct toxic_spec
latency(const char *waves)
{
	struct toxic_spec spec;

	toxic_spec_init(&spec, TOXIC_LATENCY);
	snprintf(spec.name, sizeof(spec.name), "l");
	spec.values[LATENCY_LATENCY].integer = 100;
	cr_assert_eq(toxic_waves_read(&spec, waves), 0, "%s", waves);
	return spec;
}

static int64_t
at(const struct toxic_spec *spec, int64_t ms)
{
	return wave_integer(spec, LATENCY_LATENCY, ms * NS_PER_MS);
}

Test(wave, each_shape)
{
	const struct toxic_spec sine = latency("latency=sine:1000:50"),
				square = latency("latency=square:1000:50"),
				saw = latency("latency=saw:1000:50");

	cr_expect_eq(at(&sine, 0), 100);
	cr_expect_eq(at(&sine, 250), 150);
	cr_expect_eq(at(&sine, 500), 100);
	cr_expect_eq(at(&sine, 750), 50);
	cr_expect_eq(at(&sine, 1000), 100);
	cr_expect_eq(at(&sine, 1000 * INT64_C(1700000000) + 83), 125);
	cr_expect_eq(at(&square, 0), 150);
	cr_expect_eq(at(&square, 499), 150);
	cr_expect_eq(at(&square, 500), 50);
	cr_expect_eq(at(&square, 999), 50);
	cr_expect_eq(at(&saw, 0), 50);
	cr_expect_eq(at(&saw, 500), 100);
	cr_expect_eq(at(&saw, 990), 149);
}

Test(wave, what_it_is_stays_in_range)
{
	struct toxic_spec spec = latency("latency=square:2:2147483647");

	cr_expect_eq(at(&spec, 1), 0);
	spec.values[LATENCY_LATENCY].integer = INT64_MAX;
	cr_expect_eq(at(&spec, 0), toxic_spec_integer(&spec, LATENCY_LATENCY));
	spec.values[LATENCY_LATENCY].integer = INT64_MIN;
	cr_expect_eq(at(&spec, 1), 0);
}

Test(wave, others_stay_as_they_are)
{
	struct toxic_spec spec = latency("jitter=saw:10:5");

	cr_expect_eq(at(&spec, 3), 100);
	cr_expect_eq(wave_integer(&spec, LATENCY_JITTER, 0), 0);
	cr_expect_eq(wave_integer(&spec, LATENCY_JITTER, 9 * NS_PER_MS), 4);
}

Test(wave, is_written_in_the_order_of_its_attributes)
{
	struct toxic_spec spec =
	    latency("jitter=saw:10:5 latency=sine:1000:50");
	char text[WAVES_TEXT_MAX + 1];

	cr_expect_str_eq(toxic_waves_text(&spec, text),
	    "latency=sine:1000:50 jitter=saw:10:5");
	cr_expect(check_toxic(&spec));
	cr_assert_eq(toxic_waves_read(&spec, ""), 0);
	cr_expect_str_eq(toxic_waves_text(&spec, text), "");
	cr_expect_eq(spec.ntail, 0);
	cr_expect(check_toxic(&spec));
}

Test(wave, is_behind_all_else)
{
	struct toxic_spec spec = latency("latency=sine:1000:50"), was = spec;

	cr_assert_eq(toxic_select_read(&spec, "first=3"), 0);
	cr_assert_eq(toxic_owner_set(&spec, "profile:3g"), 0);
	cr_expect(check_toxic(&spec));
	cr_expect(toxic_waves_are_same(&spec, &was));
	cr_expect_eq(toxic_select_begin(&spec, 7), 1);
	cr_assert_eq(toxic_select_read(&spec, "every=2 clients=::/0"), 0);
	cr_expect(toxic_waves_are_same(&spec, &was));
	toxic_waves_clear(&spec);
	cr_expect(!toxic_waves_are_same(&spec, &was));
	cr_expect(check_toxic(&spec));
	toxic_waves_take(&spec, &was);
	cr_expect(toxic_waves_are_same(&spec, &was));
	cr_assert_eq(toxic_select_read(&spec, ""), 0);
	cr_assert_eq(toxic_owner_set(&spec, ""), 0);
	cr_expect_eq(memcmp(&spec, &was, sizeof(spec)), 0);
}

Test(wave, what_is_none)
{
	static const char *const bad[] = { "latency",
		"latency=", "latency=sine", "latency=sine:1000",
		"latency=sine:0:1", "latency=sine:1:0", "latency=sine:-1:1",
		"latency=sine:1:-1", "latency=round:1:1",
		"latency=sine:2147483648:1", "latency=sine:1:2147483648",
		"latency=sine:1:1x", "latency=sine:01:1", "=sine:1:1",
		"latency=sine:99999999999999999999:1", "sine:1:1",
		"rate=sine:1:1", "distribution=sine:1:1",
		"correlation=sine:1:1", "latency=sine:1:1,jitter=sine:1:1" };
	struct toxic_spec spec = latency("");
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		cr_expect_eq(toxic_waves_read(&spec, bad[i]), -1, "%s", bad[i]);
}

Test(wave, a_tail_that_lies)
{
	struct toxic_spec good =
			      latency("latency=sine:1000:50 jitter=saw:10:5"),
			  bad;
	const size_t size = sizeof(struct toxic_wave);
	size_t i;

	bad = good;
	bad.nwaves = 3;
	cr_expect(!check_toxic(&bad), "more than there are");
	bad.nwaves = 1;
	cr_expect(!check_toxic(&bad), "what is before is nothing");
	bad.nwaves = 255;
	cr_expect(!check_toxic(&bad));
	bad = good;
	memcpy(bad.tail, bad.tail + size, size);
	cr_expect(!check_toxic(&bad), "two of one attribute");
	for (i = 0; i < 4; i++) {
		bad = good;
		bad.tail[i] = 99;
		cr_expect(!check_toxic(&bad), "%zu", i);
	}
}
