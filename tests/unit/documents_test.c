/* SPDX-License-Identifier: ISC */
/* A document of desired state: all that is wrong with it, at once. */

#include <criterion/criterion.h>
#include <inttypes.h>
#include <string.h>

#include "agreed.h"
#include "documents.h"
#include "nitems.h"

/* As an administrator's who acts for no tenant, or another's. */
static struct document *
read_of(const char *text, const char *tenant, int may_say_tenants)
{
	struct document *d = calloc(1, sizeof(*d));
	struct failure f;

	cr_assert_not_null(d);
	snprintf(d->put.of.tenant, sizeof(d->put.of.tenant), "%s", tenant);
	d->may_say_tenants = may_say_tenants;
	cr_assert_eq(doc_read(d, text, strlen(text), &f), 0, "%s", f.text);
	while (doc_next(d))
		continue;
	return d;
}

static struct document *
read_text(const char *text)
{
	return read_of(text, "", 1);
}

/* "proxies[0].listen proxies[1].name": where each is, in their order. */
static void
places(struct document *d, char *text, size_t size)
{
	struct writer w;
	json_t *json, *fault;
	const char *field;
	size_t i, len;

	writer_open(&w);
	fputs("{\"x\":0", w.f);
	encode_desired_faults(w.f, &d->faults);
	fputc('}', w.f);
	writer_finish(&w);
	json = json_loads(w.text, 0, NULL);
	cr_assert_not_null(json, "%s", w.text);
	text[0] = '\0';
	json_array_foreach(json_object_get(json, "faults"), i, fault)
	{
		len = strlen(text);
		field = json_string_value(json_object_get(fault, "field"));
		snprintf(text + len, size - len, "%s%s%s%s", i > 0 ? " " : "",
		    json_string_value(json_object_get(fault, "item")),
		    *field != '\0' ? ":" : "", field);
	}
	json_decref(json);
	free(w.text);
}

#define A "{\"name\":\"a\",\"upstream\":\"u:1\"}"
#define DOCUMENT(members) "{\"generation\":\"g\"," members "}"
#define PROXIES(items) DOCUMENT("\"proxies\":[" items "]")
#define PROXY(members) \
	PROXIES("{\"name\":\"a\",\"upstream\":\"u:1\"," members "}")
#define SCENARIOS(items) \
	DOCUMENT("\"proxies\":[" A "],\"scenarios\":[" items "]")
#define SCENARIO(members) \
	SCENARIOS("{\"name\":\"s\",\"proxy\":\"a\"," members "}")
#define STEPS "\"steps\":[{\"duration\":1}]"

