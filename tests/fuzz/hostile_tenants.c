/* SPDX-License-Identifier: ISC */
/*
 * An apid that asks for whom it likes.  Each line of the file "says" beside it
 * is one request: the token to name ("-": nobody), for the request of how many
 * later (0: this one), its type, and the tenant ("-": that without a name) and
 * the name of its proxy.  What ctld answers, it writes to the file "answers".
 * In place of a token there may be a descriptor to pass: "fd:channel", see
 * descriptor_of().
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

/* ---- what it has been given, and what it can make */

static int listener = -1, socket_fd = -1, client = -1;

/* As serve(), and keeps what it is to accept on. */
static void
serve_both(void)
{
	char control[CMSG_SPACE(sizeof(int))];
	struct packet p = { .type = MSG_NONE };
	struct iovec iov = { &p, sizeof(p) };
	struct msghdr mh;
	int *kept;

	say_ready();
	while (p.type != MSG_API_LISTENER) {
		mh = (struct msghdr){ .msg_iov = &iov,
			.msg_iovlen = 1,
			.msg_control = control,
			.msg_controllen = sizeof(control) };
		if (recvmsg(CHAN_FD, &mh, 0) <= 0)
			exit(1);
		kept = p.type == MSG_API_SOCKET ? &socket_fd : &listener;
		if (CMSG_FIRSTHDR(&mh) != NULL)
			memcpy(
			    kept, CMSG_DATA(CMSG_FIRSTHDR(&mh)), sizeof(*kept));
	}
	say_zeros(MSG_API_SERVES, 0);
}

static int
accept_client(void)
{
	if (client == -1) {
		(void)fcntl(socket_fd, F_SETFL, 0);
		client = accept(socket_fd, NULL, NULL);
	}
	return client;
}

/* Of whoever has left: it is there until that one has. */
static int
left_client(void)
{
	int fd = accept_client();
	char byte;

	while (recv(fd, &byte, 1, 0) > 0)
		continue;
	return fd;
}

/* Of its own making: it has no filter here. */
static int
half_of(int type)
{
	int pair[2];

	return socketpair(AF_UNIX, type, 0, pair) == 0 ? pair[0] : -1;
}

static int
descriptor_of(const char *what)
{
	if (strcmp(what, "channel") == 0)
		return CHAN_FD;
	if (strcmp(what, "listener") == 0)
		return listener;
	if (strcmp(what, "socket") == 0)
		return socket_fd;
	if (strcmp(what, "client") == 0)
		return accept_client();
	if (strcmp(what, "left") == 0)
		return left_client();
	if (strcmp(what, "stream") == 0)
		return half_of(SOCK_STREAM);
	if (strcmp(what, "packets") == 0)
		return half_of(SOCK_SEQPACKET);
	if (strcmp(what, "null") == 0)
		return STDIN_FILENO;
	return -1;
}

