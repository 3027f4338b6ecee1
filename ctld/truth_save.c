/* SPDX-License-Identifier: ISC */
/* The truth, written to the journal. */

#include <string.h>

#include "agreed.h"
#include "api_sessions.h"
#include "api_settings.h"
#include "child.h"
#include "children.h"
#include "config_file.h"
#include "event_ring.h"
#include "file_profiles.h"
#include "halts.h"
#include "handed_toxic.h"
#include "journal.h"
#include "scenario.h"
#include "tenant_limits.h"
#include "lines.h"
#include "listen.h"
#include "log.h"
#include "msg.h"
#include "options.h"
#include "proxies.h"
#include "proxy_clients.h"
#include "rules.h"
#include "sources.h"
#include "state.h"
#include "store.h"
#include "tenants.h"
#include "truth.h"
#include "truth_parts.h"
#include "truth_save.h"

static int files[JOURNALS];

static void
add_head(void)
{
	struct saved_head h;

	memset(&h, 0, sizeof(h));
	h.format = TRUTH_FORMAT;
	h.msg_version = MSG_VERSION;
	h.store_is_durable = (uint32_t)options_are_durable(&ctld.options);
	h.is_populated = config_fd() == -1;
	h.next_proxy_id = proxies.last_id;
	h.last_line = lines_last();
	h.last_source_id = sources_last_id();
	h.started = ctld.started;
	h.guards_print = config_guards_print();
	h.last_assignment = proxies.last_assignment;
	h.event_block = event_ring_next_block();
	h.seed = ctld.options.seed;
	memcpy(h.restarts, restarts.of, sizeof(h.restarts));
	h.store_result = store.result;
	journal_add(PART_HEAD, &h, sizeof(h));
	truth.has_changed = 0;
}

static void
fill(struct saved_proxy *s, const struct proxy *p)
{
	memset(s, 0, sizeof(*s));
	s->id = p->id;
	s->session = *api_session_id(p->session);
	memcpy(s->given, p->given, sizeof(s->given));
	s->spec.key = p->key;
	s->spec.listen = p->listen;
	s->spec.upstream = p->upstream;
	s->spec.enabled = (uint8_t)p->enabled;
	s->spec.lease = p->lease;
	s->spec.connect = p->connect;
	s->listener = listen_id(proxy_bound_fd(p));
	s->worker = p->worker != NULL ? p->worker->id : 0;
	s->ntoxics = p->ntoxics;
	s->config_print = p->config_print;
	s->source = p->source;
	s->assignment = p->assignment;
	s->assignments = p->assignments;
	s->scenario_nth = p->scenario_nth;
	s->restarts = p->restarts;
	s->restart_delay = p->restart_delay;
	s->restart_at = p->restart_at;
	s->bind_at = p->bind_at;
	s->dial_failed_at = p->dial_failed_at;
	s->earlier = p->earlier;
}

/* The largest part: so much, and all toxics that a proxy may have. */
#define TOXIC_ROOM (sizeof(struct saved_toxic_head) + HANDED_TOXIC_MAX)
#define PROXY_ROOM(ntoxics) (sizeof(struct saved_proxy) + (ntoxics)*TOXIC_ROOM)

static void
add_proxy(const struct proxy *p)
{
	static uint8_t bytes[PROXY_ROOM(PROXY_TOXICS_MAX)];
	struct saved_proxy s;
	struct saved_toxic_head head = { .n = 0 };
	const struct toxic *t;
	uint8_t *to = bytes + sizeof(s);

	fill(&s, p);
	memcpy(bytes, &s, sizeof(s));
	TAILQ_FOREACH (t, &p->toxics, entry) {
		head.lease = t->spec->lease;
		head.session = *api_session_id(t->session);
		head.earlier = t->earlier;
		head.n = (uint32_t)handed_toxic_pack(
		    t->spec, to + sizeof(head), HANDED_TOXIC_MAX);
		if (head.n == 0)
			fatalx(
			    "%s: %s: %s", __func__, p->key.name, t->spec->name);
		memcpy(to, &head, sizeof(head));
		to += sizeof(head) + head.n;
	}
	journal_add(PART_PROXY, bytes, (size_t)(to - bytes));
}

static void
add_scenario(const struct scenario *s)
{
	static uint8_t bytes[HANDED_TOXIC_MAX];
	const struct toxic *t;
	size_t n;

	journal_add(PART_SCENARIO, &s->spec, sizeof(s->spec));
	TAILQ_FOREACH (t, &s->toxics, entry) {
		n = handed_toxic_pack(t->spec, bytes, sizeof(bytes));
		if (n == 0)
			fatalx("%s: %s: %s", __func__, s->spec.name,
			    t->spec->name);
		journal_add(PART_SCENARIO_TOXIC, bytes, n);
	}
}

/* Nothing of it changes: its step is the proxy's. */
void
truth_scenario(const struct scenario *s)
{
	if (truth.is_open)
		add_scenario(s);
}

static void
add_rows(enum part part, const void *rows, size_t n, size_t size)
{
	journal_add(part, n > 0 ? rows : "", n * size);
}

static void
add_rules(void)
{
	const struct policy_rule *rules;
	size_t n;

	rules = rules_now(&n);
	add_rows(PART_RULES, rules, n, sizeof(*rules));
}

