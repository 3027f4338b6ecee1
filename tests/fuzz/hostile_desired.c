/* SPDX-License-Identifier: ISC */
/* An apid that lies of desired state: no piece is where it could not be. */

#include <stdio.h>

#include "agreed.h"
#include "hostile_lies.h"

static struct desired_put
a_put(void)
{
	return (struct desired_put){
		.size = 2, .nproxies = 1, .source = "lie", .generation = "1"
	};
}

static struct desired_show
a_show(void)
{
	return (struct desired_show){ .source = "lie" };
}

static struct source_text
its_text(void)
{
	return (struct source_text){ .n = 2, .bytes = "{}" };
}

static struct scenario_spec
its_scenario(void)
{
	struct scenario_spec s = a_scenario();

	strcpy(s.proxy.name, "lie"); /* of a_proxy() */
	s.ntoxics = 0;
	return s;
}

/* A document that wants so much, up to where its proxies begin. */
static void
begin(uint32_t nproxies, uint32_t nscenarios)
{
	struct desired_put put = a_put();
	struct source_text text = its_text();

	put.nproxies = nproxies;
	put.nscenarios = nscenarios;
	tell(MSG_DESIRED_PUT, 1, &put);
	tell(MSG_DESIRED_TEXT, 1, &text);
}

#define BEHIND(before, type, make, statement)             \
	do {                                              \
		__typeof__(make) p = make;                \
		if (lie_is_next(#type ": " #statement)) { \
			before;                           \
			statement;                        \
			tell(MSG_##type, 1, &p);          \
		}                                         \
	} while (0)

static void
lies_about_requests(void)
{
	NAMES(DESIRED_PUT, a_put(), source);
	TENANTS(DESIRED_PUT, a_put(), of.tenant);
	LIE(DESIRED_PUT, a_put(), strcpy(p.of.name, "p"));
	LIE(DESIRED_PUT, a_put(), strcpy(p.source, "a/b"));
	LIE(DESIRED_PUT, a_put(), strcpy(p.source, SOURCE_CONFIG_NAME));
	LIE(DESIRED_PUT, a_put(), p.generation[0] = '\0');
	LIE(DESIRED_PUT, a_put(), strcpy(p.generation, "\xff"));
	LIE(DESIRED_PUT, a_put(),
	    memset(p.generation, 'x', sizeof(p.generation)));
	LIE(DESIRED_PUT, a_put(), strcpy(p.believed, "\xff"));
	LIE(DESIRED_PUT, a_put(), memset(p.believed, 'x', sizeof(p.believed)));
	LIE(DESIRED_PUT, a_put(), p.has_believed = 2);
	LIE(DESIRED_PUT, a_put(), p.is_forced = 2);
	LIE(DESIRED_PUT, a_put(), p.is_removal = 1);
	LIE(DESIRED_PUT, a_put(), p.is_removal = 2);
	LIE(DESIRED_PUT, a_put(), p.reserved[4] = 1);
	LIE(DESIRED_PUT, a_put(), p.size = 0);
	LIE(DESIRED_PUT, a_put(), p.size = SOURCE_TEXT_MAX + 1);
	LIE(DESIRED_PUT, a_put(), p.size = UINT64_MAX);
	LIE(DESIRED_PUT, a_put(), p.nproxies = POPULATE_MAX + 1);
	LIE(DESIRED_PUT, a_put(), p.nscenarios = UINT32_MAX);
	TENANTS(DESIRED_SHOW, a_show(), of.tenant);
	LIE(DESIRED_SHOW, a_show(), strcpy(p.of.name, "p"));
	LIE(DESIRED_SHOW, a_show(), strcpy(p.source, "a/b"));
	LIE(DESIRED_SHOW, a_show(), memset(p.source, 'x', sizeof(p.source)));
	LIE(DESIRED_SHOW, a_show(), p.is_of_all = 1);
	LIE(DESIRED_SHOW, a_show(), p.is_of_all = 2);
	LIE(DESIRED_SHOW, a_show(), p.reserved[0] = 1);
}

static void
lies_about_pieces(void)
{
	const struct desired_put put = a_put();

	BEHIND(
	    tell(MSG_DESIRED_PUT, 1, &put), DESIRED_TEXT, its_text(), p.n = 0);
	BEHIND(
	    tell(MSG_DESIRED_PUT, 1, &put), DESIRED_TEXT, its_text(), p.n = 1);
	BEHIND(
	    tell(MSG_DESIRED_PUT, 1, &put), DESIRED_TEXT, its_text(), p.n = 3;
	    p.bytes[2] = ' ');
	BEHIND(begin(1, 0), DESIRED_TEXT, its_text(), ); /* once more */
	BEHIND(
	    begin(1, 0), DESIRED_PROXY, a_proxy(), p.spec.key.name[0] = '\0');
	BEHIND(begin(1, 0), DESIRED_PROXY, a_proxy(),
	    strcpy(p.spec.key.tenant, "a/b"));
	BEHIND(begin(1, 0), DESIRED_PROXY, a_proxy(), p.spec.enabled = 2);
	BEHIND(begin(1, 0), DESIRED_PROXY, a_proxy(),
	    p.ntoxics = PROXY_TOXICS_MAX + 1);
	BEHIND(begin(1, 0), DESIRED_PROXY, a_proxy(),
	    p.session.bytes[0] = 1); /* it is no session's */
	BEHIND(begin(1, 0), DESIRED_SCENARIO, its_scenario(), ); /* it has none
								  */
	BEHIND(begin(1, 0), DESIRED_TOXIC, a_toxic(), );
	BEHIND(tell(MSG_DESIRED_PUT, 1, &put), DESIRED_PROXY, a_proxy(), );
	BEHIND(tell(MSG_DESIRED_PUT, 1, &put), DESIRED_TOXIC, a_toxic(), );
}

static void
begin_with_proxy(uint32_t nproxies, uint32_t nscenarios, uint32_t ntoxics)
{
	struct proxy_create proxy = a_proxy();

	proxy.ntoxics = ntoxics;
	begin(nproxies, nscenarios);
	tell(MSG_DESIRED_PROXY, 1, &proxy);
}

static void
lies_behind_a_proxy(void)
{
	struct scenario_spec scenario = its_scenario();

	BEHIND(begin_with_proxy(1, 0, 1), DESIRED_PROXY, a_proxy(), );
	BEHIND(begin_with_proxy(2, 0, 1), DESIRED_PROXY, a_proxy(), );
	BEHIND(begin_with_proxy(2, 0, 0), DESIRED_TOXIC, a_toxic(), );
	BEHIND(begin_with_proxy(2, 0, 0), DESIRED_TEXT, its_text(), );
	BEHIND(begin_with_proxy(1, 0, 1), DESIRED_TOXIC, a_toxic(),
	    p.name[0] = '\0');
	BEHIND(begin_with_proxy(1, 0, 1), DESIRED_TOXIC, a_toxic(),
	    p.toxicity = NAN);
	BEHIND(begin_with_proxy(1, 0, 1), DESIRED_TOXIC, a_toxic(),
	    (void)toxic_owner_set(&p, "scenario:lie:0"));
	BEHIND(begin_with_proxy(1, 1, 1), DESIRED_SCENARIO, its_scenario(), );
	BEHIND(begin_with_proxy(2, 1, 0), DESIRED_SCENARIO, its_scenario(), );
	BEHIND(begin_with_proxy(1, 1, 0), DESIRED_PROXY, a_proxy(), );
	BEHIND(begin_with_proxy(1, 1, 0), DESIRED_SCENARIO, its_scenario(),
	    strcpy(p.proxy.name, "kept")); /* it is not in it */
	BEHIND(begin_with_proxy(1, 1, 0), DESIRED_SCENARIO, its_scenario(),
	    p.began = 1);
	BEHIND(begin_with_proxy(1, 1, 0), DESIRED_SCENARIO, its_scenario(),
	    p.lease = 60000);
	BEHIND(begin_with_proxy(1, 2, 0);
	       tell(MSG_DESIRED_SCENARIO, 1, &scenario), DESIRED_SCENARIO,
	       its_scenario(), ); /* a second one on it */
}

void
lies_about_desired(void)
{
	struct desired_put put = a_put();
	struct toxic_spec spec = a_toxic();

	lies_about_requests();
	lies_about_pieces();
	lies_behind_a_proxy();
	DO(tell(MSG_DESIRED_PUT, 1, &put); tell(MSG_DESIRED_PUT, 2, &put));
	DO(begin_with_proxy(2, 0, 0); tell(MSG_DESIRED_PUT, 2, &put));
	DO(begin_with_proxy(2, 0, 0); tell(MSG_PROXY_CREATE_TOXIC, 1, &spec));
}

/* ---- all right, each of them */

static void
say_document(uint32_t id)
{
	struct desired_put put = { .size = SOURCE_TEXT_MAX, .generation = "1" };
	struct source_text text = { .n = SOURCE_PART_MAX };
	uint64_t left;

	snprintf(put.source, sizeof(put.source), "s%u", id);
	memset(text.bytes, 'x', sizeof(text.bytes));
	tell(MSG_DESIRED_PUT, id, &put);
	for (left = put.size; left > 0; left -= text.n) {
		if (left < text.n) {
			text.n = (uint32_t)left;
			memset(text.bytes + left, 0, sizeof(text.bytes) - left);
		}
		tell(MSG_DESIRED_TEXT, id, &text);
	}
}

void
flood_documents(void)
{
	uint32_t id;

	serve();
	for (id = 1;; id++) {
		say_document(id);
		hear();
	}
}
