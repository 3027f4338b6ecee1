/* SPDX-License-Identifier: ISC */
/* JSON in: tables of what is taken and what is refused, and with which words.
 */

#include <criterion/criterion.h>
#include <string.h>

#include "apid.h"
#include "nitems.h"

/* A proxy without toxics, for decode_toxic(). */
static struct proxy bare;

static void
make_bare(void)
{
	TAILQ_INIT(&bare.toxics[0]);
	TAILQ_INIT(&bare.toxics[1]);
}

TestSuite(decode, .init = make_bare);

enum what {
	PROXY,
	UPDATE,
	TOXIC,
	POPULATE
};

/* Decodes and forgets; 0, or the status. */
static int
decode(enum what what, const char *text, struct failure *f)
{
	struct proxy_entry entry, *entries;
	struct proxy_update update = { .has_listen = 0 };
	struct toxic_spec spec;
	json_t *json;
	size_t n;
	int r;

	if (decode_body(&json, text, strlen(text), f) == -1)
		return f->status;
	switch (what) {
	case PROXY:
		if ((r = decode_proxy(&entry, json, f)) == 0)
			proxy_entry_free(&entry);
		break;
	case UPDATE:
		r = decode_proxy_update(&update, json, f);
		break;
	case TOXIC:
		r = decode_toxic(&spec, &bare, json, f);
		break;
	default:
		if ((r = decode_populate(&entries, &n, json, f)) == 0)
			proxy_entries_free(entries, n);
		break;
	}
	json_decref(json);
	return r == 0 ? 0 : f->status;
}

/* What a text[64] has room for, with one byte to spare: not for an e acute. */
#define ZEROS_20 "00000000000000000000"
#define X62                               \
	"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" \
	"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"

