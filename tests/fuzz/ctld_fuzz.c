/* SPDX-License-Identifier: ISC */
/*
 * ctld among children that say anything at any time, close their channels, die
 * and are stopped, or do their work; the clock is the input's, the loop ctld's
 * own.  It stays up, its truth is whole, what is stored is the truth, each of
 * its log lines is one, and of toxid it has nothing that it does not use.  See
 * puppets.h for what is not ctld's.
 */

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agenda.h"
#include "agreed.h"
#include "api.h"
#include "change.h"
#include "changes.h"
#include "child.h"
#include "child_watch.h"
#include "children.h"
#include "clock.h"
#include "desired.h"
#include "dispatch.h"
#include "dispatch_resolvd.h"
#include "drain.h"
#include "event_ring.h"
#include "give_up.h"
#include "halting.h"
#include "inquiries.h"
#include "kept.h"
#include "leases.h"
#include "listen.h"
#include "loop.h"
#include "mode.h"
#include "nitems.h"
#include "output.h"
#include "packet.h"
#include "pending.h"
#include "prepare.h"
#include "proxies.h"
#include "puppets.h"
#include "quota.h"
#include "reload.h"
#include "requests.h"
#include "restarts.h"
#include "roles.h"
#include "source_load.h"
#include "sources.h"
#include "spares.h"
#include "state.h"
#include "store.h"
#include "store_tell.h"
#include "takeover.h"
#include "truth.h"
#include "truth_load.h"
#include "truth_save.h"
#include "upgrade.h"
#include "workers.h"

/* Two workers at their most want all of it. */
#define WORKER_MAX (1 << 22)
#define LENDABLE (3 << 21)

static int log_fd; /* what it wrote */
static int is_logfmt;

/*
 * stored has said what no honest one does: there may be anything in the truth
 * that was loaded, and until it has all been said anew the two may differ.
 */
static int store_lied, loads_noise;

/* A process that ends: what it leaves is cleared away. */
static jmp_buf given_up;
static int has_given_up;

void
give_up(const char *why)
{
	must(*why != '\0');
	must(store_is_used() && !store.is_loaded);
	has_given_up = 1;
	longjmp(given_up, 1);
}

/* ---- its log */

static void
check_line(const char *line, size_t len)
{
	json_t *json;
	size_t i;

	if (is_logfmt) {
		must(memcmp(line, "time=", 5) == 0);
		for (i = 0; i < len; i++)
			must((unsigned char)line[i] >= ' ');
		return;
	}
	json = json_loadb(line, len, 0, NULL);
	must(json != NULL);
	json_decref(json);
}

static void
check_log(void)
{
	static char text[128 * 1024];
	ssize_t n = read(log_fd, text, sizeof(text));
	const char *at = text, *end;

	while (n > 0 && (end = memchr(at, '\n', (size_t)n)) != NULL) {
		check_line(at, (size_t)(end - at));
		n -= end + 1 - at;
		at = end + 1;
	}
	must(n <= 0); /* lines are written whole: the pipe has room */
}

/* ---- what holds at any time */

static int
is_child(const struct child *c)
{
	const struct child *other;

	TAILQ_FOREACH (other, &children.all, entry) {
		if (other == c)
			return 1;
	}
	return 0;
}

static void
check_proxy(const struct proxy *p)
{
	const struct toxic *t;
	struct toxic_fault fault;
	unsigned int n = 0;

	must(proxy_find(&p->key) == p && p->key.name[0] != '\0');
	must(p->worker == NULL ||
	    (is_child(p->worker) && p->worker->proxy == p));
	must(p->worker == NULL || p->listen_fd != -1);
	must(p->listen_fd == -1 || listen_id(p->listen_fd) != 0);
	/* enabled, without a worker: then one will come */
	must(p->worker != NULL || p->listen_fd == -1 ||
	    p->restart_at != CLOCK_NEVER || mode.is_draining ||
	    mode.is_upgrading);
	TAILQ_FOREACH (t, &p->toxics, entry) {
		must(proxy_toxic_find(p, t->spec->name) == t);
		must(toxic_spec_check(t->spec, &fault) == 0);
		n++;
	}
	must(n == p->ntoxics && n <= PROXY_TOXICS_MAX);
	must(!p->is_new && (p->storing == NULL || p->storing->proxy == p));
}

static void
check_kept_proxy(const struct proxy *p)
{
	const struct kept_proxy *k = kept_find(&p->key);
	const struct kept_toxic *kt;
	const struct toxic *t;

	must(k != NULL);
	must(strcmp(k->p.listen, p->listen.text) == 0);
	must(strcmp(k->p.given, p->given) == 0);
	must(strcmp(k->p.upstream, p->upstream.text) == 0);
	must(k->p.enabled == p->enabled);
	must(connect_equal(&k->p.connect, &p->connect));
	must(k->p.config_print == p->config_print);
	must(k->p.source == p->source);
	must(k->ntoxics == p->ntoxics);
	kt = TAILQ_FIRST(&k->toxics);
	TAILQ_FOREACH (t, &p->toxics, entry) {
		must(memcmp(&kt->spec, t->spec, toxic_spec_size(t->spec)) == 0);
		kt = TAILQ_NEXT(kt, entry);
	}
}

/* When nothing is under way, the copy is the truth. */
static void
check_kept(void)
{
	const struct store *s = &store;
	const struct kept_proxy *k;
	const struct proxy *p;

	if (!store_is_used() || !s->is_synced || s->serial != 0 ||
	    !TAILQ_EMPTY(&store.storing) || store_lied)
		return;
	TAILQ_FOREACH (p, &proxies.all, entry) {
		if (!p->is_left_out)
			check_kept_proxy(p);
	}
	TAILQ_FOREACH (k, &kept, entry)
		must(proxy_find(&k->p.key) != NULL);
}

