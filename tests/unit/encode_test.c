/* SPDX-License-Identifier: ISC */
/* JSON out: to the byte as Go writes it. */

#include <criterion/criterion.h>
#include <float.h>
#include <stdlib.h>
#include <string.h>

#include "apid.h"
#include "nitems.h"

static void
expect_string(const char *in, const char *out)
{
	struct writer w;

	writer_open(&w);
	encode_string(w.f, in);
	writer_finish(&w);
	cr_expect_str_eq(w.text, out);
	free(w.text);
}

Test(encode, strings)
{
	expect_string("", "\"\"");
	expect_string("plain", "\"plain\"");
	expect_string("a\"b\\c", "\"a\\\"b\\\\c\"");
	expect_string("\b\f\n\r\t", "\"\\b\\f\\n\\r\\t\"");
	expect_string("\x01\x1f\x7f", "\"\\u0001\\u001f\x7f\"");
	expect_string("<&>", "\"\\u003c\\u0026\\u003e\"");
	expect_string("\xe2\x80\xa8\xe2\x80\xa9\xe2\x80\xaa",
	    "\"\\u2028\\u2029\xe2\x80\xaa\"");
	expect_string(
	    "\xc3\xbc\xf0\x9f\x98\x80", "\"\xc3\xbc\xf0\x9f\x98\x80\"");
	expect_string("\xe2\x80z", "\"\\ufffd\\ufffdz\"");
}

Test(encode, floats_are_as_short_as_can_be)
{
	static const struct {
		float value;
		const char *text;
	} floats[] = {
		{ 0, "0" },
		{ 1, "1" },
		{ 0.5f, "0.5" },
		{ 0.1f, "0.1" },
		{ 0.2f, "0.2" },
		{ 0.3333333333f, "0.33333334" },
		{ 0.99999999f, "1" },
		{ 0.999999f, "0.999999" },
		{ 0.000001f, "0.000001" },
		{ 9e-7f, "9e-7" },
		{ 1e-9f, "1e-9" },
		{ 1.5e-9f, "1.5e-9" },
		{ 1e-45f, "1e-45" },
		{ 0.01f, "0.01" },
		{ -0.5f, "-0.5" },
		{ -12.25f, "-12.25" },
		{ 80, "80" },
		{ 16777216, "16777216" },
		{ 123456789.0F, "123456790" },
		{ 1e20f, "100000000000000000000" },
		{ 1e21f, "1e+21" },
		{ -2.5e22f, "-2.5e+22" },
		{ FLT_MAX, "3.4028235e+38" },
	};
	struct writer w;
	size_t i;

	for (i = 0; i < nitems(floats); i++) {
		writer_open(&w);
		encode_float(w.f, floats[i].value);
		writer_finish(&w);
		cr_expect_str_eq(w.text, floats[i].text);
		free(w.text);
	}
}

Test(encode, a_toxic)
{
	struct toxic_spec spec = { .name = "n",
		.kind = TOXIC_SLICER,
		.stream = STREAM_UPSTREAM,
		.toxicity = 0.25f,
		.values = { { 1 }, { 2 }, { 3 } } };
	struct writer w;

	writer_open(&w);
	encode_toxic(w.f, &spec);
	writer_finish(&w);
	cr_expect_str_eq(w.text,
	    "{\"attributes\":{\"average_size\":1,\"size_variation\":2,"
	    "\"delay\":3},\"name\":\"n\",\"type\":\"slicer\","
	    "\"stream\":\"upstream\",\"toxicity\":0.25}");
	free(w.text);
}

static const struct proxy *
by_name(const char *name)
{
	struct proxy_key key = { .name = "" };

	snprintf(key.name, sizeof(key.name), "%s", name);
	return replica_by_key(&key);
}

Test(encode, a_proxy)
{
	struct proxy_state state = { .id = 1,
		.enabled = 1,
		.key = { .name = "a" },
		.listen = "l",
		.upstream = "u" };
	struct toxic_state down = { .proxy_id = 1,
		.spec = { .name = "d",
		    .kind = TOXIC_NOOP,
		    .stream = STREAM_DOWNSTREAM,
		    .toxicity = 1 } };
	struct toxic_state up = { .proxy_id = 1,
		.spec = { .name = "u",
		    .kind = TOXIC_NOOP,
		    .stream = STREAM_UPSTREAM,
		    .toxicity = 1 } };
	struct writer w;

	replica_proxy(&state);
	replica_toxic(&down);
	replica_toxic(&up);
	writer_open(&w);
	encode_proxy(w.f, by_name("a"));
	writer_finish(&w);
	cr_expect_str_eq(w.text,
	    "{\"name\":\"a\",\"listen\":\"l\",\"upstream\":\"u\","
	    "\"enabled\":true,\"toxics\":["
	    "{\"attributes\":{},\"name\":\"u\",\"type\":\"noop\","
	    "\"stream\":\"upstream\",\"toxicity\":1},"
	    "{\"attributes\":{},\"name\":\"d\",\"type\":\"noop\","
	    "\"stream\":\"downstream\",\"toxicity\":1}]}");
	free(w.text);
	replica_free();
}

