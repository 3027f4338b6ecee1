/* SPDX-License-Identifier: ISC */
/* A stored that lies: about what it has kept, and about what it was told. */

#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "agreed.h"
#include "hostile_lies.h"

static uint32_t asked; /* the id that an answer is due for */

/* Answers its PINGs until then. */
static void
wait_for(enum msg_type type)
{
	struct packet p;

	for (;;) {
		if (recv(CHAN_FD, &p, sizeof(p), 0) <= 0)
			exit(1);
		if (p.type == MSG_PING)
			say_zeros(MSG_PONG, p.id);
		if (p.type == (uint32_t)type)
			break;
	}
	asked = p.id;
}

static struct stored_proxy
row_of(const char *name)
{
	struct stored_proxy p = { .config_print = 0 };

	snprintf(p.spec.key.name, sizeof(p.spec.key.name), "%s", name);
	p.spec.listen = endpoint("127.0.0.1:0");
	p.spec.upstream = endpoint("127.0.0.1:9");
	snprintf(p.given, sizeof(p.given), "127.0.0.1:0");
	return p;
}

static struct stored_proxy
a_row(void)
{
	return row_of("lie");
}

static struct toxic_create
its_row(void)
{
	struct toxic_create t = { .proxy = { .name = "first" } };

	t.spec = a_toxic();
	return t;
}

void
rows_begin_load(void)
{
	say_ready();
	wait_for(MSG_STORE_LOAD);
}

void
rows_begin_sync(void)
{
	say_ready();
	wait_for(MSG_STORE_COMMIT);
}

static struct store_result
an_answer(void)
{
	return (struct store_result){ .code = STORE_OK };
}

static void
answer(uint32_t id, struct store_result r)
{
	tell(MSG_STORED, id, &r);
}

static void
lies_in_answers(void)
{
	struct store_result good = an_answer();

	DO(answer(asked + 1, good));
	DO(answer(0, good));
	DO(answer(UINT32_MAX, good));
	DO(good.code = STORE_CODE_MAX; answer(asked, good));
	DO(good.code = UINT32_MAX; answer(asked, good));
	DO(good.is_populated = 2; answer(asked, good));
	DO(good.event_block = EVENT_BLOCKS_MAX + 1; answer(asked, good));
	DO(good.event_block = UINT64_MAX; answer(asked, good));
	DO(memset(good.why, 'x', sizeof(good.why)); answer(asked, good));
}

/* Of no tenant that there is: it is dropped. */
static struct credential
its_token(void)
{
	struct credential c = { .tenant = "a", .name = "t", .is_stored = 1 };

	return c;
}

static struct halt
a_halt(void)
{
	return (struct halt){ .tenant = "a" };
}

static struct source_state
a_source(void)
{
	return (struct source_state){ .id = 5, .name = "fleet" };
}

static struct source_state
one_of(uint64_t size, uint32_t nscenarios)
{
	struct source_state s = a_source();

	s.size = size;
	s.nscenarios = nscenarios;
	return s;
}

static struct source_text
its_text(void)
{
	return (struct source_text){ .n = 3, .bytes = "abc" };
}

static struct source_scenario
its_scenario(void)
{
	return (struct source_scenario){
		.source = 5, .proxy = { .name = "p" }, .name = "s"
	};
}

/* What is all right by itself, behind what was said. */
static void
goes_on_with(enum msg_type type, const void *payload, struct source_state s)
{
	lie(MSG_STORED_SOURCE, &s);
	lie(type, payload);
}

