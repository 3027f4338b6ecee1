/* SPDX-License-Identifier: ISC */
/* Numbers of a body that fit in none of the parser's types. */

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apid.h"
#include "nitems.h"
#include "numbers.h"

static const struct {
	const char *given, *shown; /* as Go shows it */
} numbers[] = {
	{ "9223372036854775807", "9223372036854776000" },
	{ "9223372036854775808", "9223372036854776000" },
	{ "-9223372036854775809", "-9223372036854776000" },
	{ "18446744073709551617", "18446744073709552000" },
	{ "99999999999999999999", "100000000000000000000" },
	{ "12345678901234567890123", "1.2345678901234568e+22" },
	{ "-12345678901234567890123456789", "-1.2345678901234568e+28" },
	{ "123456789012345678901234567890123456789012",
	    "1.2345678901234568e+41" },
};

/* A fraction is as near to it as one can be. */
Test(numbers, a_large_integer_keeps_its_digits)
{
	char body[160];
	struct failure f;
	json_t *json;
	size_t i;

	for (i = 0; i < nitems(numbers); i++) {
		snprintf(body, sizeof(body), "[\"%s\", %s,%s]",
		    numbers[i].given, numbers[i].given, numbers[i].given);
		cr_assert_eq(decode_body(&json, body, strlen(body), &f), 0);
		cr_expect_eq(json_array_size(json), 3);
		cr_expect_eq(json_number_value(json_array_get(json, 1)),
		    strtod(numbers[i].given, NULL), "%s", numbers[i].given);
		cr_expect_eq(json_number_value(json_array_get(json, 2)),
		    strtod(numbers[i].given, NULL), "%s", numbers[i].given);
		cr_expect_str_eq(json_string_value(json_array_get(json, 0)),
		    numbers[i].given);
		json_decref(json);
	}
}

Test(numbers, and_is_shown_with_them)
{
	struct toxic_spec spec;
	struct failure f;
	struct writer w;
	char body[160];
	json_t *json;
	size_t i;

	for (i = 0; i < nitems(numbers); i++) {
		snprintf(body, sizeof(body),
		    "{\"type\": \"packet_loss\", \"attributes\": "
		    "{\"loss_rate\": %s}}",
		    numbers[i].given);
		cr_assert_eq(decode_body(&json, body, strlen(body), &f), 0);
		cr_expect_eq(decode_toxic(&spec, NULL, json, &f), 0);
		json_decref(json);
		writer_open(&w);
		encode_toxic(w.f, &spec);
		writer_finish(&w);
		snprintf(
		    body, sizeof(body), "\"loss_rate\":%s,", numbers[i].shown);
		cr_expect_not_null(
		    strstr(w.text, body), "%s: %s", body, w.text);
		free(w.text);
	}
}
