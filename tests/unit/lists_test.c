/* SPDX-License-Identifier: ISC */
/*
 * Texts and lists out of JSON, and back into it: of every row of the table, and
 * with everything that may be bad about them.
 */

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apid.h"
#include "nitems.h"

static struct proxy bare;

static void
make_bare(void)
{
	TAILQ_INIT(&bare.toxics[0]);
	TAILQ_INIT(&bare.toxics[1]);
	apid.flags = SETUP_DEBUG_TOXICS;
}

TestSuite(lists, .init = make_bare);

/* 0, or the status. */
static int
decode(enum toxic_kind kind, const char *attribute, const char *value,
    struct toxic_spec *spec, struct failure *f)
{
	char text[8192];
	json_t *json;
	int r;

	snprintf(text, sizeof(text),
	    "{\"type\": \"%s\", \"attributes\": {\"%s\": %s}}",
	    toxic_schema(kind)->name, attribute, value);
	if (decode_body(&json, text, strlen(text), f) == -1)
		return f->status;
	r = decode_toxic(spec, &bare, json, f);
	json_decref(json);
	return r == 0 ? 0 : f->status;
}

/* n of something in brackets, or a text of n bytes. */
static const char *
many(size_t n, const char *element, char *text)
{
	size_t i;

	strcpy(text, "[");
	for (i = 0; i < n; i++)
		sprintf(text + strlen(text), "%s%s", i > 0 ? "," : "", element);
	return strcat(text, "]");
}

static const char *
long_text(size_t n, char *text)
{
	memset(text, 'x', n + 2);
	text[0] = text[n + 1] = '"';
	text[n + 2] = '\0';
	return text;
}

static const char *
list_of_long(size_t n, size_t bytes, char *text)
{
	char element[600];

	return many(n, long_text(bytes, element), text);
}

struct edge {
	char good[4096], bad[2][4096];
};

/* The most of it that is taken, and one more of it in each way. */
static void
edge_of(const struct toxic_attribute *a, struct edge *e)
{
	const union toxic_range *r = &a->range;

	if (a->kind == VALUE_TEXT) {
		long_text(r->text.bytes, e->good);
		long_text(r->text.bytes + 1, e->bad[0]);
		long_text(512, e->bad[1]);
	} else if (a->kind == VALUE_INTEGERS) {
		many(r->integers.count, "1000", e->good);
		many(r->integers.count + 1, "1000", e->bad[0]);
		many(600, "1", e->bad[1]);
	} else {
		list_of_long(r->texts.count, r->texts.bytes, e->good);
		list_of_long(1, r->texts.bytes + 1, e->bad[0]);
		many(r->texts.count + 1, "\"\"", e->bad[1]);
	}
}

/* Both ways, and the same comes out. */
static void
expect_edges(enum toxic_kind kind, const struct toxic_attribute *a)
{
	struct toxic_spec spec;
	struct failure f;
	struct writer w;
	struct edge e;
	size_t i;

	edge_of(a, &e);
	cr_expect_eq(decode(kind, a->name, e.good, &spec, &f), 0);
	writer_open(&w);
	encode_toxic(w.f, &spec);
	writer_finish(&w);
	cr_expect_not_null(strstr(w.text, e.good), "%s", w.text);
	free(w.text);
	for (i = 0; i < nitems(e.bad); i++) {
		cr_expect_eq(decode(kind, a->name, e.bad[i], &spec, &f), 400,
		    "%s: %s", a->name, e.bad[i]);
		cr_expect_not_null(strstr(f.text, a->name), "%s", f.text);
		cr_expect_not_null(strstr(f.text, "must be at most"));
	}
}

Test(lists, the_most_of_each_and_more)
{
	const struct toxic_schema *s;
	size_t i, n = 0;
	int kind;

	for (kind = 1; kind < TOXIC_KIND_MAX; kind++) {
		s = toxic_schema((enum toxic_kind)kind);
		for (i = 0; i < s->nattributes; i++) {
			if (!toxic_is_in_tail(&s->attributes[i]))
				continue;
			expect_edges((enum toxic_kind)kind, &s->attributes[i]);
			n++;
		}
	}
	cr_expect_geq(n, 3);
}