/* Each waits for something that comes to an end. */
static void
check_changes(void)
{
	const struct change *ch;

	TAILQ_FOREACH (ch, &store.storing, entry)
		must(ch->deadline != CLOCK_NEVER &&
		    (ch->request->is_of_tenant ||
			(ch->request->is_of_all ? pending.whole
						: ch->proxy->storing) == ch));
	TAILQ_FOREACH (ch, &pending.queued, entry)
		must(change_has_to_wait(pending_queued(change_key(ch))));
}

/* Nobody is waited for without an end. */
static void
check_child(const struct child *c)
{
	must(c->state != CHILD_STARTING || c->pong_by != CLOCK_NEVER);
	must(c->proxy == NULL || c->proxy->worker == c);
	must(TAILQ_EMPTY(&c->waiting) ||
	    TAILQ_FIRST(&c->waiting)->deadline != CLOCK_NEVER);
	must(c->role != ROLE_RELAYD || TAILQ_EMPTY(&c->inquiry.waiting) ||
	    c->state == CHILD_KILLED ||
	    TAILQ_FIRST(&c->inquiry.waiting)->deadline <=
		puppet_now + NS_PER_S);
}

static void
check(void)
{
	const struct child *c;
	const struct change *ch;
	const struct proxy *p;
	unsigned int n = 0, replaced = 0;
	uint64_t lent = 0;

	TAILQ_FOREACH (p, &proxies.all, entry) {
		check_proxy(p);
		n++;
	}
	TAILQ_FOREACH (ch, &store.storing, entry) {
		n += ch->made != NULL; /* it is to be */
		replaced += ch->made != NULL && ch->made != ch->proxy;
	}
	must(n == proxies.n);
	must(loads_noise ||
	    n - replaced <= (unsigned int)ctld.options.max_proxies);
	TAILQ_FOREACH (c, &children.all, entry) {
		check_child(c);
		lent += c->lent;
	}
	must(lent == leases.lent && lent <= LENDABLE);
	must(children.apid == NULL || is_child(children.apid));
	must(children.diald == NULL || is_child(children.diald));
	must(children.resolvd == NULL || is_child(children.resolvd));
	must(children.stored == NULL || is_child(children.stored));
	must(!mode.quit || mode.is_draining || ctld.options.drain == 0);
	check_changes();
	check_kept();
	check_log();
}

/* ---- what a child hears */

static void
remember(struct puppet *p, uint32_t id)
{
	if (id != 0 && p->nasked < nitems(p->asked))
		p->asked[p->nasked++] = id;
}

/* What ctld says is well-formed. */
static void
hear(struct puppet *p)
{
	struct msg m;
	int r;

	while ((r = chan_receive(&p->chan, &m)) == 1) {
		msg_drop(&m);
		if (p->role == ROLE_STORED)
			kept_hear(&m);
		if (m.type == MSG_RELAY_HALT || m.type == MSG_RELAY_RESUME)
			chan_send_nothing(&p->chan, MSG_RELAY_HALTED, m.id);
		else if (m.type == MSG_RELAY_ASSIGN)
			p->assignment = msg_get_relay_assign(&m)->assignment;
		else if (m.type == MSG_RELAY_ASK || m.type == MSG_RELAY_OWN_ASK)
			p->wants_page = m.id;
		else if (p->role != ROLE_APID && m.type != MSG_PING)
			remember(p, m.id);
	}
	must(r == 0 || errno == EPIPE);
}

static uint32_t
recall(struct puppet *p)
{
	uint32_t id;

	if (p->nasked == 0)
		return 0;
	id = p->asked[0];
	p->nasked--;
	memmove(p->asked, p->asked + 1, p->nasked * sizeof(p->asked[0]));
	return id;
}

/* ---- what a child says or does */

static void
noise(struct puppet *p, struct input *in)
{
	if (p->role == ROLE_STORED)
		store_lied = loads_noise = 1;
	packet_random(in, p->chan.fd);
}

static void
say_ready(struct puppet *p, struct input *in)
{
	struct ready ready = { .version = MSG_VERSION };

	(void)in;
	chan_send(&p->chan, MSG_READY, 0, &ready, -1);
}

static void
say_pong(struct puppet *p, struct input *in)
{
	struct vitals vitals = { .cpu_us = (uint64_t)puppet_now };

	(void)in;
	chan_send(&p->chan, MSG_PONG, 0, &vitals, -1);
}

/* A key and a value, with anything in them. */
static void
say_log(struct puppet *p, struct input *in)
{
	struct log_record record = { .level = LOG_INFO };
	char key[64], value[128];
	int n;

	input_text(in, record.message, sizeof(record.message) - 1);
	input_text(in, key, sizeof(key) - 1);
	input_text(in, value, sizeof(value) - 1);
	n = snprintf(record.fields, sizeof(record.fields), "%c%s%c%s",
	    (input_byte(in) & 1) != 0 ? 's' : 'n', key, '\0', value);
	record.fields_len = (uint32_t)n + 1;
	chan_send(&p->chan, MSG_LOG, 0, &record, -1);
}

/* All that it keeps. */
static void
say_kept(struct puppet *p)
{
	const struct kept_proxy *k;
	const struct kept_toxic *t;
	struct toxic_create create;
	struct stored_proxy sp;

	TAILQ_FOREACH (k, &kept, entry) {
		memset(&sp, 0, sizeof(sp));
		sp.config_print = k->p.config_print;
		sp.source = k->p.source;
		sp.spec.key = k->p.key;
		must(endpoint_split(&sp.spec.listen, k->p.listen) == 0);
		must(endpoint_split(&sp.spec.upstream, k->p.upstream) == 0);
		memcpy(sp.given, k->p.given, sizeof(sp.given));
		sp.spec.enabled = k->p.enabled;
		sp.spec.connect = k->p.connect;
		chan_send(&p->chan, MSG_STORED_PROXY, 0, &sp, -1);
		TAILQ_FOREACH (t, &k->toxics, entry) {
			create.proxy = k->p.key;
			create.spec = t->spec;
			chan_send(&p->chan, MSG_STORED_TOXIC, 0, &create, -1);
		}
	}
}

