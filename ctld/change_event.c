/* SPDX-License-Identifier: ISC */
/* See change_event.h. */

#include <string.h>

#include "audit.h"
#include "change.h"
#include "change_event.h"
#include "connect_event.h"
#include "event_make.h"
#include "event_ring.h"
#include "limit.h"
#include "msg.h"
#include "owned.h"
#include "proxies.h"
#include "repeats.h"
#include "requests.h"
#include "scenario_event.h"
#include "tenants.h"
#include "toxic_owner.h"
#include "toxic_select.h"
#include "toxic_spec.h"
#include "toxic_tail.h"
#include "toxic_wave.h"

/* ---- a toxic's values */

static void
add_element(struct event_record *r, enum event_place place,
    const struct toxic_spec *t, int slot, size_t i)
{
	if (toxic_attribute_of(t, slot)->kind == VALUE_INTEGERS)
		event_add_integer(r, place, "", toxic_tail_integer(t, slot, i));
	else
		event_add_text(r, place, "", toxic_tail_nth_text(t, slot, i));
}

static void
add_list(struct event_record *r, enum event_place place,
    const struct toxic_spec *t, int slot)
{
	const size_t n = toxic_tail_count(t, slot);
	size_t i;

	event_add_list(r, place, toxic_attribute_of(t, slot)->name);
	for (i = 0; i < n; i++)
		add_element(r, place, t, slot, i);
}

static void
add_value(struct event_record *r, enum event_place place,
    const struct toxic_spec *t, int slot)
{
	const struct toxic_attribute *a = toxic_attribute_of(t, slot);

	switch (a->kind) {
	case VALUE_INTEGER:
		event_add_integer(r, place, a->name, t->values[slot].integer);
		break;
	case VALUE_FRACTION:
		event_add_fraction(r, place, a->name, t->values[slot].fraction);
		break;
	case VALUE_ENUM:
		event_add_text(r, place, a->name, toxic_spec_word(t, slot));
		break;
	case VALUE_TEXT:
		event_add_text(r, place, a->name, toxic_tail_text(t, slot));
		break;
	case VALUE_INTEGERS:
	case VALUE_TEXTS:
		add_list(r, place, t, slot);
		break;
	}
}

static void
add_select(struct event_record *r, enum event_place place,
    const struct toxic_spec *t, const struct toxic_spec *other)
{
	char text[SELECT_TEXT_MAX + 1];
	const char *select = toxic_select_text(t, text);

	if (other == NULL ? *select != '\0' : !toxic_select_is_same(t, other))
		event_add_text(r, place, "select", select);
}

static void
add_waves(struct event_record *r, enum event_place place,
    const struct toxic_spec *t, const struct toxic_spec *other)
{
	char text[WAVES_TEXT_MAX + 1];

	if (other == NULL ? t->nwaves > 0 : !toxic_waves_are_same(t, other))
		event_add_text(r, place, "wave", toxic_waves_text(t, text));
}

/* Where there is another, only what is not the same in both. */
static void
add_values(struct event_record *r, enum event_place place,
    const struct toxic_spec *t, const struct toxic_spec *other)
{
	const size_t n = toxic_schema((enum toxic_kind)t->kind)->nattributes;
	size_t i;

	if (other == NULL || t->toxicity != other->toxicity)
		event_add_float(r, place, "toxicity", t->toxicity);
	for (i = 0; i < n; i++) {
		if (other == NULL ? toxic_is_shown(t, (int)i)
				  : !toxic_spec_is_same(t, other, (int)i))
			add_value(r, place, t, (int)i);
	}
	add_select(r, place, t, other);
	add_waves(r, place, t, other);
}

/* ---- toxics */

static struct event_record
about_toxic(enum event_kind kind, const struct proxy_key *key, const char *name)
{
	struct event_record r = event_about(kind, key);

	event_add_text(&r, EVENT_SAYS, "toxic", name);
	return r;
}

