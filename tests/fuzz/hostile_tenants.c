/* SPDX-License-Identifier: ISC */
/*
 * An apid that asks for whom it likes.  Each line of the file "says" beside it
 * is one request: the token to name ("-": nobody), for the request of how many
 * later (0: this one), its type, and the tenant ("-": that without a name) and
 * the name of its proxy.  What ctld answers, it writes to the file "answers".
 */

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "hostile_lies.h"

struct line {
	char token[TOKEN_TEXT_MAX + 1], type[32];
	int later;
	struct proxy_key key;
};

/* 0, or -1: there is none any more. */
static int
read_line(FILE *f, struct line *l)
{
	*l = (struct line){ .later = 0 };
	if (fscanf(f, "%511s %d %31s %63s %255s", l->token, &l->later, l->type,
		l->key.tenant, l->key.name) != 5)
		return -1;
	if (strcmp(l->key.tenant, "-") == 0)
		memset(l->key.tenant, 0, sizeof(l->key.tenant));
	return 0;
}

static void
name_caller(const struct line *l, uint32_t id)
{
	struct api_caller c = { .request_id = "" };

	if (strcmp(l->token, "-") == 0)
		return;
	memcpy(c.token, l->token, strlen(l->token));
	tell(MSG_API_CALLER, id + (uint32_t)l->later, &c);
}

static void
ask_create(enum msg_type type, uint32_t id, const struct line *l)
{
	struct proxy_create p = { .spec = { .key = l->key } };

	p.spec.listen = endpoint("127.0.0.1:0");
	p.spec.upstream = endpoint("127.0.0.66:6");
	tell(type, id, &p);
}

static void
ask_update(enum msg_type type, uint32_t id, const struct line *l)
{
	struct proxy_update u = { .key = l->key, .has_upstream = 1 };

	u.upstream = endpoint("127.0.0.66:6");
	tell(type, id, &u);
}

static void
ask_key(enum msg_type type, uint32_t id, const struct line *l)
{
	tell(type, id, &l->key);
}

static void
ask_toxic_create(enum msg_type type, uint32_t id, const struct line *l)
{
	struct toxic_create t = { .proxy = l->key };

	toxic_spec_init(&t.spec, TOXIC_LATENCY);
	snprintf(t.spec.name, sizeof(t.spec.name), "bad-%u", id);
	tell(type, id, &t);
}

static void
ask_toxic_update(enum msg_type type, uint32_t id, const struct line *l)
{
	struct toxic_update u = { .proxy = l->key, .has_toxicity = 1 };

	toxic_spec_init(&u.spec, TOXIC_LATENCY);
	snprintf(u.spec.name, sizeof(u.spec.name), "t");
	u.spec.toxicity = 0.25;
	tell(type, id, &u);
}

static void
ask_toxic_delete(enum msg_type type, uint32_t id, const struct line *l)
{
	struct toxic_name n = { .proxy = l->key, .name = "t" };

	tell(type, id, &n);
}

static void
ask_renewal(enum msg_type type, uint32_t id, const struct line *l)
{
	struct lease_renewal r = { .of = { .proxy = l->key }, .lease = 60000 };

	tell(type, id, &r);
}

static const struct question {
	const char *name;
	enum msg_type type;
	void (*ask)(enum msg_type, uint32_t id, const struct line *);
} questions[] = {
	{ "PROXY_CREATE", MSG_PROXY_CREATE, ask_create },
	{ "PROXY_POPULATE", MSG_PROXY_POPULATE, ask_create },
	{ "PROXY_UPDATE", MSG_PROXY_UPDATE, ask_update },
	{ "PROXY_DELETE", MSG_PROXY_DELETE, ask_key },
	{ "PROXY_RESET", MSG_PROXY_RESET, ask_key },
	{ "PROXY_AWAIT", MSG_PROXY_AWAIT, ask_key },
	{ "TOXIC_CREATE", MSG_TOXIC_CREATE, ask_toxic_create },
	{ "TOXIC_UPDATE", MSG_TOXIC_UPDATE, ask_toxic_update },
	{ "TOXIC_DELETE", MSG_TOXIC_DELETE, ask_toxic_delete },
	{ "LEASE_RENEW", MSG_LEASE_RENEW, ask_renewal },
};

static void
ask_one(uint32_t id, const struct line *l)
{
	const struct question *q = questions;

	while (strcmp(q->name, l->type) != 0)
		q++;
	name_caller(l, id);
	q->ask(q->type, id, l);
}

/* Its code; whoever is killed for what it asks never has one. */
static uint32_t
wait_for_answer(uint32_t id)
{
	struct packet p;
	struct answer a;

	for (;;) {
		if (recv(CHAN_FD, &p, sizeof(p), 0) <= 0)
			exit(1);
		if (p.type == MSG_PING)
			say_zeros(MSG_PONG, p.id);
		if (p.type == MSG_ANSWER && p.id == id)
			break;
	}
	memcpy(&a, p.payload, sizeof(a));
	return a.code;
}

static FILE *
must_open(const char *name, int flags, const char *mode)
{
	int fd = mode_open(name, flags);
	FILE *f = fd != -1 ? fdopen(fd, mode) : NULL;

	if (f == NULL)
		exit(2);
	setlinebuf(f);
	return f;
}

void
act_for_others(void)
{
	FILE *says = must_open("says", O_RDONLY, "r");
	FILE *answers = must_open("answers", O_WRONLY | O_APPEND, "a");
	struct line l;
	uint32_t id;

	serve();
	for (id = 1; read_line(says, &l) == 0; id++) {
		ask_one(id, &l);
		fprintf(answers, "%u\n", wait_for_answer(id));
	}
	fputs("end\n", answers);
	for (;;) /* it is ended */
		(void)wait_for_answer(0);
}