/* It has kept what it was to keep, or not. */
static void
say_stored(struct puppet *p, uint8_t how)
{
	struct store_result result = { .code = STORE_OK };
	uint32_t id = recall(p);

	if (how >= 192) {
		result.code = how % STORE_CODE_MAX;
		snprintf(result.why, sizeof(result.why), "the disk is wet");
	}
	if (!store.is_loaded) {
		result.is_populated = !TAILQ_EMPTY(&kept);
		result.event_block = how;
		say_kept(p);
	}
	if (kept_answered(id, result.code == STORE_OK))
		store_lied = 0;
	chan_send(&p->chan, MSG_STORED, id, &result, -1);
}

static void
say_config_end(struct puppet *p, uint8_t how)
{
	struct config_end end = { .is_bad = how >= 192 };

	snprintf(end.why, sizeof(end.why), "%s", end.is_bad ? "no JSON" : "");
	chan_send(&p->chan, MSG_CONFIG_END, 0, &end, -1);
}

static void
say_done(struct puppet *p, struct input *in)
{
	uint8_t how = input_byte(in);
	struct lookup_result result = { .error = how & 15 };

	switch (p->role) {
	case ROLE_RELAYD:
		chan_send_nothing(&p->chan, MSG_RELAY_DONE, recall(p));
		return;
	case ROLE_STORED:
		say_stored(p, how);
		return;
	case ROLE_CONFIG:
		say_config_end(p, how);
		return;
	default:
		break;
	}
	if (result.error >= ENDPOINT_ERROR_MAX)
		result.error = ENDPOINT_OK;
	if (result.error == ENDPOINT_OK) {
		result.n = 1;
		result.addresses[0].family = 4;
		result.addresses[0].port = input_byte(in) & 15;
	}
	chan_send(&p->chan, MSG_LOOKED_UP, recall(p), &result, -1);
}

static void
say_toxic_counted(struct puppet *p, struct input *in)
{
	struct toxic_counted counted = { .nth = input_byte(in) & 7 };

	counted.counts.hits = input_byte(in);
	chan_send(&p->chan, MSG_RELAY_TOXIC_COUNTED, 0, &counted, -1);
}

static void
say_counters(struct puppet *p, struct input *in)
{
	struct counters counters;

	input_bytes(in, &counters, sizeof(counters));
	counters.received[0] += counters.sent[0]; /* as it has to be */
	counters.received[1] += counters.sent[1];
	say_toxic_counted(p, in);
	chan_send(&p->chan, MSG_RELAY_COUNTERS,
	    (input_byte(in) & 1) != 0 ? DRAIN_ID : 0, &counters, -1);
}

static void
say_lease(struct puppet *p, struct input *in)
{
	struct relay_bytes bytes = { .bytes = input_byte(in) };

	bytes.bytes <<= 15;
	chan_send(&p->chan,
	    (bytes.bytes & 1 << 15) != 0 ? MSG_RELAY_BORROW : MSG_RELAY_RETURN,
	    0, &bytes, -1);
}

static void
close_channel(struct puppet *p, struct input *in)
{
	(void)in;
	chan_close(&p->chan);
}

static void
exit_or_stop(struct puppet *p, struct input *in)
{
	uint8_t how = input_byte(in);

	if ((how & 1) == 0)
		puppet_die(p, how & 0x7e);
	else if ((how & 2) == 0)
		puppet_stop(p);
	else
		chan_close(&p->chan);
}

/* ---- what apid asks */

static void
key_of(struct input *in, struct proxy_key *key)
{
	static const char *const names[] = { "a", "b", "c", "" };
	uint8_t which = input_byte(in);

	strcpy(key->name, names[which % nitems(names)]);
	if (which >= 0xe0)
		strcpy(key->tenant, "a");
}

/* What an honest apid makes of a text; now and then it lies about one. */
static void
endpoint_of(struct input *in, struct endpoint *e)
{
	static const char *const before[] = { "127.0.0.1:", "[::1]:", ":",
		"name:", "[0::1]:", "none" };
	uint8_t how = input_byte(in);
	char text[32];

	snprintf(
	    text, sizeof(text), "%s%u", before[how % nitems(before)], how >> 4);
	must(endpoint_split(e, text) == 0);
	if (how == 255)
		e->address.ip[0] ^= 1;
}

/* All that it has asked has been read. */
static uint32_t
next_request(void)
{
	return children.apid->asked_id + 1;
}

static void
send_create(struct puppet *p, struct input *in, enum msg_type type, uint32_t id)
{
	struct proxy_create create = { .ntoxics = 0 };
	struct config_proxy placed = { .line = 1 };
	uint8_t how = input_byte(in);
	struct toxic_spec spec;
	uint32_t i;

	key_of(in, &create.spec.key);
	endpoint_of(in, &create.spec.listen);
	endpoint_of(in, &create.spec.upstream);
	create.spec.enabled = (how & 3) != 0;
	if ((how & 128) != 0)
		packet_connect_spec(in, &create.spec.connect);
	create.ntoxics = how >> 2 & 3;
	placed.create = create;
	if (type == MSG_CONFIG_PROXY)
		chan_send(&p->chan, type, id, &placed, -1);
	else
		chan_send(&p->chan, type, id, &create, -1);
	for (i = 0; i < create.ntoxics; i++) {
		if (packet_toxic(in, &spec) == 0)
			chan_send(
			    &p->chan, MSG_PROXY_CREATE_TOXIC, id, &spec, -1);
	}
}