static void
say_toxic(enum event_kind kind, const struct change *ch,
    const struct proxy_key *key, const struct toxic_spec *t)
{
	const enum event_place place =
	    kind == EVENT_TOXIC_DELETED ? EVENT_WAS : EVENT_IS;
	struct event_record r = about_toxic(kind, key, t->name);

	event_by(&r, &ch->caller);
	event_add_text(&r, EVENT_SAYS, "type",
	    toxic_schema((enum toxic_kind)t->kind)->name);
	event_add_text(&r, EVENT_SAYS, "stream",
	    toxic_stream_name((enum toxic_stream)t->stream));
	if (*toxic_owner(t) != '\0')
		event_add_text(&r, EVENT_SAYS, "owner", toxic_owner(t));
	add_values(&r, place, t, NULL);
	event_ring_add(&r, EVENT_OF_TENANT);
}

void
event_toxic_comes(const struct change *ch, const struct proxy_key *key,
    const struct toxic_spec *t)
{
	say_toxic(EVENT_TOXIC_CREATED, ch, key, t);
}

void
event_toxic_goes(const struct change *ch, const struct proxy_key *key,
    const struct toxic_spec *t)
{
	say_toxic(EVENT_TOXIC_DELETED, ch, key, t);
}

void
event_toxic_created(const struct change *ch)
{
	say_toxic(
	    EVENT_TOXIC_CREATED, ch, &ch->proxy->key, &ch->u.toxic_create.spec);
}

void
event_toxic_changed(const struct change *ch, const struct proxy_key *key,
    const struct toxic_spec *was, const struct toxic_spec *is)
{
	struct event_record r = about_toxic(EVENT_TOXIC_CHANGED, key, is->name);

	event_by(&r, &ch->caller);
	add_values(&r, EVENT_WAS, was, is);
	add_values(&r, EVENT_IS, is, was);
	event_ring_add(&r, EVENT_OF_TENANT);
}

void
event_toxic_updated(const struct change *ch)
{
	event_toxic_changed(ch, &ch->proxy->key,
	    proxy_toxic_find(ch->proxy, ch->spec->name)->spec, ch->spec);
}

void
event_toxic_deleted(const struct change *ch)
{
	say_toxic(EVENT_TOXIC_DELETED, ch, &ch->proxy->key,
	    proxy_toxic_find(ch->proxy, ch->u.toxic_name.name)->spec);
}

/* Those of the one before go first. */
void
event_profile(const struct change *ch)
{
	const struct proxy_key *key = &ch->proxy->key;
	const struct toxic *t = NULL;

	while ((t = owned_next(ch->proxy, OWNER_PROFILE, t)) != NULL)
		say_toxic(EVENT_TOXIC_DELETED, ch, key, t->spec);
	TAILQ_FOREACH (t, &ch->toxics, entry)
		say_toxic(EVENT_TOXIC_CREATED, ch, key, t->spec);
}

/* ---- proxies */

static void
add_proxy(struct event_record *r, enum event_place place, const char *listen,
    const char *upstream, int enabled)
{
	event_add_text(r, place, "listen", listen);
	event_add_text(r, place, "upstream", upstream);
	event_add_flag(r, place, "enabled", enabled);
}

static void
say_deleted(const struct change *ch, const struct proxy *p)
{
	struct event_record r = event_about(EVENT_PROXY_DELETED, &p->key);

	event_scenario_of(p, "proxy_deleted");
	if (ch != NULL)
		event_by(&r, &ch->caller);
	add_proxy(&r, EVENT_WAS, p->listen.text, p->upstream.text, p->enabled);
	event_add_connect(&r, EVENT_WAS, &p->connect, &connect_usual);
	event_ring_add(&r, EVENT_OF_TENANT);
}

/* Its toxics come behind it. */
static void
say_created(const struct change *ch, const char *listen, const char *upstream,
    int enabled)
{
	struct event_record r =
	    event_about(EVENT_PROXY_CREATED, change_key(ch));
	const struct toxic *t;

	event_by(&r, &ch->caller);
	add_proxy(&r, EVENT_IS, listen, upstream, enabled);
	event_add_connect(
	    &r, EVENT_IS, &ch->u.create.spec.connect, &connect_usual);
	event_ring_add(&r, EVENT_OF_TENANT);
	TAILQ_FOREACH (t, &ch->toxics, entry)
		say_toxic(EVENT_TOXIC_CREATED, ch, change_key(ch), t->spec);
}