static const struct {
	enum what what;
	const char *text;
	const char *error; /* NULL: none */
} table[] = {
	{ PROXY, "", "bad request body: EOF" },
	{ PROXY, " \n\t ", "bad request body: EOF" },
	{ PROXY, "{", "bad request body: unexpected EOF" },
	{ PROXY, "[]", "bad request body: expected an object, got an array" },
	{ PROXY, "null", "missing required field: name" },
	{ PROXY, "{}", "missing required field: name" },
	{ PROXY, "{\"name\":\"a\"}", "missing required field: upstream" },
	{ PROXY, "{\"name\":\"a\",\"upstream\":\"u\"}", NULL },
	{ PROXY, "{\"NAME\":\"a\",\"Upstream\":\"u\"} and more", NULL },
	{ PROXY, "{\"name\":1}",
	    "bad request body: name: expected a string, got an integer" },
	{ PROXY, "{\"name\":1.5}",
	    "bad request body: name: expected a string, got a fraction" },
	{ PROXY, "{\"enabled\":1,\"name\":\"a\"}",
	    "bad request body: enabled: expected a boolean, got an integer" },
	{ PROXY, "{\"name\":\"a\\u0000b\"}", "" },
	{ PROXY, "{\"name\":\"\xff\"}", "" },
	{ PROXY, "{\"name\":\"\\ud800\"}", "" },
	{ PROXY, "{\"name\":\"a\",\"upstream\":\"u\",\"toxics\":{}}",
	    "bad request body: toxics: expected an array, got an object" },
	{ PROXY, "{\"name\":\"a\",\"upstream\":\"u\",\"toxics\":null}", NULL },
	{ PROXY,
	    "{\"name\":\"a\",\"upstream\":\"u\",\"toxics\":[{\"type\":"
	    "\"latency\",\"attributes\":{\"latency\":\"x\"}}]}",
	    "bad request body: toxics[0].attributes.latency: expected an "
	    "integer, got a string" },
	{ PROXY,
	    "{\"name\":\"a\",\"upstream\":\"u\",\"toxics\":[{\"type\":"
	    "\"noop\"},{\"type\":\"noop\"}]}",
	    "toxic already exists" },
	{ UPDATE, "{}", NULL },
	{ UPDATE, "{\"connect\":null}", NULL },
	{ UPDATE, "{\"connect\":{\"MODE\":\"refuse\"}}", NULL },
	{ UPDATE, "{\"connect\":{\"mode\":\"accept_delay\",\"delay\":5.0}}",
	    NULL },
	{ UPDATE, "{\"connect\":[]}",
	    "bad request body: connect: expected an object, got an array" },
	{ UPDATE, "{\"connect\":{\"mode\":\"Refuse\"}}",
	    "invalid connect.mode: must be refuse, blackhole, accept_delay or "
	    "reset" },
	{ UPDATE, "{\"connect\":{\"delay\":5}}",
	    "invalid connect.delay: only the mode accept_delay has one" },
	{ UPDATE, "{\"connect\":{\"mode\":\"accept_delay\"}}",
	    "invalid connect.delay: the mode accept_delay needs one" },
	{ UPDATE, "{\"connect\":{\"dial_delay\":86400001}}",
	    "invalid connect.dial_delay: must be from 0 to 86400000 (ms)" },
	{ UPDATE, "{\"connect\":{\"dial_delay\":\"1s\"}}",
	    "bad request body: connect.dial_delay: expected an integer, got a "
	    "string" },
	{ UPDATE, "{\"connect\":{\"dial_fails\":\"timeout\"}}",
	    "connect has no member \"dial_fails\": did you mean "
	    "\"dial_fail\"?" },
	{ UPDATE, "{\"connect\":{\"dial_fails\":null}}", NULL },
	{ UPDATE, "{\"connect\":{\"syn_loss\":0.5}}", NULL },
	{ UPDATE, "{\"connect\":{\"syn_loss\":1.1}}",
	    "invalid connect.syn_loss: must be from 0 to 1" },
	{ UPDATE, "{\"toxics\":7,\"name\":\"z\"}", NULL },
	{ UPDATE, "{\"listen\":[]}",
	    "bad request body: listen: expected a string, got an array" },
	{ TOXIC, "{\"type\":\"latency\"}", NULL },
	{ TOXIC, "{\"type\":\"noop\",\"select\":{\"evry\":null}}", NULL },
	{ TOXIC, "{\"type\":\"noop\",\"select\":{\"evry\":2}}",
	    "select has no \"evry\": did you mean \"every\"?" },
	{ TOXIC, "{\"type\":\"corrupt\",\"attributes\":{\"x\":null}}", NULL },
	{ TOXIC, "{\"type\":\"reset\"}", NULL },
	{ TOXIC, "{\"type\":\"crash\"}", "invalid toxic type" },
	{ TOXIC, "{\"type\":\"down\"}", "invalid toxic type" },
	{ TOXIC, "{\"type\":\"noop\",\"stream\":\"\"}",
	    "stream was invalid, can be either upstream or downstream" },
	{ TOXIC, "{\"type\":\"noop\",\"stream\":\"UPstream\"}", NULL },
	{ TOXIC, "{\"type\":\"noop\",\"toxicity\":80}", NULL },
	{ TOXIC, "{\"type\":\"noop\",\"toxicity\":-0.5}", NULL },
	{ TOXIC, "{\"type\":\"noop\",\"toxicity\":1e38}", NULL },
	{ TOXIC, "{\"type\":\"noop\",\"toxicity\":1" ZEROS_20 "}", NULL },
	{ TOXIC, "{\"type\":\"noop\",\"toxicity\":3.4028236e38}",
	    "bad request body: toxicity: the number is too large" },
	{ TOXIC, "{\"type\":\"noop\",\"toxicity\":\"1\"}",
	    "bad request body: toxicity: expected a number, got a string" },
	{ TOXIC, "{\"type\":\"noop\",\"toxicity\": 1e999}",
	    "bad request body: toxicity: the number is too large" },
	{ TOXIC,
	    "{\"type\":\"latency\",\"attributes\":{\"latency\" :"
	    "9223372036854775808}}",
	    "bad request body: attributes.latency: the number is too large" },
	{ TOXIC, "[1e999]",
	    "bad request body: expected an object, got an array" },
	{ TOXIC, "{\"type\":\"noop\",\"id\":1e999,\"n\":-1" ZEROS_20 "}",
	    NULL },
	{ TOXIC, "{\"type\":\"noop\",\"id\":1e999,\"n\":}",
	    "bad request body: line 1 column 31: unexpected token near '}'" },
	{ TOXIC, "{\"type\":\"latency\",\"attributes\":{\"latency\":-1}}",
	    NULL },
	{ TOXIC, "{\"type\":\"bandwidth\",\"attributes\":{\"rate\":-1}}",
	    "invalid attribute rate: must be at least 0" },
	{ TOXIC, "{\"type\":\"latency\",\"attributes\":{\"latency\":100.0}}",
	    NULL },
	{ TOXIC, "{\"type\":\"latency\",\"attributes\":{\"latency\":1e3}}",
	    NULL },
	{ TOXIC, "{\"type\":\"latency\",\"attributes\":{\"latency\":1.5}}",
	    "bad request body: attributes.latency: expected an integer, got "
	    "a fraction" },
	{ TOXIC, "{\"type\":\"latency\",\"attributes\":{\"latency\":1e18}}",
	    NULL },
	{ TOXIC, "{\"type\":\"latency\",\"attributes\":{\"latency\":1e19}}",
	    "bad request body: attributes.latency: the number is too large" },
	{ TOXIC, "{\"type\":\"slicer\"}",
	    "invalid attribute average_size: must be at least 1" },
	{ TOXIC,
	    "{\"type\":\"slicer\",\"attributes\":{\"average_size\":5,"
	    "\"size_variation\":6}}",
	    "invalid attribute size_variation: must not be above "
	    "average_size" },
	{ TOXIC,
	    "{\"type\":\"slicer\",\"attributes\":{\"average_size\":5,"
	    "\"size_variation\":-5}}",
	    "invalid attribute size_variation: must be above -average_size" },
	{ TOXIC,
	    "{\"type\":\"slicer\",\"attributes\":{\"average_size\":5,"
	    "\"size_variation\":-4}}",
	    NULL },
	{ POPULATE, "[]", NULL },
	{ POPULATE, "null", NULL },
	{ POPULATE, "{}",
	    "bad request body: expected an array of proxies, got an object" },
	{ POPULATE, "[{\"name\":\"a\",\"upstream\":\"u\"},{}]",
	    "missing required field: name at proxy 2" },
	{ POPULATE, "[{\"name\":\"a\",\"upstream\":\"u\"},{\"name\":[]}]",
	    "bad request body: name: expected a string, got an array at proxy "
	    "2" },
};