static void
ask_create(struct puppet *p, struct input *in)
{
	send_create(p, in, MSG_PROXY_CREATE, next_request());
}

static void
ask_populate(struct puppet *p, struct input *in)
{
	send_create(p, in, MSG_PROXY_POPULATE, next_request());
}

static void
say_config_proxy(struct puppet *p, struct input *in)
{
	send_create(p, in, MSG_CONFIG_PROXY, ++p->nproxies);
}

static void
say_config_rule(struct puppet *p, struct input *in)
{
	struct policy_rule r = { .number = input_byte(in) };

	r.list = input_byte(in) % RULE_LISTS;
	r.kind = input_byte(in) % RULE_KINDS;
	if (r.kind == RULE_NAME)
		r.name[0] = 'x';
	chan_send(&p->chan, MSG_CONFIG_RULE, 0, &r, -1);
}

static void
say_config_clients(struct puppet *p, struct input *in)
{
	struct proxy_clients c;

	memset(&c, 0, sizeof(c));
	c.key.name[0] = (char)('a' + input_byte(in) % 4);
	c.clients.n = 1 + input_byte(in) % CLIENT_RULES_MAX;
	c.clients.rules[0].last = UINT16_MAX;
	if (c.clients.n > 1) /* else it may be malformed */
		c.clients.n = input_byte(in) % 2 ? 1 : c.clients.n;
	chan_send(&p->chan, MSG_CONFIG_PROXY_CLIENTS, 0, &c, -1);
}

static void
say_config_done(struct puppet *p, struct input *in)
{
	say_config_end(p, input_byte(in));
}

static void
say_serves(struct puppet *p, struct input *in)
{
	(void)in;
	chan_send_nothing(&p->chan, MSG_API_SERVES, 0);
}

/* It finishes, and gives one back. */
static void
say_client(struct puppet *p, struct input *in)
{
	struct nothing nothing = { 0 };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)in;
	must(fd != -1);
	chan_send(&p->chan, MSG_API_CLIENT, 0, &nothing, fd);
}

static void
ask_update(struct puppet *p, struct input *in)
{
	struct proxy_update update = { .has_listen = 0 };
	uint8_t how = input_byte(in);

	key_of(in, &update.key);
	update.has_listen = how & 1;
	update.has_upstream = how >> 1 & 1;
	update.has_enabled = how >> 2 & 1;
	update.enabled = how >> 3 & 1;
	update.enabled &= update.has_enabled;
	if (update.has_listen)
		endpoint_of(in, &update.listen);
	if (update.has_upstream)
		endpoint_of(in, &update.upstream);
	update.has_connect = how >> 4 & 1;
	if (update.has_connect)
		packet_connect_spec(in, &update.connect);
	chan_send(&p->chan, MSG_PROXY_UPDATE, next_request(), &update, -1);
}

static void
ask_delete_or_reset(struct puppet *p, struct input *in)
{
	struct proxy_key name = { .name = "" };

	key_of(in, &name);
	chan_send(&p->chan,
	    (input_byte(in) & 1) != 0 ? MSG_PROXY_RESET : MSG_PROXY_DELETE,
	    next_request(), &name, -1);
}

/* Of one of two names, or none; a toxic may lack. */
static void
ask_profile(struct puppet *p, struct input *in)
{
	struct proxy_profile profile = { .ntoxics = input_byte(in) % 3 };
	const uint32_t id = next_request();
	struct toxic_spec spec;
	uint32_t i;

	key_of(in, &profile.proxy);
	if (profile.ntoxics > 0)
		profile.name[0] = (char)('a' + input_byte(in) % 2);
	chan_send(&p->chan, MSG_PROXY_PROFILE, id, &profile, -1);
	for (i = 0; i < profile.ntoxics; i++) {
		if (packet_toxic(in, &spec) == -1)
			continue;
		(void)toxic_owner_set(
		    &spec, profile.name[0] == 'a' ? "profile:a" : "profile:b");
		chan_send(&p->chan, MSG_PROXY_CREATE_TOXIC, id, &spec, -1);
	}
}

/* Of two steps, the second of which may have a toxic. */
static void
ask_scenario(struct puppet *p, struct input *in)
{
	struct scenario_spec s = { .name = "s", .nsteps = 2 };
	const uint32_t id = next_request();
	struct scenario_name name = { .name = "s" };
	struct connect_spec c = { .mode = CONNECT_USUAL };
	struct toxic_spec spec;

	key_of(in, &s.proxy);
	s.id[0] = name.id[0] = input_byte(in) & 1 ? 'a' : 'b';
	s.loops = input_byte(in) & 1;
	s.durations[0] = 1 + input_byte(in);
	s.durations[1] = 1;
	if (input_byte(in) & 1)
		c.mode = CONNECT_REFUSE;
	must(scenario_connect_set(&s, 1, &c) == 0);
	s.lossless[1] = input_byte(in) & 1;
	if ((input_byte(in) & 3) == 0) {
		memcpy(
		    name.proxy.tenant, s.proxy.tenant, sizeof(s.proxy.tenant));
		chan_send(&p->chan, MSG_SCENARIO_DELETE, id, &name, -1);
		return;
	}
	s.ntoxics = packet_toxic(in, &spec) == 0;
	chan_send(&p->chan, MSG_SCENARIO_CREATE, id, &s, -1);
	if (s.ntoxics == 0)
		return;
	(void)toxic_owner_set(&spec, "scenario:s:1");
	chan_send(&p->chan, MSG_PROXY_CREATE_TOXIC, id, &spec, -1);
}