static const struct {
	const char *text, *places;
} table[] = {
	{ "{\"generation\":\"g\"}", "" },
	{ "{\"GENERATION\":\"g\",\"proxies\":null}", "" },
	{ "{}", ":generation" },
	{ "{\"generation\":\"\"}", ":generation" },
	{ "{\"generation\":7}", ":generation" },
	{ "{\"generation\":\"a\\nb\"}", ":generation" },
	{ "{\"generation\":\"a\\u0085b\"}", ":generation" },
	{ "{\"generation\":\"g\",\"proxis\":[]}", ":proxis" },
	{ DOCUMENT("\"proxies\":{},\"scenarios\":1"), ":proxies :scenarios" },

	{ PROXIES(A), "" },
	{ PROXIES("{\"name\":\"a\"}"), "proxies[0]:upstream" },
	{ PROXIES("{}"), "proxies[0]:name proxies[0]:upstream" },
	{ PROXIES("null,5"), "proxies[0]:name proxies[1]" },
	{ PROXIES(A "," A), "proxies[1]:name" },
	{ PROXIES("{\"name\":\"a\",\"upstream\":\"u\"}"),
	    "proxies[0]:upstream" },
	{ PROXY("\"listen\":\"x\""), "proxies[0]:listen" },
	{ PROXY("\"listen\":5"), "proxies[0]:listen" },
	{ PROXY("\"toxic\":[]"), "proxies[0]:toxic" },
	{ PROXY("\"clients\":{}"), "proxies[0]:clients" },
	{ PROXY("\"toxic\":null"), "" },
	{ PROXY("\"ttl\":5"), "proxies[0]:ttl" },
	{ PROXY("\"expires_in\":5,\"halted\":true"), "" },
	{ PROXY("\"connect\":{\"delay\":5}"), "proxies[0]:connect.delay" },
	{ PROXY("\"toxics\":[{\"type\":\"x\"},{\"type\":\"noop\",\"ttl\":1}]"),
	    "proxies[0]:toxics[1].ttl proxies[0]:toxics[0].type" },
	{ PROXY("\"toxics\":[{\"type\":\"latency\",\"attributes\":"
		"{\"latency\":\"x\",\"jitter\":\"y\",\"z\":0}}]"),
	    "proxies[0]:toxics[0].attributes.z "
	    "proxies[0]:toxics[0].attributes.latency "
	    "proxies[0]:toxics[0].attributes.jitter" },
	{ PROXY("\"toxics\":[{\"type\":\"noop\"},{\"type\":\"noop\"}]"),
	    "proxies[0]:toxics[1]" },
	{ PROXY("\"tenant\":\"lab\""), "" },
	{ PROXY("\"tenant\":\"a b\""), "proxies[0]:tenant" },
	{ PROXY("\"tenant\":5"), "proxies[0]:tenant" },
	{ PROXIES(A ",{\"tenant\":\"lab\",\"name\":\"a\",\"upstream\":"
		    "\"u:1\"}"),
	    "" },

	{ SCENARIO(STEPS), "" },
	{ SCENARIO("\"steps\":[]"), "scenarios[0]:steps" },
	{ SCENARIO("\"ttl\":5," STEPS), "scenarios[0]:ttl" },
	{ SCENARIO("\"lop\":true," STEPS), "scenarios[0]:lop" },
	{ SCENARIO("\"steps\":[{\"duration\":0},{\"durations\":1},{\"duration\""
		   ":1,\"toxics\":[{\"type\":\"x\"}]}]"),
	    "scenarios[0]:steps[1].durations "
	    "scenarios[0]:steps[0].duration "
	    "scenarios[0]:steps[2].toxics[0].type" },
	{ SCENARIOS("{" STEPS "}"), "scenarios[0]:name scenarios[0]:proxy" },
	{ SCENARIOS("{\"name\":\"s\",\"proxy\":\"b\"," STEPS "}"),
	    "scenarios[0]:proxy" },
	{ SCENARIOS("{\"name\":\"s\",\"proxy\":\"a\"," STEPS
		    "},{\"name\":\"s\",\"proxy\":\"a\"," STEPS "}"),
	    "scenarios[1]:name scenarios[1]:proxy" },
	{ SCENARIO("\"tenant\":\"lab\"," STEPS), "scenarios[0]:proxy" },
	{ PROXY("\"scenario\":{\"name\":\"s\"," STEPS "}"), "" },
	{ PROXY("\"scenario\":{\"name\":\"s\",\"proxy\":\"a\"," STEPS "}"),
	    "proxies[0]:scenario.proxy" },
	{ PROXY("\"scenario\":{\"steps\":[{\"duration\":0}]}"),
	    "proxies[0]:scenario.name "
	    "proxies[0]:scenario.steps[0].duration" },
	{ DOCUMENT(
	      "\"proxies\":[{\"name\":\"a\",\"upstream\":\"u:1\","
	      "\"scenario\":{\"name\":\"s\"," STEPS "}}],"
	      "\"scenarios\":[{\"name\":\"s\",\"proxy\":\"a\"," STEPS "}]"),
	    "scenarios[0]:name scenarios[0]:proxy" },
};

Test(documents, each_fault_is_said_with_its_place)
{
	struct document *d;
	char text[1024];
	size_t i;

	for (i = 0; i < nitems(table); i++) {
		d = read_text(table[i].text);
		places(d, text, sizeof(text));
		cr_expect_str_eq(text, table[i].places, "%s: %s", table[i].text,
		    d->faults.first);
		doc_free(d);
	}
}

/* Of another, an item may say no more than what is so anyway. */
Test(documents, tenants_are_for_an_administrator)
{
	static const struct {
		const char *text, *places;
	} rows[] = {
		{ PROXIES(A), "" },
		{ PROXY("\"tenant\":\"lab\""), "" },
		{ PROXY("\"tenant\":\"other\""), "proxies[0]:tenant" },
		{ PROXY("\"tenant\":\"\""), "proxies[0]:tenant" },
	};
	struct document *d;
	char text[256];
	size_t i;

	for (i = 0; i < nitems(rows); i++) {
		d = read_of(rows[i].text, "lab", 0);
		places(d, text, sizeof(text));
		cr_expect_str_eq(text, rows[i].places, "%s", rows[i].text);
		cr_expect_eq(
		    d->faults.status, *rows[i].places != '\0' ? 403 : 0);
		if (d->faults.n == 0)
			cr_expect_str_eq(d->proxies[0].spec.key.tenant, "lab");
		doc_free(d);
	}
}

