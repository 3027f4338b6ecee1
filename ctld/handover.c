/* SPDX-License-Identifier: ISC */
/*
 * What a ctld hands to the next one in an upgrade: the truth, and the workers
 * with their sessions.  What toxid keeps meanwhile, listeners and channels, has
 * its id there.  It is written to a memory file, read in the trial, and again
 * when toxid is the new one.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "child.h"
#include "due.h"
#include "endpoint.h"
#include "handed_toxic.h"
#include "handover.h"
#include "heritage.h"
#include "leases.h"
#include "listen.h"
#include "msg.h"
#include "nitems.h"
#include "options.h"
#include "proxies.h"
#include "proxy_spec.h"
#include "restarts.h"
#include "state.h"
#include "store.h"
#include "toxic_spec.h"

struct saved_head {
	char magic[8];
	uint32_t format, msg_version;
	uint32_t nproxies, nworkers;
	uint32_t api;              /* toxid's id of its listener */
	uint32_t store_is_durable; /* the file said so, at the start */
	uint32_t next_proxy_id, next_serial, last_line;
	uint64_t started;
	int64_t seed;
	struct restarts restarts[ROLE_MAX];
	struct store_result store_result;
};

/* Bytes, for what the rest of a start takes: its tables are half of it. */
#define ROOM (1 << 19)

static const char magic[8] = "ctld.\n";

struct saved_proxy {
	uint32_t id;
	char given[ENDPOINT_TEXT_MAX + 1];
	struct proxy_spec spec;
	uint32_t listener; /* toxid's id; 0: it has none */
	uint32_t ntoxics;  /* so many follow, each behind its length */
	uint64_t config_print;
	struct restarts restarts;
	int64_t restart_delay, restart_at, bind_at, dial_failed_at;
	struct counters earlier;
};

struct saved_worker {
	uint32_t id;       /* toxid's */
	uint32_t state;    /* enum child_state */
	uint32_t proxy_id; /* 0: it is retired */
	uint32_t retired_from;
	int64_t started, pong_by, ping_at;
	uint64_t lent, lent_keep, borrows;
	struct vitals vitals;
	struct counters counters;
};

/* ---- save */

/* 0, or -1: as soon as one could not be written. */
static int
put(int fd, const void *bytes, size_t n)
{
	return write(fd, bytes, n) == (ssize_t)n ? 0 : -1;
}

static int
save_head(int fd)
{
	struct saved_head h;
	const struct child *c;

	memset(&h, 0, sizeof(h));
	memcpy(h.magic, magic, sizeof(h.magic));
	h.format = HANDOVER_FORMAT;
	h.msg_version = MSG_VERSION;
	h.nproxies = ctld.nproxies;
	TAILQ_FOREACH (c, &ctld.children, entry)
		h.nworkers++;
	h.api = listen_id(ctld.api_fd);
	h.store_is_durable = (uint32_t)options_are_durable(&ctld.options);
	h.next_proxy_id = ctld.next_proxy_id;
	h.next_serial = ctld.next_serial;
	h.last_line = ctld.last_line;
	h.started = ctld.started;
	h.seed = ctld.options.seed;
	memcpy(h.restarts, ctld.restarts, sizeof(h.restarts));
	h.store_result = ctld.store.result;
	return put(fd, &h, sizeof(h));
}

static int
save_toxic(int fd, const struct toxic_spec *spec)
{
	uint8_t bytes[sizeof(uint32_t) + HANDED_TOXIC_MAX];
	uint32_t n = (uint32_t)handed_toxic_pack(
	    spec, bytes + sizeof(n), HANDED_TOXIC_MAX);

	if (n == 0) {
		errno = EMSGSIZE;
		return -1;
	}
	memcpy(bytes, &n, sizeof(n));
	return put(fd, bytes, sizeof(n) + n);
}

static int
save_proxy(int fd, const struct proxy *p)
{
	struct saved_proxy s;
	const struct toxic *t;

	memset(&s, 0, sizeof(s));
	s.id = p->id;
	memcpy(s.given, p->given, sizeof(s.given));
	memcpy(s.spec.name, p->name, sizeof(s.spec.name));
	s.spec.listen = p->listen;
	s.spec.upstream = p->upstream;
	s.spec.enabled = (uint8_t)p->enabled;
	s.listener = listen_id(p->listen_fd);
	s.ntoxics = p->ntoxics;
	s.config_print = p->config_print;
	s.restarts = p->restarts;
	s.restart_delay = p->restart_delay;
	s.restart_at = p->restart_at;
	s.bind_at = p->bind_at;
	s.dial_failed_at = p->dial_failed_at;
	s.earlier = p->earlier;
	if (put(fd, &s, sizeof(s)) == -1)
		return -1;
	TAILQ_FOREACH (t, &p->toxics, entry) {
		if (save_toxic(fd, t->spec) == -1)
			return -1;
	}
	return 0;
}