/* Its proxies, one of which may lack, or be there twice. */
static void
say_wanted(struct puppet *p, struct input *in, uint32_t id, uint32_t n)
{
	struct scenario_spec s = {
		.name = "s", .nsteps = 1, .durations = { 1000 }
	};
	struct toxic_spec spec;
	struct proxy_create create;

	for (; n > 0; n--) {
		memset(&create, 0, sizeof(create));
		key_of(in, &create.spec.key);
		endpoint_of(in, &create.spec.listen);
		endpoint_of(in, &create.spec.upstream);
		create.spec.enabled = input_byte(in) & 1;
		create.ntoxics = packet_toxic(in, &spec) == 0;
		chan_send(&p->chan, MSG_DESIRED_PROXY, id, &create, -1);
		if (create.ntoxics > 0)
			chan_send(&p->chan, MSG_DESIRED_TOXIC, id, &spec, -1);
		s.proxy = create.spec.key;
	}
	if (input_byte(in) & 1)
		chan_send(&p->chan, MSG_DESIRED_SCENARIO, id, &s, -1);
}

/* Of one of two sources, which may want nothing, or go. */
static void
ask_desired(struct puppet *p, struct input *in)
{
	const struct source_text text = { .n = 2, .bytes = "{}" };
	struct desired_put put = { .generation = "1" };
	const uint8_t how = input_byte(in);
	const uint32_t id = next_request();

	put.source[0] = (char)('a' + (how & 1));
	put.has_believed = how >> 1 & 1;
	put.is_forced = how >> 2 & 1;
	put.believed[0] = '1';
	put.is_removal = (how >> 3 & 3) == 3;
	if (put.is_removal) {
		put.generation[0] = '\0';
	} else {
		put.size = 2;
		put.nproxies = how >> 5 & 3;
		put.nscenarios = how >> 7;
	}
	chan_send(&p->chan, MSG_DESIRED_PUT, id, &put, -1);
	if (put.is_removal)
		return;
	chan_send(&p->chan, MSG_DESIRED_TEXT, id, &text, -1);
	say_wanted(p, in, id, put.nproxies);
}

static void
show_desired(struct puppet *p, struct input *in)
{
	struct desired_show show = { .is_of_all = input_byte(in) & 1 };

	if (!show.is_of_all)
		show.source[0] = (char)('a' + input_byte(in) % 2);
	chan_send(&p->chan, MSG_DESIRED_SHOW, next_request(), &show, -1);
}

static void
ask_toxic_create(struct puppet *p, struct input *in)
{
	struct toxic_create create = { .proxy = { .name = "" } };

	key_of(in, &create.proxy);
	if (packet_toxic(in, &create.spec) == 0)
		chan_send(
		    &p->chan, MSG_TOXIC_CREATE, next_request(), &create, -1);
}

static void
ask_toxic_update(struct puppet *p, struct input *in)
{
	struct toxic_update update = { .has_toxicity = 0 };

	key_of(in, &update.proxy);
	update.values_given = input_byte(in);
	update.has_toxicity = input_byte(in) & 1;
	(void)packet_toxic(in, &update.spec);
	update.spec.toxicity *= 2;
	chan_send(&p->chan, MSG_TOXIC_UPDATE, next_request(), &update, -1);
}

static void
ask_toxic_delete(struct puppet *p, struct input *in)
{
	struct toxic_name name = { .name = "" };

	key_of(in, &name.proxy);
	name.name[0] = (char)('a' + input_byte(in) % 4);
	chan_send(&p->chan, MSG_TOXIC_DELETE, next_request(), &name, -1);
}

/* Of the proxy, or a toxic; some are so short that they end in this run. */
static void
ask_lease(struct puppet *p, struct input *in)
{
	struct lease_renewal r = { .lease = input_byte(in) - 1 };
	unsigned int which = input_byte(in) % 8;

	key_of(in, &r.of.proxy);
	if (which < 4)
		r.of.name[0] = (char)('a' + which);
	chan_send(&p->chan, MSG_LEASE_RENEW, next_request(), &r, -1);
}

/* So few that they are found again. */
static struct session_id
session_of(struct input *in)
{
	struct session_id id = { .bytes = { 0 } };

	id.bytes[0] = input_byte(in) % 4;
	return id;
}

static void
ask_session(struct puppet *p, struct input *in)
{
	static const enum msg_type types[] = { MSG_SESSION_OPEN,
		MSG_SESSION_RENEW, MSG_SESSION_GONE };
	enum msg_type type = types[input_byte(in) % nitems(types)];
	struct session_ref ref = { .id = session_of(in) };

	if ((input_byte(in) & 1) != 0)
		ref.tenant[0] = 'a';
	if (session_id_is_none(&ref.id))
		ref.id.bytes[1] = 1;
	chan_send(&p->chan, type, next_request(), &ref, -1);
}

static void
ask_token(struct puppet *p, struct input *in)
{
	struct credential c = { .tenant = "a", .name = "t", .is_stored = 1 };
	struct token_name name = { .tenant = "a", .name = "t" };
	struct api_refused refused = { .times = 1 };

	c.digest.bytes[0] = input_byte(in);
	c.role = input_byte(in) % CALLER_ROLES;
	if ((c.digest.bytes[0] & 1) != 0)
		chan_send(&p->chan, MSG_TOKEN_CREATE, next_request(), &c, -1);
	else if ((c.digest.bytes[0] & 2) != 0)
		chan_send(
		    &p->chan, MSG_TOKEN_DELETE, next_request(), &name, -1);
	else if ((c.digest.bytes[0] & 4) != 0)
		chan_send(
		    &p->chan, MSG_API_REFUSED, next_request(), &refused, -1);
	else
		chan_send(&p->chan, MSG_API_TOKEN_USED, 0, &c.digest, -1);
}