Test(decode, table)
{
	struct failure f;
	size_t i;
	int status;

	for (i = 0; i < nitems(table); i++) {
		f.text[0] = '\0';
		status = decode(table[i].what, table[i].text, &f);
		cr_expect_eq(status != 0, table[i].error != NULL, "%s: %s",
		    table[i].text, f.text);
		if (status != 0 && table[i].error != NULL &&
		    table[i].error[0] != '\0')
			cr_expect_str_eq(f.text, table[i].error, "%s: %s",
			    table[i].text, f.text);
	}
}

/* Cut anywhere, a body is refused and nothing is leaked or overrun. */
Test(decode, every_prefix_of_a_good_one_is_refused)
{
	static const char good[] = "{\"name\":\"a\",\"listen\":\"h:1\","
				   "\"upstream\":\"u\",\"enabled\":true,"
				   "\"toxics\":[{\"type\":\"latency\","
				   "\"attributes\":{\"latency\":100}}]}";
	char text[sizeof(good)];
	struct failure f;
	size_t len;

	for (len = 0; len < sizeof(good) - 1; len++) {
		memcpy(text, good, len);
		text[len] = '\0';
		cr_expect_eq(decode(PROXY, text, &f), 400, "%s", text);
	}
	cr_expect_eq(decode(PROXY, good, &f), 0);
}

