/* SPDX-License-Identifier: ISC */
/* The truth, as an earlier ctld has left it in the journal. */

#include <stdlib.h>
#include <string.h>

#include "api_sessions.h"
#include "api_settings.h"
#include "config_file.h"
#include "due.h"
#include "event_ring.h"
#include "expiry.h"
#include "file_profiles.h"
#include "halts.h"
#include "handed_toxic.h"
#include "journal.h"
#include "scenario_load.h"
#include "tenant_limits.h"
#include "lines.h"
#include "msg.h"
#include "nitems.h"
#include "options.h"
#include "proxies.h"
#include "restarts.h"
#include "proxy_clients.h"
#include "rules.h"
#include "source_load.h"
#include "sources.h"
#include "state.h"
#include "store.h"
#include "tenants.h"
#include "toxic_spec.h"
#include "truth.h"
#include "truth_load.h"
#include "truth_parts.h"
#include "truth_save.h"

/*
 * A worker may speak of a line that an earlier ctld had given it: no line of
 * ours has its number.  What is saved of it is old by a few thousand.
 */
#define LINES_APART (1U << 24)

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
load_head(const void *bytes, size_t n)
{
	if (n != sizeof(head))
		return -1;
	memcpy(&head, bytes, n);
	return head.format == TRUTH_FORMAT &&
		head.event_block <= EVENT_BLOCKS_MAX &&
		store_result_is_sound(&head.store_result)
	    ? 0
	    : -1;
}

static int
proxy_is_sound(const struct saved_proxy *s)
{
	struct proxy_create create = { .spec = s->spec };
	const struct proxy *p = proxy_find(&s->spec.key);

	create.ntoxics = s->ntoxics;
	if (create.spec.upstream.text[0] == '\0') /* it was taken away */
		create.spec.upstream = create.spec.listen;
	return s->id != 0 && s->spec.lease >= 0 &&
	    memchr(s->given, '\0', sizeof(s->given)) != NULL &&
	    proxy_create_is_sound(&create) && (p == NULL || p->id == s->id);
}

static int
load_toxics(struct proxy *p, uint32_t ntoxics, const uint8_t *from, size_t left)
{
	struct saved_toxic_head saved;
	struct toxic_spec spec;
	struct toxic *t;

	for (; ntoxics > 0; ntoxics--) {
		if (left < sizeof(saved))
			return -1;
		memcpy(&saved, from, sizeof(saved));
		from += sizeof(saved);
		left -= sizeof(saved);
		if (saved.n > left || saved.n > HANDED_TOXIC_MAX ||
		    handed_toxic_unpack(&spec, from, saved.n) == -1 ||
		    saved.lease < 0)
			return -1;
		spec.lease = saved.lease;
		if (!toxic_spec_is_sound(&spec) ||
		    proxy_toxic_find(p, spec.name) != NULL ||
		    (t = proxy_toxic_add(p, &spec)) == NULL)
			return -1;
		t->earlier = saved.earlier;
		api_session_ties_toxic(p, t, &saved.session);
		from += saved.n;
		left -= saved.n;
	}
	return left == 0 ? 0 : -1;
}

static struct proxy *
proxy_for(const struct saved_proxy *s)
{
	struct proxy *p = proxy_find(&s->spec.key);

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
load_proxy(const void *bytes, size_t n)
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
	p->lease = s.spec.lease;
	p->connect = s.spec.connect;
	api_session_ties_proxy(p, &s.session);
	p->is_lent = 1;
	p->was.listener = s.listener;
	p->was.worker = s.worker;
	p->config_print = s.config_print;
	p->source = s.source;
	p->assignment = s.assignment;
	p->assignments = s.assignments;
	p->scenario_nth = s.scenario_nth;
	p->restarts = s.restarts;
	p->restart_delay = s.restart_delay;
	p->restart_at = s.restart_at;
	p->bind_at = s.bind_at;
	p->dial_failed_at = s.dial_failed_at;
	p->earlier = s.earlier;
	proxy_due(p);
	if (load_toxics(p, s.ntoxics, (const uint8_t *)bytes + sizeof(s),
		n - sizeof(s)) == -1)
		return -1;
	expiry_set(p);
	return 0;
}

static int
load_gone(const void *bytes, size_t n)
{
	struct proxy *p;
	uint32_t id;

	if (n != sizeof(id))
		return -1;
	memcpy(&id, bytes, n);
	TAILQ_FOREACH (p, &proxies.all, entry) {
		if (p->id == id)
			break;
	}
	if (p != NULL) /* else it went before it was written */
		proxy_remove(p);
	return 0;
}

static int
load_retired(const void *bytes, size_t n)
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
load_profiles(const void *bytes, size_t n)
{
	(void)bytes;
	return file_profiles_load(n);
}

static int (*const loads[])(const void *bytes, size_t n) = {
	[PART_HEAD] = load_head,
	[PART_PROXY] = load_proxy,
	[PART_GONE] = load_gone,
	[PART_RETIRED] = load_retired,
	[PART_RULES] = rules_load,
	[PART_HOSTS] = api_settings_load,
	[PART_TENANTS] = tenants_load,
	[PART_CREDENTIALS] = tenants_load_credentials,
	[PART_TOKEN] = tenants_load_token,
	[PART_TOKEN_GONE] = tenants_load_token_gone,
	[PART_PROXY_CLIENTS] = clients_lists_load,
	[PART_LIMITS] = limits_load,
	[PART_SESSION] = api_sessions_load,
	[PART_SESSION_GONE] = api_sessions_load_gone,
	[PART_HALT] = halts_load,
	[PART_HALT_GONE] = halts_load_gone,
	[PART_SCENARIO] = scenario_load,
	[PART_SCENARIO_TOXIC] = scenario_load_toxic,
	[PART_SCENARIO_GONE] = scenario_load_gone,
	[PART_SOURCE] = source_load,
	[PART_SOURCE_TEXT] = source_load_text,
	[PART_SOURCE_SCENARIO] = source_load_scenario,
	[PART_SOURCE_GONE] = source_load_gone,
	[PART_PROFILES] = load_profiles,
	[PART_PROFILE_TOXIC] = file_profiles_load_toxic,
};

static int
load_part(uint32_t type, const void *bytes, size_t n)
{
	return type < nitems(loads) && loads[type] != NULL
	    ? loads[type](bytes, n)
	    : -1;
}

static void
take_head(void)
{
	store_take(&head.store_result, (int)head.is_populated);
	if (head.store_is_durable)
		ctld.options.durability = "full";
	lines_begin_after(head.last_line + LINES_APART);
	ctld.started = head.started;
	config_guards(head.guards_print);
	event_ring_begin(head.event_block);
	ctld.options.seed = head.seed;
	restarts_take(head.restarts);
}

int
truth_load(const int journals[JOURNALS], uint32_t *msg_version)
{
	struct proxy *p;

	truth_close();
	if (journal_open(journals) == -1)
		return 0;
	if (journal_read(load_part) == -1 || head.format == 0 ||
	    source_load_is_on())
		return -1;
	take_head();
	*msg_version = head.msg_version;
	proxies_ids_after(head.next_proxy_id);
	proxies_assignments_after(head.last_assignment);
	sources_ids_after(head.last_source_id);
	TAILQ_FOREACH (p, &proxies.all, entry) {
		proxies_ids_after(p->id);
		p->source = source_known(p->source);
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