static void
name_caller(const struct line *l, uint32_t id)
{
	struct packet p = { .type = MSG_API_CALLER,
		.id = id + (uint32_t)l->later };
	struct api_caller c = { .request_id = "" };

	if (strcmp(l->token, "-") == 0)
		return;
	if (strncmp(l->token, "fd:", 3) == 0) {
		memcpy(p.payload, &c, sizeof(c));
		say(&p, HEADER + sizeof(c), descriptor_of(l->token + 3), 0);
		return;
	}
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

/* Its toxic comes behind it, whatever becomes of it. */
static void
ask_profile(enum msg_type type, uint32_t id, const struct line *l)
{
	struct proxy_profile p = {
		.proxy = l->key, .ntoxics = 1, .name = "bad"
	};
	struct toxic_spec spec;

	toxic_spec_init(&spec, TOXIC_LATENCY);
	snprintf(spec.name, sizeof(spec.name), "bad-%u", id);
	(void)toxic_owner_set(&spec, "profile:bad");
	tell(type, id, &p);
	tell(MSG_PROXY_CREATE_TOXIC, id, &spec);
}

/* Likewise, though it may have none. */
static void
ask_scenario(enum msg_type type, uint32_t id, const struct line *l)
{
	struct scenario_spec s = { .proxy = l->key,
		.name = "bad",
		.nsteps = 1,
		.durations = { 60000 } };

	snprintf(s.name, sizeof(s.name), "bad-%u", id);
	tell(type, id, &s);
}

static void
ask_scenario_delete(enum msg_type type, uint32_t id, const struct line *l)
{
	struct scenario_name n = { .name = "s" };

	memcpy(n.proxy.tenant, l->key.tenant, sizeof(n.proxy.tenant));
	tell(type, id, &n);
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

static void
ask_session(enum msg_type type, uint32_t id, const struct line *l)
{
	struct session_ref ref = { .id.bytes = { 1 } };

	memcpy(ref.tenant, l->key.tenant, sizeof(ref.tenant));
	tell(type, id, &ref);
}

static void
ask_halt(enum msg_type type, uint32_t id, const struct line *l)
{
	struct halt h = { .tenant = "" };

	snprintf(h.tenant, sizeof(h.tenant), "%s", l->key.tenant);
	tell(type, id, &h);
}

/* A document of that tenant, with a proxy of this one. */
static void
say_document(uint32_t id, const char *tenant, const struct proxy_key *key)
{
	const struct source_text text = { .n = 2, .bytes = "{}" };
	struct desired_put put = { .size = 2, .nproxies = 1 };
	struct proxy_create p = { .spec = { .key = *key } };

	snprintf(put.of.tenant, sizeof(put.of.tenant), "%s", tenant);
	snprintf(put.source, sizeof(put.source), "bad-%u", id);
	snprintf(put.generation, sizeof(put.generation), "1");
	p.spec.listen = endpoint("127.0.0.1:0");
	p.spec.upstream = endpoint("127.0.0.66:6");
	tell(MSG_DESIRED_PUT, id, &put);
	tell(MSG_DESIRED_TEXT, id, &text);
	tell(MSG_DESIRED_PROXY, id, &p);
}

static void
ask_document(enum msg_type type, uint32_t id, const struct line *l)
{
	(void)type;
	say_document(id, l->key.tenant, &l->key);
}

/* Of a tenant that he may speak for, with what is another's. */
static void
ask_document_of_a(enum msg_type type, uint32_t id, const struct line *l)
{
	(void)type;
	say_document(id, "a", &l->key);
}

static void
ask_source(enum msg_type type, uint32_t id, const struct line *l)
{
	struct desired_show show = { .source = "s" };

	snprintf(show.of.tenant, sizeof(show.of.tenant), "%s", l->key.tenant);
	tell(type, id, &show);
}

/* By whoever's token it was, or nobody's. */
static void
tell_refusal(enum msg_type type, uint32_t id, const struct line *l)
{
	struct api_refused r = { .why = REFUSAL_WRONG_TOKEN, .times = 1 };

	if (strcmp(l->token, "-") != 0)
		memcpy(r.by.token, l->token, strlen(l->token));
	snprintf(
	    r.request, sizeof(r.request), "GET /proxies/%.64s", l->key.name);
	snprintf(r.tenant, sizeof(r.tenant), "%s", l->key.tenant);
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
	{ "PROXY_PROFILE", MSG_PROXY_PROFILE, ask_profile },
	{ "SCENARIO_CREATE", MSG_SCENARIO_CREATE, ask_scenario },
	{ "SCENARIO_DELETE", MSG_SCENARIO_DELETE, ask_scenario_delete },
	{ "TOXIC_CREATE", MSG_TOXIC_CREATE, ask_toxic_create },
	{ "TOXIC_UPDATE", MSG_TOXIC_UPDATE, ask_toxic_update },
	{ "TOXIC_DELETE", MSG_TOXIC_DELETE, ask_toxic_delete },
	{ "LEASE_RENEW", MSG_LEASE_RENEW, ask_renewal },
	{ "SESSION_OPEN", MSG_SESSION_OPEN, ask_session },
	{ "SESSION_RENEW", MSG_SESSION_RENEW, ask_session },
	{ "SESSION_GONE", MSG_SESSION_GONE, ask_session },
	{ "DESIRED_PUT", MSG_DESIRED_PUT, ask_document },
	{ "DESIRED_OF_A", MSG_DESIRED_PUT, ask_document_of_a },
	{ "DESIRED_SHOW", MSG_DESIRED_SHOW, ask_source },
	{ "HALT", MSG_HALT, ask_halt },
	{ "RESUME", MSG_RESUME, ask_halt },
	{ "API_REFUSED", MSG_API_REFUSED, tell_refusal },
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

	serve_both();
	for (id = 1; read_line(says, &l) == 0; id++) {
		ask_one(id, &l);
		fprintf(answers, "%u\n", wait_for_answer(id));
	}
	fputs("end\n", answers);
	for (;;) /* it is ended */
		(void)wait_for_answer(0);
}