Test(decode, names_have_a_bound)
{
	char text[400];
	struct failure f;

	snprintf(
	    text, sizeof(text), "{\"name\":\"%0255d\",\"upstream\":\"u\"}", 0);
	cr_expect_eq(decode(PROXY, text, &f), 0);
	snprintf(
	    text, sizeof(text), "{\"name\":\"%0256d\",\"upstream\":\"u\"}", 0);
	cr_expect_eq(decode(PROXY, text, &f), 400);
	cr_expect_str_eq(
	    f.text, "bad request body: name: longer than 255 bytes");
}

Test(decode, a_toxic_has_its_defaults)
{
	static const char text[] = "{\"type\":\"latency\"}";
	struct toxic_spec spec;
	struct failure f;
	json_t *json;

	cr_assert_eq(decode_body(&json, text, strlen(text), &f), 0);
	cr_assert_eq(decode_toxic(&spec, &bare, json, &f), 0);
	json_decref(json);
	cr_expect_str_eq(spec.name, "latency_downstream");
	cr_expect_eq(spec.stream, STREAM_DOWNSTREAM);
	cr_expect_eq(spec.toxicity, 1);
	cr_expect_eq(spec.values[0].integer, 0);
}

Test(decode, an_update_says_what_was_given)
{
	static const char text[] = "{\"attributes\":{\"jitter\":5}}";
	struct toxic_spec was = { .name = "t",
		.kind = TOXIC_LATENCY,
		.toxicity = 0.5f,
		.values = { { 100 }, { 1 } } };
	struct toxic_update update = { .values_given = 0 };
	struct failure f;
	json_t *json;

	cr_assert_eq(decode_body(&json, text, strlen(text), &f), 0);
	cr_assert_eq(decode_toxic_update(&update, &was, json, &f), 0);
	json_decref(json);
	cr_expect_eq(update.values_given, 1U << LATENCY_JITTER);
	cr_expect_eq(update.spec.values[LATENCY_JITTER].integer, 5);
	cr_expect_eq(update.has_toxicity, 0);
	cr_expect_eq(update.spec.kind, TOXIC_LATENCY);
}

/* ---- every row of the table */

static void
make_bare_with_all(void)
{
	make_bare();
	apid.flags = SETUP_DEBUG_TOXICS;
}

TestSuite(attributes, .init = make_bare_with_all);

/* The body that gives one attribute of a toxic of that kind this JSON. */
static void
body_of(const struct toxic_schema *s, size_t i, const char *json, char *text,
    size_t size)
{
	snprintf(text, size,
	    "{\"type\": \"%s\", \"attributes\": {%s\"%s\": %s}}", s->name,
	    strcmp(s->name, "slicer") == 0 && i != SLICER_AVERAGE_SIZE
		? "\"average_size\": 1, "
		: "",
	    s->attributes[i].name, json);
}

static int
is_right(enum toxic_value_kind kind, const char *json)
{
	return (kind == VALUE_TEXT && json[0] == '"') ||
	    (kind == VALUE_INTEGERS && strcmp(json, "[1]") == 0);
}

/* What is of another kind is refused, and the attribute is named. */
Test(attributes, every_attribute_has_its_kind)
{
	static const char *const wrong[] = { "\"1\"", "true", "[1]", "{}",
		"[[]]", "[{}]", "[null]" };
	const struct toxic_schema *s;
	struct failure f;
	char text[256];
	size_t i, j;
	int kind;

	for (kind = 1; kind < TOXIC_KIND_MAX; kind++) {
		s = toxic_schema((enum toxic_kind)kind);
		for (i = 0; i < s->nattributes * nitems(wrong); i++) {
			j = i / nitems(wrong);
			if (is_right(s->attributes[j].kind,
				wrong[i % nitems(wrong)]))
				continue;
			body_of(
			    s, j, wrong[i % nitems(wrong)], text, sizeof(text));
			cr_expect_eq(decode(TOXIC, text, &f), 400, "%s", text);
			cr_expect_not_null(
			    strstr(f.text, s->attributes[j].name), "%s: %s",
			    text, f.text);
		}
	}
}

