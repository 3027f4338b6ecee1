/* SPDX-License-Identifier: ISC */
/* The truth, as parts of the journal's records. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "child.h"
#include "due.h"
#include "endpoint.h"
#include "handed_toxic.h"
#include "journal.h"
#include "listen.h"
#include "log.h"
#include "msg.h"
#include "options.h"
#include "proxies.h"
#include "proxy_spec.h"
#include "restarts.h"
#include "state.h"
#include "store.h"
#include "toxic_spec.h"
#include "truth.h"

enum part {
	PART_HEAD = 1, /* of no proxy */
	PART_PROXY,    /* as it is from here on, with its toxics */
	PART_GONE,     /* the proxy of that id */
	PART_RETIRED
};

/*
 * A worker may speak of a line that an earlier ctld had given it: no line of
 * ours has its number.  What is saved of it is old by a few thousand.
 */
#define LINES_APART (1U << 24)

struct saved_head {
	uint32_t format, msg_version;
	uint32_t api;              /* toxid's id of its listener; 0: none yet */
	uint32_t store_is_durable; /* the file said so, at the start */
	uint32_t is_populated;     /* the file has nothing more to say */
	uint32_t next_proxy_id, last_line, unused;
	uint64_t started;
	int64_t seed;
	struct restarts restarts[ROLE_MAX];
	struct store_result store_result;
};

/* Its toxics follow, each behind its length. */
struct saved_proxy {
	uint32_t id;
	uint32_t listener, worker; /* toxid's ids; 0: it has none */
	uint32_t ntoxics;
	struct proxy_spec spec;
	char given[ENDPOINT_TEXT_MAX + 1];
	uint64_t config_print;
	struct restarts restarts;
	int64_t restart_delay, restart_at, bind_at, dial_failed_at;
	struct counters earlier;
};

/* ---- written */

static int is_open, head_is_dirty;

void
truth_proxy_changed(struct proxy *p)
{
	if (p->is_dirty || p->id == 0)
		return;
	p->is_dirty = 1;
	TAILQ_INSERT_TAIL(&ctld.dirty, p, dirty);
}

void
truth_proxy_gone(struct proxy *p)
{
	if (p->is_dirty)
		TAILQ_REMOVE(&ctld.dirty, p, dirty);
	p->is_dirty = 0;
	if (is_open && p->id != 0)
		journal_add(PART_GONE, &p->id, sizeof(p->id));
}

void
truth_retired(const struct child *c)
{
	const struct retired r = { c->id, c->retired_from, c->lent };

	if (is_open)
		journal_add(PART_RETIRED, &r, sizeof(r));
}

void
truth_changed(void)
{
	head_is_dirty = 1;
}

static void
add_head(void)
{
	struct saved_head h;

	memset(&h, 0, sizeof(h));
	h.format = TRUTH_FORMAT;
	h.msg_version = MSG_VERSION;
	h.api = listen_id(ctld.api_fd);
	h.store_is_durable = (uint32_t)options_are_durable(&ctld.options);
	h.is_populated = !ctld.has_file;
	h.next_proxy_id = ctld.next_proxy_id;
	h.last_line = ctld.last_line;
	h.started = ctld.started;
	h.seed = ctld.options.seed;
	memcpy(h.restarts, ctld.restarts, sizeof(h.restarts));
	h.store_result = ctld.store.result;
	journal_add(PART_HEAD, &h, sizeof(h));
	head_is_dirty = 0;
}

static void
fill(struct saved_proxy *s, const struct proxy *p)
{
	memset(s, 0, sizeof(*s));
	s->id = p->id;
	memcpy(s->given, p->given, sizeof(s->given));
	memcpy(s->spec.name, p->name, sizeof(s->spec.name));
	s->spec.listen = p->listen;
	s->spec.upstream = p->upstream;
	s->spec.enabled = (uint8_t)p->enabled;
	s->listener = listen_id(p->listen_fd);
	s->worker = p->worker != NULL ? p->worker->id : 0;
	s->ntoxics = p->ntoxics;
	s->config_print = p->config_print;
	s->restarts = p->restarts;
	s->restart_delay = p->restart_delay;
	s->restart_at = p->restart_at;
	s->bind_at = p->bind_at;
	s->dial_failed_at = p->dial_failed_at;
	s->earlier = p->earlier;
}