static void
expect_shown(const char *name, const char *text)
{
	struct writer w;

	writer_open(&w);
	encode_proxy(w.f, by_name(name));
	writer_finish(&w);
	cr_expect_str_eq(w.text, text);
	free(w.text);
}

/* Its text is kept, but not longer than it is true. */
Test(encode, a_proxy_is_shown_as_it_is)
{
	struct proxy_state state = {
		.id = 1, .key = { .name = "a" }, .listen = "b:1"
	};
	struct toxic_state toxic = { .proxy_id = 1,
		.spec = { .kind = TOXIC_NOOP, .name = "n", .toxicity = 1 } };
	struct toxic_ref ref = { .proxy_id = 1, .name = "n" };
	static const char bare[] =
	    "{\"name\":\"a\",\"listen\":\"b:1\",\"upstream\":\"\","
	    "\"enabled\":false,\"toxics\":[]}";

	replica_proxy(&state);
	expect_shown("a", bare);
	replica_toxic(&toxic);
	expect_shown("a",
	    "{\"name\":\"a\",\"listen\":\"b:1\",\"upstream\":\"\","
	    "\"enabled\":false,\"toxics\":[{\"attributes\":{},"
	    "\"name\":\"n\",\"type\":\"noop\",\"stream\":\"upstream\","
	    "\"toxicity\":1}]}");
	toxic.spec.toxicity = 0.5F;
	replica_toxic(&toxic);
	expect_shown("a",
	    "{\"name\":\"a\",\"listen\":\"b:1\",\"upstream\":\"\","
	    "\"enabled\":false,\"toxics\":[{\"attributes\":{},"
	    "\"name\":\"n\",\"type\":\"noop\",\"stream\":\"upstream\","
	    "\"toxicity\":0.5}]}");
	replica_toxic_gone(&ref);
	expect_shown("a", bare);
	state.connect.mode = CONNECT_ACCEPT_DELAY;
	state.connect.delay = 5;
	state.connect.dial_fail = DIAL_FAILS_TIMEOUT;
	replica_proxy(&state);
	expect_shown("a",
	    "{\"name\":\"a\",\"listen\":\"b:1\",\"upstream\":\"\","
	    "\"enabled\":false,\"toxics\":[],\"connect\":{"
	    "\"mode\":\"accept_delay\",\"delay\":5,"
	    "\"dial_fail\":\"timeout\"}}");
	state.connect = connect_usual;
	state.connect.dial_delay = 7;
	replica_proxy(&state);
	expect_shown("a",
	    "{\"name\":\"a\",\"listen\":\"b:1\",\"upstream\":\"\","
	    "\"enabled\":false,\"toxics\":[],"
	    "\"connect\":{\"dial_delay\":7}}");
	state.connect = connect_usual;
	state.enabled = 1;
	replica_proxy(&state);
	expect_shown("a",
	    "{\"name\":\"a\",\"listen\":\"b:1\",\"upstream\":\"\","
	    "\"enabled\":true,\"toxics\":[]}");
	replica_free();
}

static void
add_name(const struct proxy *p, void *arg)
{
	strcat(arg, p->state.key.name);
}

Test(replica, is_sorted_and_forgets)
{
	static const char *const names[] = { "b", "a", "Z", "\xc3\xa4", "c" };
	struct proxy_state state = { .id = 0 };
	char order[32] = "";
	size_t i;

	for (i = 0; i < nitems(names); i++) {
		state.id = (uint32_t)(10 - i);
		strcpy(state.key.name, names[i]);
		replica_proxy(&state);
	}
	replica_each(NULL, add_name, order);
	cr_expect_str_eq(order, "Zabc\xc3\xa4");
	cr_expect_str_eq(replica_by_id(9)->state.key.name, "a");
	replica_proxy_gone(9);
	cr_expect_null(replica_by_id(9));
	cr_expect_null(by_name("a"));
	cr_expect_not_null(by_name("b"));
	replica_free();
	cr_expect_null(by_name("b"));
}
