/* SPDX-License-Identifier: ISC */
/* The number of a session: what it is as a text, and what is none. */

#include <criterion/criterion.h>
#include <string.h>

#include "nitems.h"
#include "session_id.h"

Test(session_id, a_text_and_back)
{
	char text[SESSION_ID_TEXT + 1], other[SESSION_ID_TEXT + 1];
	struct session_id a, b;

	cr_assert_eq(session_id_make(&a), 0);
	session_id_text(&a, text);
	cr_expect_eq(strlen(text), SESSION_ID_TEXT);
	cr_assert_eq(session_id_of_text(&b, text), 0);
	cr_expect(session_id_is_same(&a, &b));
	session_id_text(&b, other);
	cr_expect_str_eq(text, other);
}

Test(session_id, two_are_never_the_same)
{
	struct session_id a, b;

	cr_assert_eq(session_id_make(&a), 0);
	cr_assert_eq(session_id_make(&b), 0);
	cr_expect(!session_id_is_same(&a, &b));
	cr_expect(!session_id_is_none(&a));
}

Test(session_id, what_is_none)
{
	static const char *const texts[] = { "", "0", "x",
		"00000000000000000000000000000000",
		"0123456789abcdef0123456789abcde",
		"0123456789abcdef0123456789abcdef0",
		"0123456789abcdef0123456789abcdeg",
		"0123456789ABCDEF0123456789ABCDEF",
		" 123456789abcdef0123456789abcdef",
		"0x23456789abcdef0123456789abcdef" };
	struct session_id id;
	size_t i;

	for (i = 0; i < nitems(texts); i++)
		cr_expect_eq(
		    session_id_of_text(&id, texts[i]), -1, "%s", texts[i]);
}