/* The largest part: so much, and all toxics that a proxy may have. */
#define TOXIC_ROOM (sizeof(uint32_t) + HANDED_TOXIC_MAX)
#define PROXY_ROOM(ntoxics) (sizeof(struct saved_proxy) + (ntoxics)*TOXIC_ROOM)

static void
add_proxy(const struct proxy *p)
{
	static uint8_t bytes[PROXY_ROOM(PROXY_TOXICS_MAX)];
	struct saved_proxy s;
	const struct toxic *t;
	uint8_t *to = bytes + sizeof(s);
	uint32_t n;

	fill(&s, p);
	memcpy(bytes, &s, sizeof(s));
	TAILQ_FOREACH (t, &p->toxics, entry) {
		n = (uint32_t)handed_toxic_pack(
		    t->spec, to + sizeof(n), HANDED_TOXIC_MAX);
		if (n == 0)
			fatalx("%s: %s: %s", __func__, p->name, t->spec->name);
		memcpy(to, &n, sizeof(n));
		to += sizeof(n) + n;
	}
	journal_add(PART_PROXY, bytes, (size_t)(to - bytes));
}

static void
add_all(void)
{
	const struct proxy *p;
	const struct child *c;

	add_head();
	TAILQ_FOREACH (p, &ctld.proxies, entry)
		add_proxy(p);
	TAILQ_FOREACH (c, &ctld.children, entry) {
		if (c->state == CHILD_RETIRED)
			truth_retired(c);
	}
}

int
truth_reserve(size_t nproxies, size_t ntoxics)
{
	return journal_reserve(
	    nproxies * (PROXY_ROOM(0) + 64) + ntoxics * TOXIC_ROOM);
}

void
truth_commit(void)
{
	struct proxy *p;

	if (!is_open)
		return;
	if (head_is_dirty)
		add_head();
	while ((p = TAILQ_FIRST(&ctld.dirty)) != NULL) {
		TAILQ_REMOVE(&ctld.dirty, p, dirty);
		p->is_dirty = 0;
		add_proxy(p);
	}
	journal_commit();
}

void
truth_open(const int journals[JOURNALS])
{
	(void)journal_open(journals);
	journal_compact_by(add_all);
	journal_compact();
	is_open = 1;
}

/* ---- read */

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

static struct saved_head head;
static struct retired *retired;
static size_t nretired;

static int
load_head(const uint8_t *bytes, size_t n)
{
	if (n != sizeof(head))
		return -1;
	memcpy(&head, bytes, n);
	return head.format == TRUTH_FORMAT &&
		store_result_is_sound(&head.store_result)
	    ? 0
	    : -1;
}

static int
proxy_is_sound(const struct saved_proxy *s)
{
	struct proxy_create create = { .spec = s->spec };
	const struct proxy *p = proxy_find(s->spec.name);

	create.ntoxics = s->ntoxics;
	if (create.spec.upstream.text[0] == '\0') /* it was taken away */
		create.spec.upstream = create.spec.listen;
	return s->id != 0 && memchr(s->given, '\0', sizeof(s->given)) != NULL &&
	    proxy_create_is_sound(&create) && (p == NULL || p->id == s->id);
}

static int
load_toxics(struct proxy *p, uint32_t ntoxics, const uint8_t *from, size_t left)
{
	struct toxic_spec spec;
	uint32_t n;

	for (; ntoxics > 0; ntoxics--) {
		if (left < sizeof(n))
			return -1;
		memcpy(&n, from, sizeof(n));
		from += sizeof(n);
		left -= sizeof(n);
		if (n > left || n > HANDED_TOXIC_MAX ||
		    handed_toxic_unpack(&spec, from, n) == -1 ||
		    !toxic_spec_is_sound(&spec) ||
		    proxy_toxic_find(p, spec.name) != NULL ||
		    proxy_toxic_add(p, &spec) == NULL)
			return -1;
		from += n;
		left -= n;
	}
	return left == 0 ? 0 : -1;
}