static void
lies_about_sources(void)
{
	NAMES(STORED_SOURCE, a_source(), name);
	LIE(STORED_SOURCE, a_source(), strcpy(p.name, "a/b"));
	LIE(STORED_SOURCE, a_source(), strcpy(p.generation, "\xff"));
	LIE(STORED_SOURCE, a_source(),
	    memset(p.generation, 'x', sizeof(p.generation)));
	LIE(STORED_SOURCE, a_source(),
	    p.generation[sizeof(p.generation) - 1] = 'x');
	TENANTS(STORED_SOURCE, a_source(), of.tenant);
	LIE(STORED_SOURCE, a_source(), strcpy(p.of.name, "p"));
	LIE(STORED_SOURCE, a_source(), p.applied_at = -1);
	LIE(STORED_SOURCE, a_source(), p.size = SOURCE_TEXT_MAX + 1);
	LIE(STORED_SOURCE, a_source(), p.size = UINT64_MAX);
	LIE(STORED_SOURCE, a_source(), p.nscenarios = POPULATE_MAX + 1);
	LIE(STORED_SOURCE, a_source(), p.id = SOURCE_NONE);
	LIE(STORED_SOURCE, a_source(), p.id = SOURCE_CONFIG);
}

/* Of a source whose text, or scenario, it could be. */
#define PART(type, make, size, nscenarios, statement)                  \
	do {                                                           \
		__typeof__(make) p = make;                             \
		if (lie_is_next(#type ": " #statement)) {              \
			statement;                                     \
			goes_on_with(                                  \
			    MSG_##type, &p, one_of(size, nscenarios)); \
		}                                                      \
	} while (0)

static void
lies_about_parts(void)
{
	PART(STORED_SOURCE_TEXT, its_text(), 3, 0, p.n = 0);
	PART(STORED_SOURCE_TEXT, its_text(), 8, 0, p.n = 4);
	PART(STORED_SOURCE_TEXT, its_text(), 8, 0, p.n = 2);
	PART(STORED_SOURCE_TEXT, its_text(), 3, 0, p.bytes[1] = '\0');
	PART(STORED_SOURCE_TEXT, its_text(), SOURCE_TEXT_MAX, 0,
	    p.n = UINT32_MAX);
	PART(STORED_SOURCE_TEXT, its_text(), 2, 0, ); /* it is longer */
	PART(STORED_SOURCE_TEXT, its_text(), 0, 1, ); /* there is none */
	PART(STORED_SOURCE_SCENARIO, its_scenario(), 0, 1, p.source = 6);
	PART(STORED_SOURCE_SCENARIO, its_scenario(), 0, 1, p.source = 1);
	PART(STORED_SOURCE_SCENARIO, its_scenario(), 0, 1, p.reserved = 1);
	PART(STORED_SOURCE_SCENARIO, its_scenario(), 0, 1, p.name[0] = '/');
	PART(STORED_SOURCE_SCENARIO, its_scenario(), 0, 1, p.name[0] = '\0');
	PART(STORED_SOURCE_SCENARIO, its_scenario(), 0, 1,
	    memset(p.name, 'x', sizeof(p.name)));
	PART(STORED_SOURCE_SCENARIO, its_scenario(), 0, 1,
	    p.proxy.name[0] = '\0');
	PART(STORED_SOURCE_SCENARIO, its_scenario(), 0, 1,
	    strcpy(p.proxy.tenant, "a/b"));
	PART(STORED_SOURCE_SCENARIO, its_scenario(), 0, 0, ); /* too many */
	PART(STORED_SOURCE_SCENARIO, its_scenario(), 1, 1, ); /* too early */
}

static void
lies_about_order(void)
{
	struct source_state source = a_source(), other = a_source();
	struct source_scenario scenario = its_scenario();
	struct source_text text = its_text();
	struct stored_proxy row = a_row();

	other.id++;
	DO(lie(MSG_STORED_SOURCE_TEXT, &text));
	DO(lie(MSG_STORED_SOURCE_SCENARIO, &scenario));
	DO(goes_on_with(MSG_STORED_SOURCE, &source, source));
	DO(goes_on_with(MSG_STORED_SOURCE, &other, source)); /* by name */
	DO(goes_on_with(MSG_STORED_SOURCE, &other, one_of(1, 0)));
	DO(goes_on_with(MSG_STORED_PROXY, &row, one_of(1, 0)));
	DO(goes_on_with(MSG_STORED_PROXY, &row, one_of(0, 1)));
	DO(source = one_of(1, 0); lie(MSG_STORED_SOURCE, &source);
	    answer(asked, an_answer()));
	DO(goes_on_with(MSG_STORED_SOURCE_SCENARIO, &scenario, one_of(0, 2));
	    lie(MSG_STORED_SOURCE_SCENARIO, &scenario));
}

/* Most come behind a good row. */
static void
first_row(void)
{
	struct stored_proxy first = row_of("first");

	if (lie_is_to_come())
		tell(MSG_STORED_PROXY, 0, &first);
}

void
rows_at_load(void)
{
	struct halt halt = a_halt();
	struct stored_proxy row = a_row();
	struct toxic_create toxic = its_row();
	struct source_state source = a_source();

	lies_about_sources();
	lies_about_parts();
	lies_about_order();
	first_row();
	DO(lie(MSG_STORED_SOURCE, &source)); /* too late */
	NAMES(STORED_PROXY, a_row(), spec.key.name);
	TENANTS(STORED_PROXY, a_row(), spec.key.tenant);
	ENDPOINTS(STORED_PROXY, a_row(), spec.listen);
	ENDPOINTS(STORED_PROXY, a_row(), spec.upstream);
	LIE(STORED_PROXY, a_row(), strcpy(p.given, "\xff"));
	LIE(STORED_PROXY, a_row(), memset(p.given, 'x', sizeof(p.given)));
	LIE(STORED_PROXY, a_row(), p.spec.enabled = 2);
	LIE(STORED_PROXY, a_row(), p.spec.enabled = 1;
	    p.spec.listen = endpoint("db:1"));
	LIE(STORED_PROXY, a_row(), p.spec.enabled = 1;
	    p.spec.listen = endpoint("db"));
	NAMES(STORED_TOXIC, its_row(), proxy.name);
	TENANTS(STORED_TOXIC, its_row(), proxy.tenant);
	LIE(STORED_TOXIC, its_row(), strcpy(p.proxy.tenant, "a"));
	TOXICS_OF(STORED_TOXIC, its_row(), spec);
	NAMES(STORED_TOKEN, its_token(), name);
	NAMES(STORED_TOKEN, its_token(), tenant);
	LIE(STORED_TOKEN, its_token(), p.role = CALLER_ROLES);
	LIE(STORED_TOKEN, its_token(), p.expires = -1);
	LIE(STORED_TOKEN, its_token(), p.last_used = -1);
	LIE(STORED_TOKEN, its_token(), p.is_stored = 0);
	LIE(STORED_TOKEN, its_token(), p.is_stored = 2);
	TENANTS(STORED_HALT, a_halt(), tenant);
	LIE(STORED_HALT, a_halt(), strcpy(p.tenant, "**"));
	DO(tell(MSG_STORED_HALT, 0, &halt); tell(MSG_STORED_HALT, 0, &halt));
	DO(tell(MSG_STORED_PROXY, asked, &row));
	DO(lie(MSG_STORED_PROXY, &row); lie(MSG_STORED_PROXY, &row));
	DO(lie(MSG_STORED_PROXY, &row); lie(MSG_STORED_TOXIC, &toxic));
	DO(lie(MSG_STORED_TOXIC, &toxic); lie(MSG_STORED_TOXIC, &toxic));
	lies_in_answers();
}

void
rows_at_sync(void)
{
	struct stored_proxy row = a_row();
	struct toxic_create toxic = its_row();
	struct source_state source = a_source();
	struct source_scenario scenario = its_scenario();
	struct source_text text = its_text();
	struct store_result good = an_answer();

	DO(lie(MSG_STORED_PROXY, &row));
	DO(lie(MSG_STORED_TOXIC, &toxic));
	DO(lie(MSG_STORED_SOURCE, &source));
	DO(lie(MSG_STORED_SOURCE_TEXT, &text));
	DO(lie(MSG_STORED_SOURCE_SCENARIO, &scenario));
	DO(answer(asked, good); answer(asked, good));
	lies_in_answers();
}