static const struct bad {
	const char *attribute, *value, *text, *at;
} bads[] = {
	{ "note", "1",
	    "bad request body: attributes.note: expected a string, "
	    "got an integer",
	    "attributes.note" },
	{ "note", "[\"a\"]",
	    "bad request body: attributes.note: expected a string, got an "
	    "array",
	    "attributes.note" },
	{ "codes", "\"1\"",
	    "bad request body: attributes.codes: expected an array, got a "
	    "string",
	    "attributes.codes" },
	{ "codes", "[1, \"2\"]",
	    "bad request body: attributes.codes[1]: expected an integer, got "
	    "a string",
	    "attributes.codes[1]" },
	{ "codes", "[1.5]",
	    "bad request body: attributes.codes[0]: expected an integer, got "
	    "a fraction",
	    "attributes.codes[0]" },
	{ "codes", "[null]",
	    "bad request body: attributes.codes[0]: expected an integer, got "
	    "null",
	    "attributes.codes[0]" },
	{ "codes", "[[1]]",
	    "bad request body: attributes.codes[0]: expected an integer, got "
	    "an array",
	    "attributes.codes[0]" },
	{ "codes", "[9223372036854775808]",
	    "bad request body: attributes.codes[0]: the number is too large",
	    "attributes.codes[0]" },
	{ "codes", "[-1]",
	    "invalid attribute codes: must be at most 16 integers of at "
	    "least 0",
	    "attributes.codes" },
	{ "hosts", "[\"a\", 1]",
	    "bad request body: attributes.hosts[1]: expected a string, got an "
	    "integer",
	    "attributes.hosts[1]" },
	{ "hosts", "[\"a\", null]",
	    "bad request body: attributes.hosts[1]: expected a string, got "
	    "null",
	    "attributes.hosts[1]" },
	{ "hosts", "{\"a\": 1}",
	    "bad request body: attributes.hosts: expected an array, got an "
	    "object",
	    "attributes.hosts" },
	{ "hosts", "[\"123456789012345678901\"]",
	    "invalid attribute hosts: must be at most 8 texts of at most 20 "
	    "bytes",
	    "attributes.hosts[0]" },
};

Test(lists, what_is_bad_is_named)
{
	struct toxic_spec spec;
	struct failure f;
	size_t i;

	for (i = 0; i < nitems(bads); i++) {
		cr_expect_eq(decode(TOXIC_CARRY, bads[i].attribute,
				 bads[i].value, &spec, &f),
		    400, "%s", bads[i].value);
		cr_expect_str_eq(f.text, bads[i].text);
		cr_expect_str_eq(f.at, bads[i].at);
	}
}

/* What is no text in UTF-8, or has a NUL in it, is no body. */
Test(lists, what_is_no_text_is_refused)
{
	static const char *const texts[] = { "\"\xff\"", "\"\xed\xa0\x80\"",
		"\"a\\u0000b\"", "\"\\ud800\"" };
	struct toxic_spec spec;
	struct failure f;
	char list[64];
	size_t i;

	for (i = 0; i < nitems(texts); i++) {
		cr_expect_eq(
		    decode(TOXIC_CARRY, "note", texts[i], &spec, &f), 400);
		snprintf(list, sizeof(list), "[%s]", texts[i]);
		cr_expect_eq(
		    decode(TOXIC_CARRY, "hosts", list, &spec, &f), 400);
	}
}

Test(lists, null_is_as_good_as_absent)
{
	static const char *const names[] = { "note", "codes", "hosts" };
	struct toxic_spec spec, standard;
	struct failure f;
	size_t i;

	cr_assert_eq(decode(TOXIC_CARRY, "way", "null", &standard, &f), 0);
	cr_expect_str_eq(
	    toxic_tail_text(&standard, CARRY_NOTE), "none, \"\\\" yet");
	cr_expect_eq(toxic_tail_count(&standard, CARRY_CODES), 0);
	for (i = 0; i < nitems(names); i++) {
		cr_expect_eq(
		    decode(TOXIC_CARRY, names[i], "null", &spec, &f), 0);
		cr_expect_eq(memcmp(&spec, &standard, sizeof(spec)), 0);
	}
}