/* What is put is what is got: but for spaces, case, and digits. */
Test(documents, its_text_is_as_it_was_put)
{
	static const struct {
		const char *text, *written;
	} rows[] = {
		{ " { \"generation\" : \"g\" } ", "{\"generation\":\"g\"}" },
		{ "{\"proxies\":[],\"generation\":\"g\"}",
		    "{\"generation\":\"g\",\"proxies\":[]}" },
		{ PROXIES("{\"name\":\"-1.50 \\\"e\\\\\",\"Upstream\":\"u:1\","
			  "\"connect\":{\"syn_loss\":0.10}}"),
		    PROXIES("{\"name\":\"-1.50 \\\"e\\\\\",\"Upstream\":"
			    "\"u:1\",\"connect\":{\"syn_loss\":0.1}}") },
		{ PROXY("\"tenant\":\"lab\",\"enabled\":null"),
		    PROXY("\"tenant\":\"lab\",\"enabled\":null") },
		{ SCENARIO(STEPS), SCENARIO(STEPS) },
	};
	struct document *d;
	size_t i;

	for (i = 0; i < nitems(rows); i++) {
		d = read_text(rows[i].text);
		cr_assert_eq(d->faults.n, 0, "%s", d->faults.first);
		cr_assert_eq(doc_finish(d), 0);
		cr_expect_str_eq(d->written.text, rows[i].written);
		cr_expect_eq(d->put.size, strlen(rows[i].written));
		doc_free(d);
	}
}

/* Whoever has many gets the first ones, and how many more there are. */
Test(documents, not_all_of_very_many_faults_are_listed)
{
	struct desired_faults all = { .n = 0 };
	const struct desired_item at = { .list = DESIRED_PROXIES };
	struct writer w;
	json_t *json;
	int i;

	for (i = 0; i < DOCUMENT_FAULTS_MAX + 5; i++)
		desired_complain(&all, &at, "name", 400, "is wrong");
	writer_open(&w);
	fputs("{\"x\":0", w.f);
	encode_desired_faults(w.f, &all);
	fputc('}', w.f);
	writer_finish(&w);
	json = json_loads(w.text, 0, NULL);
	cr_expect_eq(json_array_size(json_object_get(json, "faults")),
	    DOCUMENT_FAULTS_MAX);
	cr_expect_eq(json_integer_value(json_object_get(json, "more")), 5);
	cr_expect_str_eq(all.first, "proxies[0].name: is wrong");
	json_decref(json);
	free(w.text);
	desired_faults_free(&all);
}

/* ctld counts a proxy's scenarios with the others. */
Test(documents, ctld_s_items_are_found_again)
{
	struct document *d = read_text(DOCUMENT(
	    "\"proxies\":[" A ",{\"name\":\"b\",\"upstream\":\"u:1\","
	    "\"scenario\":{\"name\":\"t\"," STEPS "}}],"
	    "\"scenarios\":[{\"name\":\"s\",\"proxy\":\"a\"," STEPS "}]"));
	struct desired_item at;

	cr_assert_eq(d->put.nproxies, 2);
	cr_assert_eq(d->put.nscenarios, 2);
	at = doc_item(d, 0, 1);
	cr_expect(strcmp(at.list, "proxies") == 0 && at.i == 1);
	cr_expect_str_eq(at.name, "b");
	at = doc_item(d, 1, 0);
	cr_expect(strcmp(at.list, "proxies") == 0 && at.i == 1);
	at = doc_item(d, 1, 1);
	cr_expect(strcmp(at.list, "scenarios") == 0 && at.i == 0);
	cr_expect_str_eq(at.name, "s");
	cr_expect_null(doc_item(d, 0, 2).list);
	cr_expect_null(doc_item(d, 1, DESIRED_NO_ITEM).list);
	doc_free(d);
}

Test(documents, a_generation_is_a_short_text)
{
	char text[GENERATION_MAX + 2];

	memset(text, 'g', sizeof(text));
	text[GENERATION_MAX + 1] = '\0';
	cr_expect_not_null(generation_fault(text));
	text[GENERATION_MAX] = '\0';
	cr_expect_null(generation_fault(text));
	cr_expect_not_null(generation_fault(""));
	cr_expect_not_null(generation_fault("a\x7f"));
	cr_expect_not_null(generation_fault("\xff"));
	cr_expect_null(generation_fault("r\xc3\xa9vision \"5\""));
}