void
event_proxy_created(const struct change *ch)
{
	if (ch->proxy != ch->made)
		say_deleted(ch, ch->proxy);
	say_created(ch, ch->kept.listen, ch->kept.upstream, ch->kept.enabled);
}

/* Only what is another now; nothing may be. */
void
event_proxy_updated(const struct change *ch)
{
	const struct difference *d = &ch->difference;
	const struct proxy *p = ch->proxy;
	struct event_record r = event_about(EVENT_PROXY_CHANGED, &p->key);

	event_by(&r, &ch->caller);
	if (d->listen) {
		event_add_text(&r, EVENT_WAS, "listen", p->listen.text);
		event_add_text(&r, EVENT_IS, "listen", ch->kept.listen);
	}
	if (d->upstream) {
		event_add_text(&r, EVENT_WAS, "upstream", p->upstream.text);
		event_add_text(&r, EVENT_IS, "upstream", ch->kept.upstream);
	}
	if (d->enabled != d->was_enabled) {
		event_add_flag(&r, EVENT_WAS, "enabled", d->was_enabled);
		event_add_flag(&r, EVENT_IS, "enabled", d->enabled);
	}
	event_add_connect(&r, EVENT_WAS, &p->connect, &ch->kept.connect);
	event_add_connect(&r, EVENT_IS, &ch->kept.connect, &p->connect);
	if (d->listen || d->upstream || d->connect ||
	    d->enabled != d->was_enabled)
		event_ring_add(&r, EVENT_OF_TENANT);
}

void
event_proxy_deleted(const struct change *ch)
{
	say_deleted(ch, ch->proxy);
}

void
event_proxy_reset(const struct change *ch)
{
	const struct proxy *p = ch->proxy;
	struct event_record r = event_about(EVENT_PROXY_CHANGED, &p->key);
	const struct toxic *t;

	event_scenario_of(p, "reset");
	event_by(&r, &ch->caller);
	if (!p->enabled) {
		event_add_flag(&r, EVENT_WAS, "enabled", 0);
		event_add_flag(&r, EVENT_IS, "enabled", 1);
	}
	event_add_connect(&r, EVENT_WAS, &p->connect, &connect_usual);
	if (!p->enabled || !connect_is_usual(&p->connect))
		event_ring_add(&r, EVENT_OF_TENANT);
	TAILQ_FOREACH (t, &p->toxics, entry) {
		if (toxic_owner_kind(t->spec) != OWNER_SCENARIO)
			say_toxic(EVENT_TOXIC_DELETED, ch, &p->key, t->spec);
	}
}

void
event_proxy_leaves(const struct proxy *p)
{
	say_deleted(NULL, p);
}

void
event_proxy_comes(const struct change *ch)
{
	const struct proxy_spec *spec = &ch->u.create.spec;

	say_created(ch, spec->listen.text, spec->upstream.text, spec->enabled);
}

void
event_lease_renewed(const struct change *ch)
{
	const struct lease_renewal *l = &ch->u.renewal;
	struct event_record r =
	    event_about(EVENT_LEASE_RENEWED, &ch->proxy->key);

	if (l->of.name[0] != '\0')
		event_add_text(&r, EVENT_SAYS, "toxic", l->of.name);
	event_by(&r, &ch->caller);
	event_add_integer(
	    &r, EVENT_SAYS, "ttl_ms", l->lease > 0 ? l->lease : 0);
	event_ring_add(&r, EVENT_OF_TENANT);
}

/* ---- of tenants */

static void
say_token(enum event_kind kind, const struct change *ch)
{
	struct event_record r = event_about(kind, change_key(ch));

	event_by(&r, &ch->caller);
	event_add_text(&r, EVENT_SAYS, "changed_token", ch->u.token.row.name);
	event_ring_add(&r, EVENT_OF_TENANT);
}

void
event_token_made(const struct change *ch)
{
	say_token(EVENT_TOKEN_CREATED, ch);
}

void
event_token_gone(const struct change *ch)
{
	say_token(EVENT_TOKEN_DELETED, ch);
}