static struct proxy *
proxy_for(const struct saved_proxy *s)
{
	struct proxy *p = proxy_find(s->spec.name);

	if (p != NULL) {
		while (!TAILQ_EMPTY(&p->toxics))
			proxy_toxic_remove(p, TAILQ_FIRST(&p->toxics));
		return p;
	}
	if ((p = proxy_new(&s->spec)) != NULL)
		proxy_enter(p, NULL);
	return p;
}

static int
load_proxy(const uint8_t *bytes, size_t n)
{
	struct saved_proxy s;
	struct proxy *p;

	if (n < sizeof(s))
		return -1;
	memcpy(&s, bytes, sizeof(s));
	if (!proxy_is_sound(&s) || (p = proxy_for(&s)) == NULL)
		return -1;
	p->id = s.id;
	p->listen = s.spec.listen;
	p->upstream = s.spec.upstream;
	memcpy(p->given, s.given, sizeof(p->given));
	p->enabled = s.spec.enabled;
	p->is_lent = 1;
	p->was.listener = s.listener;
	p->was.worker = s.worker;
	p->config_print = s.config_print;
	p->restarts = s.restarts;
	p->restart_delay = s.restart_delay;
	p->restart_at = s.restart_at;
	p->bind_at = s.bind_at;
	p->dial_failed_at = s.dial_failed_at;
	p->earlier = s.earlier;
	proxy_due(p);
	return load_toxics(p, s.ntoxics, bytes + sizeof(s), n - sizeof(s));
}

static int
load_gone(const uint8_t *bytes, size_t n)
{
	struct proxy *p;
	uint32_t id;

	if (n != sizeof(id))
		return -1;
	memcpy(&id, bytes, n);
	TAILQ_FOREACH (p, &ctld.proxies, entry) {
		if (p->id == id)
			break;
	}
	if (p != NULL) /* else it went before it was written */
		proxy_remove(p);
	return 0;
}

static int
load_retired(const uint8_t *bytes, size_t n)
{
	struct retired *more;

	if (n != sizeof(*more) ||
	    (more = reallocarray(retired, nretired + 1, n)) == NULL)
		return -1;
	retired = more;
	memcpy(&retired[nretired++], bytes, n);
	return 0;
}

static int
load_part(uint32_t type, const void *bytes, size_t n)
{
	switch (type) {
	case PART_HEAD:
		return load_head(bytes, n);
	case PART_PROXY:
		return load_proxy(bytes, n);
	case PART_GONE:
		return load_gone(bytes, n);
	case PART_RETIRED:
		return load_retired(bytes, n);
	default:
		return -1;
	}
}

static void
take_head(void)
{
	struct store *s = &ctld.store;

	s->result = head.store_result;
	s->is_loaded = 1;
	s->is_populated = (int)head.is_populated;
	if (head.store_is_durable)
		ctld.options.durability = "full";
	ctld.had_api = head.api;
	ctld.last_line = head.last_line + LINES_APART;
	ctld.started = head.started;
	ctld.options.seed = head.seed;
	memcpy(ctld.restarts, head.restarts, sizeof(ctld.restarts));
}

int
truth_load(const int journals[JOURNALS], uint32_t *msg_version)
{
	struct proxy *p;

	is_open = 0;
	if (journal_open(journals) == -1)
		return 0;
	if (journal_read(load_part) == -1 || head.format == 0)
		return -1;
	take_head();
	*msg_version = head.msg_version;
	ctld.next_proxy_id = head.next_proxy_id;
	TAILQ_FOREACH (p, &ctld.proxies, entry) {
		if (p->id > ctld.next_proxy_id)
			ctld.next_proxy_id = p->id;
	}
	return 1;
}

const struct retired *
truth_retired_workers(size_t *n)
{
	*n = nretired;
	return retired;
}

void
truth_loaded(void)
{
	free(retired);
	retired = NULL;
	nretired = 0;
	memset(&head, 0, sizeof(head));
}