static void
ask_halt(struct puppet *p, struct input *in)
{
	static const char *const names[] = { "", "a", "b", HALT_OF_ALL };
	uint8_t which = input_byte(in);
	struct halt h = { .tenant = "" };

	snprintf(h.tenant, sizeof(h.tenant), "%s", names[which & 3]);
	chan_send(&p->chan, which & 4 ? MSG_RESUME : MSG_HALT, next_request(),
	    &h, -1);
}

static void
ask_events(struct puppet *p, struct input *in)
{
	static const char *const names[] = { "", "a", "b", "c" };
	uint8_t which = input_byte(in);
	struct event_question q = { .after = input_byte(in) };

	if (which & 4)
		q.after += event_ring_next_block() * EVENT_BLOCK - EVENT_BLOCK;
	if (which & 8)
		q.of.is_of_all = 1;
	else
		snprintf(
		    q.of.tenant, sizeof(q.of.tenant), "%s", names[which & 3]);
	chan_send(&p->chan, MSG_EVENTS_READ, which + 1U, &q, -1);
}

static void
say_halted(struct puppet *p, struct input *in)
{
	chan_send_nothing(&p->chan, MSG_RELAY_HALTED, input_byte(in) % 4);
}

/* ---- sessions of proxies */

static void
ask_sessions(struct puppet *p, struct input *in)
{
	uint8_t how = input_byte(in);
	struct sessions_ask asked = { .proxy = { .name = "" } };

	key_of(in, &asked.proxy);
	asked.ask.wish = how % SESSION_WISHES;
	asked.ask.states = how >> 4;
	chan_send(&p->chan,
	    asked.ask.wish < WISH_CLOSE ? MSG_PROXY_SESSIONS
					: MSG_PROXY_SESSION_END,
	    next_request(), &asked, -1);
}

static void
ask_own_toxic(struct puppet *p, struct input *in)
{
	static const enum msg_type types[] = { MSG_OWN_TOXIC_CREATE,
		MSG_OWN_TOXIC_UPDATE, MSG_OWN_TOXIC_DELETE };
	struct own_toxic own = { .of = { .ask = { .number = 0 } } };
	const uint8_t how = input_byte(in) % nitems(types);

	key_of(in, &own.of.proxy);
	own.of.ask.wish = WISH_OWN_ADD + how;
	own.of.ask.assignment = 1;
	if (packet_toxic(in, &own.spec) == -1)
		return;
	own.spec.lease = 0;
	if (own.of.ask.wish == WISH_OWN_REMOVE)
		memset((uint8_t *)&own.spec + sizeof(own.spec.name), 0,
		    sizeof(own.spec) - sizeof(own.spec.name));
	chan_send(&p->chan, types[how], next_request(), &own, -1);
}

/* Mostly what it was asked. */
static void
say_page(struct puppet *p, struct input *in)
{
	uint8_t how = input_byte(in);
	struct toxic_work work = { .name = "t", .kind = 1 };
	struct session_page page = { .assignment = p->assignment };
	struct session_ended ended = { .assignment = p->assignment };
	struct toxic_spec own = { .name = "t", .kind = TOXIC_NOOP };

	page.outcome = (how & 3) == 3 ? OWN_EXISTS : OWN_DONE;
	if ((how & 5) == 5)
		chan_send(
		    &p->chan, MSG_RELAY_OWN_TOXIC, p->wants_page, &own, -1);
	page.assignment += (how & 7) == 7;
	page.n = how >> 3 & 1;
	page.next = how >> 4 & 3;
	if ((how & 64) != 0)
		chan_send(
		    &p->chan, MSG_RELAY_TOXIC_WORK, p->wants_page, &work, -1);
	if ((how & 32) != 0)
		chan_send(&p->chan, MSG_RELAY_ENDED, p->wants_page, &ended, -1);
	if (p->wants_page != 0 || (how & 128) != 0)
		chan_send(&p->chan, MSG_RELAY_PAGE,
		    p->wants_page != 0 ? p->wants_page : 1, &page, -1);
	p->wants_page = 0;
}

/* Mostly what an honest one may say. */
static void
say_ended_now(struct puppet *p, struct input *in)
{
	const uint8_t how = input_byte(in);
	struct session_ended ended = { .assignment = p->assignment,
		.sessions = how >> 5,
		.end = input_byte(in) % END_MAX,
		.are_several = how >> 4 & 1 };

	ended.assignment += (how & 7) == 7;
	if ((how & 8) != 0)
		ended.dial = (struct dial_result){ .error = ENDPOINT_SYSTEM,
			.sys_errno = input_byte(in) };
	memcpy(ended.toxic, "t", 2);
	chan_send(&p->chan, MSG_RELAY_ENDED_NOW, 0, &ended, -1);
}

/* ---- diald, and who speaks with it */

static void
say_offender(struct puppet *p, struct input *in)
{
	chan_send_nothing(&p->chan, MSG_DIAL_OFFENDER, input_byte(in) % 8);
}

static void
say_dialer_bad(struct puppet *p, struct input *in)
{
	chan_send_nothing(&p->chan, MSG_RELAY_DIALER_BAD, input_byte(in) % 8);
}

static void
say_program_lost(struct puppet *p, struct input *in)
{
	(void)in;
	chan_send_nothing(&p->chan, MSG_RELAY_PROGRAM_LOST, 0);
}

/* ---- a turn */

typedef void say_fn(struct puppet *, struct input *);
static say_fn *const of_all[] = { noise, say_ready, say_pong, say_log, say_done,
	say_counters, close_channel, exit_or_stop, say_ready, say_done,
	say_lease, say_dialer_bad, say_halted, say_page, say_page,
	say_ended_now, say_program_lost };
static say_fn *const of_apid[] = { ask_create, ask_update, ask_delete_or_reset,
	ask_toxic_create, ask_toxic_update, ask_toxic_delete, ask_populate,
	say_serves, say_client, ask_create, ask_token, ask_lease, ask_session,
	ask_halt, ask_desired, ask_sessions, ask_desired, ask_events,
	ask_profile, ask_own_toxic, show_desired, ask_scenario };
