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

/* The lie comes behind a good row. */
void
rows_begin_load(void)
{
	struct stored_proxy first = row_of("first");

	say_ready();
	wait_for(MSG_STORE_LOAD);
	tell(MSG_STORED_PROXY, 0, &first);
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

void
rows_at_load(void)
{
	struct halt halt = a_halt();
	struct stored_proxy row = a_row();
	struct toxic_create toxic = its_row();

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
	struct store_result good = an_answer();

	DO(lie(MSG_STORED_PROXY, &row));
	DO(lie(MSG_STORED_TOXIC, &toxic));
	DO(answer(asked, good); answer(asked, good));
	lies_in_answers();
}