/* Of an enum, each of its words, as it is written, and nothing else. */
Test(attributes, an_enum_is_one_of_its_words)
{
	static const char *const bad[] = { "", "FIN", "fin ", "fi",
		"fin reset" };
	char text[256], quoted[64];
	struct failure f;
	size_t i;

	for (i = 0; i < nitems(bad); i++) {
		snprintf(quoted, sizeof(quoted), "\"%s\"", bad[i]);
		body_of(toxic_schema(TOXIC_CARRY), CARRY_WAY, quoted, text,
		    sizeof(text));
		cr_expect_eq(decode(TOXIC, text, &f), 400, "%s", text);
		cr_expect_str_eq(f.text,
		    "invalid attribute way: must be one of fin, reset, hang, "
		    "a_word_that_is_longer_than_all_others");
		cr_expect_str_eq(f.at, "attributes.way");
	}
	for (i = 0; i < 4; i++) {
		snprintf(quoted, sizeof(quoted), "\"%s\"",
		    toxic_word(
			&toxic_schema(TOXIC_CARRY)->attributes[CARRY_WAY],
			(int64_t)i));
		body_of(toxic_schema(TOXIC_CARRY), CARRY_WAY, quoted, text,
		    sizeof(text));
		cr_expect_eq(decode(TOXIC, text, &f), 0, "%s", text);
	}
}

/* It is refused, and not made another; but where nobody wants it. */
Test(attributes, a_number_that_no_double_is)
{
	static const char *const large[] = { "1e400", "-1e309", "1e308",
		"[1e400]", "10000000000000000000000000000000e999" };
	const struct toxic_schema *s;
	struct failure f;
	char text[256];
	size_t i;
	int kind;

	for (kind = 1; kind < TOXIC_KIND_MAX; kind++) {
		s = toxic_schema((enum toxic_kind)kind);
		for (i = 0; i < s->nattributes * nitems(large); i++) {
			body_of(s, i / nitems(large), large[i % nitems(large)],
			    text, sizeof(text));
			cr_expect_eq(decode(TOXIC, text, &f), 400, "%s", text);
			cr_expect_not_null(
			    strstr(
				f.text, s->attributes[i / nitems(large)].name),
			    "%s: %s", text, f.text);
		}
	}
	body_of(toxic_schema(TOXIC_CARRY), CARRY_SHARE, "-9.9e307", text,
	    sizeof(text));
	cr_expect_eq(decode(TOXIC, text, &f), 0);
	cr_expect_eq(decode(TOXIC,
			 "{\"type\": \"packet_loss\", \"attributes\": "
			 "{\"x\": 1e400}}",
			 &f),
	    0);
}

/* An integer is no fraction; 1.0 is one, as some libraries write them. */
Test(attributes, a_fraction_is_for_fractions)
{
	const struct toxic_schema *s;
	struct failure f;
	char text[256];
	size_t i;
	int kind;

	for (kind = 1; kind < TOXIC_KIND_MAX; kind++) {
		s = toxic_schema((enum toxic_kind)kind);
		for (i = 0; i < s->nattributes; i++) {
			body_of(s, i, "0.5", text, sizeof(text));
			cr_expect_eq(decode(TOXIC, text, &f),
			    s->attributes[i].kind == VALUE_FRACTION ? 0 : 400,
			    "%s", text);
			body_of(s, i, "1.0", text, sizeof(text));
			cr_expect_eq(decode(TOXIC, text, &f),
			    s->attributes[i].kind < VALUE_ENUM ? 0 : 400, "%s",
			    text);
		}
	}
}