static say_fn *const of_stored[] = { say_done, say_ready, say_done, say_done };
static say_fn *const of_config[] = { say_config_proxy, say_ready,
	say_config_done, say_config_proxy, say_config_rule,
	say_config_clients };
static say_fn *const of_diald[] = { say_ready, say_offender };
static say_fn *const of_resolvd[] = { say_done, say_ready };

/* Half a second at most: a longer pause is forgiven to all. */
static void
time_passes(struct input *in)
{
	puppet_now += input_byte(in) * 2 * NS_PER_MS;
}

static struct puppet *
some_puppet(struct input *in)
{
	struct puppet *p = &puppets[input_byte(in) % 8];

	return p->id != 0 && !p->has_died && p->chan.fd != -1 ? p : NULL;
}

static struct puppet *
puppet_of(enum role role)
{
	struct puppet *p;

	for (p = puppets; p < puppets + PUPPETS_MAX; p++) {
		if (p->id != 0 && !p->has_died && p->role == role &&
		    (p->chan.fd != -1 || role == ROLE_CTLD))
			return p;
	}
	return NULL;
}

/*
 * As far as it comes to something at once: what is only remembered would be of
 * the next input.
 */
static void
signal_comes(struct input *in)
{
	static const int statuses[] = { 40, 41, 1 }; /* see upgrade.c */
	struct puppet *trial = puppet_of(ROLE_CTLD);
	uint8_t what = input_byte(in);
	int is_free = children.apid != NULL && children.apid->serves &&
	    !reload_is_on() && !mode.is_upgrading && trial == NULL &&
	    !mode.is_draining;

	if (what < 16)
		puppet_signal(PRIV_EVENT_QUIT);
	else if (trial != NULL)
		puppet_die(trial, statuses[what % nitems(statuses)] << 8);
	else if (is_free && what < 128)
		puppet_signal(PRIV_EVENT_UPGRADE);
	else if (is_free)
		puppet_asks_to_reload(what & 1);
	else
		puppet_signal(PRIV_EVENT_REMARK);
	loop_news();
}

#define say_some(fns, p, what, in) (fns)[(what) % nitems(fns)](p, in)

/* It asks for nothing before it serves, or else it would not live long. */
static void
apid_says(struct puppet *p, uint8_t what, struct input *in)
{
	if (children.apid == NULL || children.apid->state != CHILD_RUNNING)
		say_ready(p, in);
	else if (!children.apid->serves)
		say_serves(p, in);
	else
		say_some(of_apid, p, what, in);
}

static void
step(struct input *in)
{
	uint8_t what = input_byte(in);
	struct puppet *p;

	if (what < 40)
		time_passes(in);
	else if (what < 48)
		signal_comes(in);
	else if (what < 112 && (p = puppet_of(ROLE_APID)) != NULL)
		apid_says(p, what, in);
	else if (what < 144 && (p = puppet_of(ROLE_STORED)) != NULL)
		say_some(of_stored, p, what, in);
	else if (what < 160 && (p = puppet_of(ROLE_CONFIG)) != NULL)
		say_some(of_config, p, what, in);
	else if (what < 164 && (p = puppet_of(ROLE_DIALD)) != NULL)
		say_some(of_diald, p, what, in);
	else if (what < 168 && (p = puppet_of(ROLE_RESOLVD)) != NULL)
		say_some(of_resolvd, p, what, in);
	else if ((p = some_puppet(in)) != NULL)
		say_some(of_all, p, what, in);
	loop_turn(0);
	for (p = puppets; p < puppets + PUPPETS_MAX; p++) {
		if (p->id != 0 && p->chan.fd != -1)
			hear(p);
	}
}

/* ---- from its start to its end */

static void
open_log(void)
{
	int fds[2];

	must(pipe2(fds, O_CLOEXEC) == 0);
	must(fcntl(fds[0], F_SETPIPE_SZ, 1 << 20) > 0);
	must(fcntl(fds[0], F_SETFL, O_NONBLOCK) == 0);
	log_fd = fds[0];
	must(dup2(fds[1], STDOUT_FILENO) == STDOUT_FILENO);
	close(fds[1]);
	log_init(LOG_TRACE, output_own);
	ctld.log_level = LOG_TRACE;
}

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	struct address api = { .family = 4, .port = 8474 };
	int fd;

	(void)argc;
	(void)argv;
	puppets_open();
	requests_open();
	pending_init();
	roles_init();
	listen_init();
	loop_init();
	resolver_open();
	halting_open(changes_halted);
	inquiries_open(changes_inquired);
	event_ring_reserves(store_event_block);
	json_object_seed(1);
	open_log();
	must(!takeover_begin());
	must(listen_bind_api(-1, &api, &fd, &api) == ENDPOINT_OK);
	api_listens(fd);
	ctld.start.is_notified = 1;
	ctld.options.host = "localhost";
	ctld.options.durability = "normal";
	ctld.options.spares = 1;
	ctld.options.max_proxies = 3;
	ctld.options.config = "/dev/null";
	ctld.options.worker_buffer = WORKER_MAX;
	ctld.options.total_buffer =
	    LENDABLE + ctld.options.max_proxies * (int64_t)RELAY_OWN_HELD;
	return 0;
}