/* Whom one of all is about does not see who did it. */
static void
say_to_tenants(const struct event_record *of_all)
{
	const struct tenants *t = tenants_now();
	struct event_record r =
	    event_about((enum event_kind)of_all->kind, &no_proxy_key);
	size_t i;

	event_add_flag(&r, EVENT_SAYS, "all", 1);
	event_ring_add(&r, EVENT_FOR_TENANT);
	for (i = 0; i < t->n; i++) {
		memcpy(r.of.tenant, t->all[i].name, sizeof(r.of.tenant));
		event_ring_add(&r, EVENT_FOR_TENANT);
	}
}

static void
say_halt(enum event_kind kind, const struct change *ch)
{
	const int is_of_all = strcmp(ch->u.halt.row.tenant, HALT_OF_ALL) == 0;
	struct event_record r = event_about(kind, change_key(ch));

	event_by(&r, &ch->caller);
	event_add_flag(&r, EVENT_SAYS, "all", is_of_all);
	event_ring_add(&r, is_of_all ? EVENT_OF_NOBODY : EVENT_OF_TENANT);
	if (is_of_all)
		say_to_tenants(&r);
}

void
event_halted(const struct change *ch)
{
	say_halt(EVENT_HALTED, ch);
}

void
event_resumed(const struct change *ch)
{
	say_halt(EVENT_RESUMED, ch);
}

/* ---- what was in the way */

static int
is_limit(enum answer_code code)
{
	switch (code) {
	case ANSWER_TOO_MANY:
	case ANSWER_TOO_MANY_PROXIES:
	case ANSWER_TOO_MANY_TOXICS:
	case ANSWER_TENANT_PROXIES:
	case ANSWER_TENANT_TOXICS:
	case ANSWER_TENANT_CHANGES:
	case ANSWER_TENANT_NAMES:
	case ANSWER_TOO_MANY_TOKENS:
	case ANSWER_OVER_LIMIT:
	case ANSWER_TOO_MANY_SESSIONS:
	case ANSWER_TOO_MANY_OWN:
	case ANSWER_LOSS_TAKEN:
		return 1;
	default:
		return 0;
	}
}

static struct event_record
about_hit(const struct proxy_key *key, enum answer_code code)
{
	struct event_record r = event_about(EVENT_LIMIT_HIT, key);

	event_add_text(&r, EVENT_SAYS, "reason", audit_outcome(code));
	return r;
}

static void
say_hits(const struct repeated *hit, uint64_t times)
{
	struct proxy_key key = { .name = "" };
	struct event_record r;

	memcpy(key.tenant, hit->tenant, sizeof(key.tenant));
	r = about_hit(&key, (enum answer_code)hit->what);
	if (hit->what == ANSWER_OVER_LIMIT)
		event_add_limit(&r, (enum limit)hit->which, hit->value);
	event_add_integer(&r, EVENT_SAYS, "times", (int64_t)times);
	event_ring_add(&r, EVENT_OF_TENANT);
}

static void
say_hit(const struct change *ch, enum answer_code code)
{
	struct event_record r = about_hit(change_key(ch), code);

	event_by(&r, &ch->caller);
	event_add_text(&r, EVENT_SAYS, "request", msg_name(ch->request->type));
	if (code == ANSWER_OVER_LIMIT)
		event_add_limit(
		    &r, (enum limit)ch->answer.limit, ch->answer.limit_value);
	event_add_integer(&r, EVENT_SAYS, "times", 1);
	event_ring_add(&r, EVENT_OF_TENANT);
}

/* An apid may have made up the tenant, and each has a stream for ever. */
void
event_refused(const struct change *ch, enum answer_code code)
{
	const struct proxy_key *key = change_key(ch);
	struct repeated hit = { .what = code };

	if (!is_limit(code) || !tenants_have(key->tenant))
		return;
	memcpy(hit.tenant, key->tenant, sizeof(hit.tenant));
	if (code == ANSWER_OVER_LIMIT) {
		hit.which = ch->answer.limit;
		hit.value = ch->answer.limit_value;
	}
	if (repeats_first(&hit, say_hits))
		say_hit(ch, code);
}