static int
save_worker(int fd, const struct child *c)
{
	struct saved_worker s;

	memset(&s, 0, sizeof(s));
	s.id = c->id;
	s.state = c->state;
	s.proxy_id = c->proxy != NULL ? c->proxy->id : 0;
	s.retired_from = c->retired_from;
	s.started = c->started;
	s.pong_by = c->pong_by;
	s.ping_at = c->ping_at;
	s.lent = c->lent;
	s.lent_keep = c->lent_keep;
	s.borrows = c->borrows;
	s.vitals = c->vitals;
	s.counters = c->counters;
	return put(fd, &s, sizeof(s));
}

/* All there is.  0, or -1 and errno. */
int
handover_save(int fd)
{
	const struct proxy *p;
	const struct child *c;

	if (save_head(fd) == -1)
		return -1;
	TAILQ_FOREACH (p, &ctld.proxies, entry) {
		if (save_proxy(fd, p) == -1)
			return -1;
	}
	TAILQ_FOREACH (c, &ctld.children, entry) {
		if (save_worker(fd, c) == -1)
			return -1;
	}
	return 0;
}

/* ---- load */

static int
get(int fd, void *bytes, size_t n)
{
	return read(fd, bytes, n) == (ssize_t)n ? 0 : -1;
}

/*
 * The file is believed, but not to be whole: what it says of proxies and toxics
 * has to be what a message could say, so that a mistake of one program does not
 * go on in the next.
 */
#define SOUND(type_, tag)                                   \
	static int tag##_is_sound(const struct tag *p)      \
	{                                                   \
		struct msg m = { .type = type_, .fd = -1 }; \
                                                            \
		m.len = msg_length(type_, p);               \
		if (m.len > sizeof(*p))                     \
			return 0;                           \
		memcpy(&m.payload, p, m.len);               \
		return msg_check(&m) == 0;                  \
	}
SOUND(MSG_PROXY_CREATE, proxy_create)
SOUND(MSG_RELAY_TOXIC_ADD, toxic_spec)
SOUND(MSG_STORED, store_result)
#undef SOUND

/* An earlier toxid kept no more of a bound address than the address. */
static void
complete(struct endpoint *e)
{
	if (e->literal && e->host[0] == '\0')
		endpoint_of_address(e, &e->address);
}

static int
proxy_is_sound(const struct saved_proxy *s)
{
	struct proxy_create create = { .spec = s->spec };

	create.ntoxics = s->ntoxics;
	return s->id != 0 && memchr(s->given, '\0', sizeof(s->given)) != NULL &&
	    proxy_create_is_sound(&create) && proxy_find(s->spec.name) == NULL;
}

static int
load_toxic(int fd, struct toxic_spec *spec)
{
	uint8_t bytes[HANDED_TOXIC_MAX];
	uint32_t n;

	return get(fd, &n, sizeof(n)) == 0 && n <= sizeof(bytes) &&
		get(fd, bytes, n) == 0 &&
		handed_toxic_unpack(spec, bytes, n) == 0 &&
		toxic_spec_is_sound(spec)
	    ? 0
	    : -1;
}

static int
load_toxics(int fd, struct proxy *p, uint32_t n)
{
	struct toxic_spec spec;

	while (n-- > 0) {
		if (load_toxic(fd, &spec) == -1 ||
		    proxy_toxic_find(p, spec.name) != NULL ||
		    proxy_toxic_add(p, &spec) == NULL)
			return -1;
	}
	return 0;
}

