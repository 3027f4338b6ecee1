/* SPDX-License-Identifier: ISC */
/* Where in a file a value stands, and which word was meant. */

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "meant.h"
#include "nitems.h"
#include "place.h"

static const char text[] = "\n[{\"a\": [1, \"]}\\\"\", {\"b\": null}],\n"
			   "  \"\xc3\xa4\": {}, \"A\": -1.5e3 , \"c\":\n"
			   "[[], [{\"d\" :true}]]}, 7]";

static void
expect(const struct place *p, unsigned int line, unsigned int column)
{
	cr_expect_eq(p->line, line, "line %u, not %u", p->line, line);
	cr_expect_eq(p->column, column, "column %u, not %u", p->column, column);
}

Test(place, paths)
{
	static const struct {
		const char *path;
		unsigned int line, column;
	} cases[] = {
		{ "", 2, 1 },
		{ "[0]", 2, 2 },
		{ "[1]", 4, 23 },
		{ "[0].a", 3, 17 }, /* the last of its name, in any case */
		{ "[0].c[1][0].d", 4, 13 },
		{ "[0].c[2]", 4, 1 }, /* as far as it goes */
		{ "[0].c[1][0].e", 4, 7 },
		{ "[0].x.y", 2, 2 },
		{ "[9]", 2, 1 },
	};
	struct place p;
	size_t i;

	for (i = 0; i < nitems(cases); i++) {
		place_start(&p, text, strlen(text));
		place_path(&p, cases[i].path);
		expect(&p, cases[i].line, cases[i].column);
	}
}

Test(place, keys)
{
	struct place p;

	place_start(&p, text, strlen(text));
	cr_expect_eq(place_key(&p, "a"), -1);
	expect(&p, 2, 1);
	cr_expect_eq(place_element(&p, 0), 0);
	cr_expect_eq(place_key(&p, "a"), 0);
	expect(&p, 3, 12);
}

Test(place, elements)
{
	struct place p;

	place_start(&p, text, strlen(text));
	place_path(&p, "[0].c");
	cr_expect_eq(place_element(&p, 0), 0);
	expect(&p, 4, 2);
	cr_expect_eq(place_element(&p, 0), -1, "it is empty");
	expect(&p, 4, 2);
	cr_expect_eq(place_next(&p), 0);
	expect(&p, 4, 6);
	cr_expect_eq(place_next(&p), -1);
	expect(&p, 4, 6);
}

/* What is no JSON is not gone beyond. */
Test(place, every_cut)
{
	static const char *const paths[] = { "[0].a", "[0].c[1][0].d", "[1]" };
	char *cut;
	struct place p;
	size_t i, len;

	for (len = 0; len < strlen(text); len++) {
		cut = strndup(text, len); /* for who watches its end */
		for (i = 0; i < nitems(paths); i++) {
			place_start(&p, cut, len);
			place_path(&p, paths[i]);
			cr_expect(p.at <= cut + len);
		}
		free(cut);
	}
}

Test(meant, words)
{
	static const char *const words[] = { "upstream", "listen", "name",
		"latency", "toggle tog t",
		"a-word-that-is-longer-than-any-that-is-looked-at" };
	static const struct {
		const char *written, *meant;
	} cases[] = {
		{ "upstrem", "upstream" },
		{ "UPSTREAM", "upstream" },
		{ "upstraem", "upstream" },
		{ "listne", "listen" },
		{ "lantency", "latency" },
		{ "nam", "name" },
		{ "names", "name" },
		{ "togle", "toggle tog t" },
		{ "tog t", NULL },
		{ "colour", NULL },
		{ "", NULL },
		{ "nm", NULL },
		{ "a-word-that-is-longer-than-any-that-is-looked-at", NULL },
	};
	const char *found;
	size_t i;

	for (i = 0; i < nitems(cases); i++) {
		found = meant(cases[i].written, words, nitems(words));
		if (cases[i].meant == NULL)
			cr_expect_null(found, "%s", cases[i].written);
		else
			cr_expect_str_eq(found != NULL ? found : "",
			    cases[i].meant, "%s", cases[i].written);
	}
	cr_expect_null(meant("x", words, 0));
}