static void
add_hosts(void)
{
	const struct api_host *hosts;
	size_t n;

	hosts = api_settings_hosts(&n);
	add_rows(PART_HOSTS, hosts, n, sizeof(*hosts));
}

static void
add_profiles(void)
{
	static uint8_t bytes[HANDED_TOXIC_MAX];
	const struct file_profiles *profiles = file_profiles_now();
	size_t i, n;

	journal_add(PART_PROFILES, "", 0);
	for (i = 0; i < profiles->n; i++) {
		n = handed_toxic_pack(profiles->all[i], bytes, sizeof(bytes));
		if (n == 0)
			fatalx("%s: %s", __func__, profiles->all[i]->name);
		journal_add(PART_PROFILE_TOXIC, bytes, n);
	}
}

static void
add_proxy_clients(void)
{
	const struct clients_lists *lists = clients_lists_now();

	add_rows(PART_PROXY_CLIENTS, lists->all, lists->n, sizeof(*lists->all));
}

static void
add_limits(void)
{
	const struct tenant_limits *limits;
	size_t n;

	limits = limits_now(&n);
	add_rows(PART_LIMITS, limits, n, sizeof(*limits));
}

static void
add_tenants(void)
{
	const struct tenants *t = tenants_now();

	add_rows(PART_TENANTS, t->all, t->n, sizeof(*t->all));
	add_rows(PART_CREDENTIALS, t->credentials, t->ncredentials,
	    sizeof(*t->credentials));
}

static void
add_halts(void)
{
	const struct halt *all;
	size_t i, n;

	all = halts_now(&n);
	for (i = 0; i < n; i++)
		journal_add(PART_HALT, &all[i], sizeof(*all));
}

static void
add_all(void)
{
	const struct source *s = NULL;
	const struct proxy *p;
	const struct child *c;

	add_head();
	add_hosts();
	add_profiles();
	add_tenants();
	add_rules();
	add_proxy_clients();
	add_limits();
	api_sessions_each(truth_session);
	add_halts();
	while ((s = source_next(s)) != NULL)
		truth_source(s);
	TAILQ_FOREACH (p, &proxies.all, entry) {
		add_proxy(p);
		if (p->scenario != NULL)
			add_scenario(p->scenario);
	}
	TAILQ_FOREACH (c, &children.all, entry) {
		if (c->state == CHILD_RETIRED)
			truth_retired(c);
	}
}

size_t
settings_size(size_t nrules, size_t nlists, size_t ntenants,
    size_t ncredentials, size_t nlimits, size_t nprofiles)
{
	return nrules * sizeof(struct policy_rule) +
	    nlists * sizeof(struct proxy_clients) +
	    ntenants * sizeof(struct tenant) +
	    ncredentials * sizeof(struct credential) +
	    ALLOW_HOSTS_MAX * sizeof(struct api_host) +
	    nlimits * sizeof(struct tenant_limits) +
	    nprofiles * (HANDED_TOXIC_MAX + 16) + 128;
}

#define HALT_ROOM (sizeof(struct halt) + 16)
#define SCENARIO_ROOM (sizeof(struct scenario_spec) + 16)

static size_t
proxies_size(size_t nproxies, size_t ntoxics)
{
	return nproxies * (PROXY_ROOM(0) + 64) + ntoxics * TOXIC_ROOM;
}

int
truth_reserve(size_t nproxies, size_t ntoxics, size_t settings)
{
	const struct tenants *t = tenants_now();
	size_t nrules, nlimits, nhalts;

	(void)rules_now(&nrules);
	(void)limits_now(&nlimits);
	(void)halts_now(&nhalts);
	return journal_reserve(settings + api_sessions_size() +
	    settings_size(nrules, clients_lists_now()->n, t->n, t->ncredentials,
		nlimits, file_profiles_now()->n) +
	    sources_room() + nhalts * HALT_ROOM +
	    scenarios_count() * SCENARIO_ROOM +
	    proxies_size(nproxies, ntoxics));
}

int
truth_has_room(size_t nproxies, size_t ntoxics, size_t settings)
{
	size_t n = settings + proxies_size(nproxies, ntoxics);

	return journal_reserve(n) == 0 &&
	    (!truth.is_open || journal_has_room(n));
}

void
truth_begin(void)
{
	if (children.apid != NULL)
		child_hold(children.apid);
}

static void
write_changed(void)
{
	struct proxy *p;

	if (truth.has_changed)
		add_head();
	if (api_settings_are_new())
		add_hosts();
	if (file_profiles_are_new())
		add_profiles();
	if (tenants_are_new())
		add_tenants();
	if (rules_are_new())
		add_rules();
	if (clients_lists_are_new())
		add_proxy_clients();
	if (limits_are_new())
		add_limits();
	while ((p = TAILQ_FIRST(&truth.dirty)) != NULL) {
		truth_proxy_written(p);
		add_proxy(p);
	}
	journal_commit();
}

void
truth_commit(void)
{
	if (truth.is_open)
		write_changed();
	if (children.apid != NULL)
		child_release(children.apid);
}

void
truth_files(const int journals[JOURNALS])
{
	memcpy(files, journals, sizeof(files));
}

void
truth_open(void)
{
	(void)journal_open(files);
	journal_compact_by(add_all);
	truth.is_open = 1; /* or some of it is left out */
	journal_compact();
}

void
truth_close(void)
{
	truth.is_open = 0;
}