static int
load_proxy(int fd, int is_trial)
{
	struct saved_proxy s;
	struct proxy *p;

	if (get(fd, &s, sizeof(s)) == -1)
		return -1;
	complete(&s.spec.listen);
	if (!proxy_is_sound(&s) || (p = proxy_new(&s.spec)) == NULL)
		return -1;
	proxy_enter(p, NULL);
	p->id = s.id;
	memcpy(p->given, s.given, sizeof(p->given));
	p->enabled = s.spec.enabled;
	p->listen_fd = is_trial ? -1 : heritage_listener(s.listener);
	p->is_lent = 1;
	p->config_print = s.config_print;
	p->restarts = s.restarts;
	p->restart_delay = s.restart_delay;
	p->restart_at = s.restart_at;
	p->bind_at = s.bind_at;
	proxy_due(p);
	p->dial_failed_at = s.dial_failed_at;
	p->earlier = s.earlier;
	return load_toxics(fd, p, s.ntoxics);
}

static struct proxy *
proxy_of_id(uint32_t id)
{
	struct proxy *p;

	TAILQ_FOREACH (p, &ctld.proxies, entry) {
		if (p->id == id)
			break;
	}
	return p;
}

/* One that was a proxy's has none any more; all others have one, alone. */
static int
worker_is_sound(const struct saved_worker *s)
{
	const struct proxy *p = proxy_of_id(s->proxy_id);

	if (s->state == CHILD_RETIRED)
		return p == NULL;
	return (s->state == CHILD_STARTING || s->state == CHILD_RUNNING) &&
	    p != NULL && p->worker == NULL;
}

static int
load_worker(int fd, int is_trial)
{
	struct priv_taken taken;
	struct saved_worker s;
	struct child *c;
	int channel;

	if (get(fd, &s, sizeof(s)) == -1)
		return -1;
	if (is_trial)
		return 0; /* there are others than workers, still */
	if (!worker_is_sound(&s))
		return -1;
	if ((channel = heritage_child(s.id, &taken)) == -1)
		return 0; /* it has died meanwhile: the next one is assigned */
	c = child_adopt(&taken, channel, (enum child_state)s.state);
	if (c == NULL)
		return -1;
	c->is_dismissed = c->state == CHILD_RETIRED;
	c->retired_from = s.retired_from;
	c->started = s.started;
	c->pong_by = s.pong_by;
	c->ping_at = s.ping_at;
	lease_adopt(c, s.lent, s.borrows);
	c->lent_keep = s.lent_keep;
	c->vitals = s.vitals;
	c->counters = s.counters;
	if ((c->proxy = proxy_of_id(s.proxy_id)) != NULL)
		c->proxy->worker = c;
	child_due(c);
	return 0;
}

static void
take_head(const struct saved_head *h)
{
	struct store *s = &ctld.store;

	s->result = h->store_result;
	s->is_loaded = s->is_populated = 1;
	if (h->store_is_durable)
		ctld.options.durability = "full";
	ctld.next_serial = h->next_serial;
	ctld.last_line = h->last_line;
	ctld.started = h->started;
	ctld.options.seed = h->seed;
	memcpy(ctld.restarts, h->restarts, sizeof(ctld.restarts));
}

/*
 * The last that a trial does: is there room for what it has not taken, too?
 * After the exec there is no way back.  0, or -1.
 */
static int
try_room(uint32_t nworkers)
{
	/* volatile: a compiler may take it that there is always some */
	void *volatile room = malloc(nworkers * sizeof(struct child) + ROOM);

	free(room);
	return room != NULL ? 0 : -1;
}

/* 0, or -1: it is no such file, or one of another format. */
int
handover_load(int fd, int is_trial, uint32_t *msg_version)
{
	struct saved_head h;
	uint32_t i;

	if (lseek(fd, 0, SEEK_SET) == -1 || get(fd, &h, sizeof(h)) == -1 ||
	    memcmp(h.magic, magic, sizeof(h.magic)) != 0 ||
	    h.format != HANDOVER_FORMAT || h.nproxies > MAX_PROXIES ||
	    !store_result_is_sound(&h.store_result))
		return -1;
	*msg_version = h.msg_version;
	take_head(&h);
	if (!is_trial) {
		heritage_open();
		ctld.api_fd = heritage_listener(h.api);
	}
	for (i = 0; i < h.nproxies; i++) {
		if (load_proxy(fd, is_trial) == -1)
			return -1;
	}
	ctld.next_proxy_id = h.next_proxy_id;
	for (i = 0; i < h.nworkers; i++) {
		if (load_worker(fd, is_trial) == -1)
			return -1;
	}
	if (is_trial)
		return try_room(h.nworkers);
	heritage_close();
	return 0;
}