/* What an earlier run has left. */
static void
keep_some(struct input *in)
{
	struct toxic_create create = { .proxy = { .name = "" } };
	struct store_proxy p = { .enabled = 0 };
	uint8_t how = input_byte(in);
	int i;

	for (i = 0; i < (how & 3); i++) {
		p.key.name[0] = (char)('a' + i);
		p.enabled = (how >> (2 + i)) & 1;
		snprintf(p.listen, sizeof(p.listen), "127.0.0.1:%d", 12 + i);
		snprintf(p.given, sizeof(p.given), "localhost:%d", 12 + i);
		snprintf(p.upstream, sizeof(p.upstream), "x:%d", i);
		p.config_print = (how & 64) != 0;
		p.source = (uint32_t)p.config_print; /* SOURCE_CONFIG */
		kept_put(&p);
	}
	create.proxy = p.key;
	if ((how & 3) != 0 && packet_toxic(in, &create.spec) == 0)
		kept_put_toxic(&create);
}

static void
begin_store(struct input *in, int is_used)
{
	uint32_t version;

	store_open(changes_stored);
	ctld.start.has_state = (uint32_t)(is_used != 0);
	store.is_loaded = !is_used;
	store_lied = loads_noise = 0;
	/* none that noise could have */
	change_counts.last_serial = is_used ? 4096 : 0;
	truth_files(puppet_journals);
	must(truth_load(puppet_journals, &version) == 0);
	if (is_used)
		keep_some(in);
	else
		truth_open();
}

static void
begin(struct input *in)
{
	uint8_t how = input_byte(in);
	struct puppet *p;

	puppets_begin();
	puppet_now = NS_PER_S * 1000;
	is_logfmt = how & 1;
	output_open("ctld", LOG_TRACE, is_logfmt ? "logfmt" : "json");
	loop_ticked_at = puppet_now;
	agenda_add(AGENDA_SPARES);
	mode.is_draining = mode.quit = 0;
	ctld.options.drain = (how & 16) != 0;
	restarts_init_roles();
	begin_store(in, how & 8);
	roles_start(puppet_now);
	spares_fill(puppet_now);
	for (p = puppets; p < puppets + PUPPETS_MAX && (how & 6) != 0; p++) {
		if (p->id != 0)
			say_ready(p, in);
	}
	loop_turn(0);
}

static void
answer_all(struct changes *changes)
{
	struct change *ch, *whole;

	while ((ch = TAILQ_FIRST(changes)) != NULL) {
		TAILQ_REMOVE(changes, ch, entry);
		ch->asker = NULL;
		whole = ch->whole;
		change_free(ch);
		if (whole != NULL && --whole->nparts == 0)
			change_free(whole);
	}
}

/*
 * A reload and an upgrade come to their ends, also one that waited for its
 * turn; a new apid takes the clients.
 */
static void
end_phases(void)
{
	mode.quit = 0;
	mode.is_draining = 1;
	store.is_loaded = 1;
	upgrade_tick(puppet_now);
	upgrade_tick(puppet_now);
	puppet_now += NS_PER_S * 11;
	reload_tick(puppet_now);
	must(!reload_is_on() && !mode.is_upgrading);
	if (children.apid != NULL)
		child_end(children.apid);
	loop_news();
	child_free_dead();
	must(puppet_of(ROLE_CTLD) == NULL);
	must(puppets_waiting() == 0);
	puppet_now += NS_PER_S * 11;
	restarts.of[ROLE_APID].count = 1; /* it need not wait for diald */
	roles_start(puppet_now);
	must(children.apid != NULL);
}

/* Of one whose last words were the end of ctld it has heard, and not seen to
 * that: no other is killed whose death it knows of. */
static void
end_child(struct child *c)
{
	if (!has_given_up || puppet_is_there(c->id)) {
		child_end(c);
	} else if (c->state != CHILD_KILLED) {
		child_watch_remove(c);
		c->state = CHILD_KILLED;
	}
}

static void
answer_unanswered(void)
{
	struct change *ch;
	struct child *c;

	if (pending.reading != NULL)
		pending.reading->asker = NULL, change_free(pending.reading);
	pending_read(NULL);
	while ((ch = TAILQ_FIRST(&pending.resolving)) != NULL)
		pending_resolved(ch), change_free(ch);
	while ((ch = TAILQ_FIRST(&pending.queued)) != NULL)
		pending_dequeue(ch), change_free(ch);
	TAILQ_FOREACH (c, &children.all, entry) {
		answer_all(&c->waiting);
		answer_all(&c->inquiry.waiting);
		lease_end(c);
		end_child(c);
	}
}

/* Each was killed, and that it has died is not waited for. */
static void
forget_children(void)
{
	struct puppet *p;
	struct child *c;

	while ((c = TAILQ_FIRST(&children.all)) != NULL)
		children_remove(c);
	child_free_dead();
	puppets_bury();
	for (p = puppets; p < puppets + PUPPETS_MAX; p++)
		must(p->id == 0);
}

static void
end(void)
{
	struct change *ch;
	struct proxy *p;

	while (quota_next() != NULL)
		continue; /* of a turn that was given up */
	end_phases();
	desired_tick(puppet_now); /* documents look for addresses no more */
	must(!desired_waits() && !desired_is_read());
	TAILQ_FOREACH (ch, &store.storing, entry) {
		if (ch->request->is_of_all)
			pending.whole = NULL;
		else if (!ch->request->is_of_tenant)
			ch->proxy->storing = NULL;
		change_undo(ch);
	}
	answer_all(&store.storing);
	answer_unanswered();
	forget_children();
	names_lost();
	while ((p = TAILQ_FIRST(&proxies.all)) != NULL)
		proxy_remove(p);
	must(proxies.n == 0 && puppets_listeners() == 1);
	sources_clear();
	source_load_forget();
	kept_forget_changes();
	kept_clear();
	check_log();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };
	int lowest_fd = fuzz_lowest_free_fd();

	begin(&in);
	has_given_up = 0;
	if (setjmp(given_up) == 0) {
		check();
		while (in.size > 0 && !mode.quit) {
			step(&in);
			check();
		}
	}
	end();
	must(fuzz_lowest_free_fd() == lowest_fd);
	return 0;
}
