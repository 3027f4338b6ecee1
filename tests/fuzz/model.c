/* SPDX-License-Identifier: ISC */
/* See model.h. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agreed.h"
#include "event_fields.h"
#include "model.h"
#include "model_desired.h"
#include "toxic_tail.h"
#include "nitems.h"

#define MODEL_TOXICS_MAX 6

static struct proxy {
	uint32_t id; /* 0: there is none here */
	struct proxy_state state;
	struct toxic_spec toxics[MODEL_TOXICS_MAX];
	size_t ntoxics;
} proxies[6];

static struct chan apid;
static uint32_t last_id;
static int offers_debug_toxics;

/* A proxy, or a profile, whose toxics are still to come. */
static struct {
	enum msg_type type; /* MSG_NONE: there is none */
	uint32_t id;
	struct proxy_create create;
	struct proxy_profile profile;
	struct scenario_spec scenario;
	size_t nlisted;
	struct toxic_spec toxics[PROXY_TOXICS_MAX];
	size_t ntoxics;
} reading;

int
model_open(int debug_toxics)
{
	int fds[2];

	must(chan_pair(fds) == 0);
	chan_open(&apid, fds[0]);
	memset(proxies, 0, sizeof(proxies));
	reading.type = MSG_NONE;
	model_desired_begin();
	last_id = 0;
	offers_debug_toxics = debug_toxics;
	return fds[1];
}

void
model_close(void)
{
	chan_close(&apid);
}

/* ---- what there is */

static struct proxy *
find(const struct proxy_key *key)
{
	struct proxy *p;

	for (p = proxies; p < proxies + nitems(proxies); p++) {
		if (p->id != 0 && proxy_key_compare(&p->state.key, key) == 0)
			return p;
	}
	return NULL;
}

static struct toxic_spec *
find_toxic(struct proxy *p, const char *name)
{
	size_t i;

	for (i = 0; i < p->ntoxics; i++) {
		if (strcmp(p->toxics[i].name, name) == 0)
			return &p->toxics[i];
	}
	return NULL;
}

static void
say_proxy(const struct proxy *p)
{
	chan_send(&apid, MSG_REPLICA_PROXY, 0, &p->state, -1);
}

static void
say_toxic(const struct proxy *p, const struct toxic_spec *spec)
{
	struct toxic_state state = { .proxy_id = p->id, .spec = *spec };

	chan_send(&apid, MSG_REPLICA_TOXIC, 0, &state, -1);
}

static void
gone(struct proxy *p)
{
	struct proxy_ref ref = { .id = p->id };

	chan_send(&apid, MSG_REPLICA_PROXY_GONE, 0, &ref, -1);
	p->id = 0;
}

static void
remove_toxic(struct proxy *p, struct toxic_spec *spec)
{
	struct toxic_ref ref = { .proxy_id = p->id };

	memcpy(ref.name, spec->name, sizeof(ref.name));
	chan_send(&apid, MSG_REPLICA_TOXIC_GONE, 0, &ref, -1);
	*spec = p->toxics[--p->ntoxics];
}

static enum answer_code
add_proxy(const struct proxy_spec *spec, struct answer *answer)
{
	struct proxy *p;
	size_t i;

	for (p = proxies; p->id != 0; p++) {
		if (p == proxies + nitems(proxies) - 1)
			return ANSWER_NO_MEMORY;
	}
	if (reading.ntoxics > MODEL_TOXICS_MAX)
		return ANSWER_NO_MEMORY;
	memset(p, 0, sizeof(*p));
	p->id = p->state.id = answer->proxy_id = ++last_id;
	p->state.enabled = spec->enabled;
	p->state.key = spec->key;
	memcpy(p->state.listen, spec->listen.text, sizeof(p->state.listen));
	memcpy(
	    p->state.upstream, spec->upstream.text, sizeof(p->state.upstream));
	say_proxy(p);
	for (i = 0; i < reading.ntoxics; i++) {
		p->toxics[p->ntoxics++] = reading.toxics[i];
		say_toxic(p, &reading.toxics[i]);
	}
	return ANSWER_OK;
}

/* ---- requests: each is well-formed, and says what came of it */

/* What ctld asks of a toxic. */
static void
is_offered(const struct toxic_spec *spec)
{
	must(spec->name[0] != '\0');
	must(offers_debug_toxics ||
	    toxic_schema((enum toxic_kind)spec->kind)->whose != OF_DEBUG);
}

static enum answer_code
created(struct answer *answer)
{
	const struct proxy_spec *spec = &reading.create.spec;
	struct proxy *p = find(&spec->key);

	if (p != NULL && reading.type == MSG_PROXY_CREATE)
		return ANSWER_PROXY_EXISTS;
	if (spec->listen.error != ENDPOINT_OK) {
		answer->endpoint_error = spec->listen.error;
		answer->listen = spec->listen;
		return ANSWER_BAD_LISTEN;
	}
	if (p != NULL && strcmp(p->state.upstream, spec->upstream.text) == 0) {
		answer->proxy_id = p->id;
		return ANSWER_UNCHANGED;
	}
	if (p != NULL)
		gone(p);
	return add_proxy(spec, answer);
}

static enum answer_code
update(const struct msg *m, struct answer *answer)
{
	const struct proxy_update *u = msg_get_proxy_update(m);
	struct proxy *p;

	if ((p = find(&u->key)) == NULL)
		return ANSWER_NO_PROXY;
	if (u->has_enabled)
		p->state.enabled = u->enabled;
	if (u->has_listen)
		memcpy(p->state.listen, u->listen.text, sizeof(u->listen.text));
	if (u->has_upstream)
		memcpy(p->state.upstream, u->upstream.text,
		    sizeof(u->upstream.text));
	answer->proxy_id = p->id;
	say_proxy(p);
	return ANSWER_OK;
}

static enum answer_code
delete_or_reset(const struct msg *m, struct answer *answer)
{
	struct proxy *p = find(msg_get_proxy_key(m));

	if (p == NULL)
		return ANSWER_NO_PROXY;
	answer->proxy_id = p->id;
	if (m->type == MSG_PROXY_DELETE) {
		gone(p);
		return ANSWER_OK;
	}
	while (p->ntoxics > 0)
		remove_toxic(p, p->toxics);
	p->state.enabled = 1;
	say_proxy(p);
	return ANSWER_OK;
}

static enum answer_code
toxic_create(const struct msg *m, struct answer *answer)
{
	const struct toxic_create *create = msg_get_toxic_create(m);
	struct proxy *p;

	is_offered(&create->spec);
	if ((p = find(&create->proxy)) == NULL)
		return ANSWER_NO_PROXY;
	if (find_toxic(p, create->spec.name) != NULL)
		return ANSWER_TOXIC_EXISTS;
	if (p->ntoxics == MODEL_TOXICS_MAX)
		return ANSWER_TOO_MANY;
	p->toxics[p->ntoxics++] = create->spec;
	say_toxic(p, &create->spec);
	answer->proxy_id = p->id;
	return ANSWER_OK;
}

/* All that are a profile's go, and those that were read come. */
static enum answer_code
profiled(struct answer *answer)
{
	struct proxy *p = find(&reading.profile.proxy);
	size_t i;

	if (p == NULL)
		return ANSWER_NO_PROXY;
	for (i = p->ntoxics; i-- > 0;) {
		if (toxic_owner_kind(&p->toxics[i]) == OWNER_PROFILE)
			remove_toxic(p, &p->toxics[i]);
	}
	if (p->ntoxics + reading.ntoxics > MODEL_TOXICS_MAX)
		return ANSWER_TOO_MANY;
	for (i = 0; i < reading.ntoxics; i++) {
		must(toxic_owner_kind(&reading.toxics[i]) == OWNER_PROFILE);
		if (find_toxic(p, reading.toxics[i].name) != NULL) {
			answer->spec = reading.toxics[i];
			return ANSWER_TOXIC_EXISTS;
		}
		p->toxics[p->ntoxics++] = reading.toxics[i];
		say_toxic(p, &reading.toxics[i]);
	}
	answer->proxy_id = p->id;
	return ANSWER_OK;
}

/* None is kept here: each is over as soon as it has been looked at. */
static enum answer_code
scenario(struct answer *answer)
{
	const struct proxy *p = find(&reading.scenario.proxy);
	size_t i;

	if (p == NULL)
		return ANSWER_NO_PROXY;
	for (i = 0; i < reading.ntoxics; i++)
		must(toxic_owner_step(
			 &reading.toxics[i], reading.scenario.name) >= 0);
	answer->proxy_id = p->id;
	return ANSWER_OK;
}

static enum answer_code
scenario_delete(const struct msg *m, struct answer *answer)
{
	(void)answer;
	must(msg_get_scenario_name(m)->name[0] != '\0');
	return ANSWER_NO_SCENARIO;
}

static enum answer_code
toxic_update(const struct msg *m, struct answer *answer)
{
	const struct toxic_update *u = msg_get_toxic_update(m);
	struct toxic_spec *spec;
	struct toxic_fault fault;
	struct proxy *p;
	int i;

	if ((p = find(&u->proxy)) == NULL)
		return ANSWER_NO_PROXY;
	if ((spec = find_toxic(p, u->spec.name)) == NULL ||
	    spec->kind != u->spec.kind)
		return ANSWER_NO_TOXIC;
	if (u->has_toxicity)
		spec->toxicity = u->spec.toxicity;
	for (i = 0; i < TOXIC_ATTRIBUTES_MAX; i++) {
		if ((u->values_given & 1U << i) != 0)
			toxic_spec_take(spec, i, &u->spec);
	}
	must(toxic_spec_check(spec, &fault) == 0);
	say_toxic(p, spec);
	answer->proxy_id = p->id;
	return ANSWER_OK;
}

static enum answer_code
toxic_delete(const struct msg *m, struct answer *answer)
{
	const struct toxic_name *name = msg_get_toxic_name(m);
	struct toxic_spec *spec;
	struct proxy *p;

	if ((p = find(&name->proxy)) == NULL)
		return ANSWER_NO_PROXY;
	if ((spec = find_toxic(p, name->name)) == NULL)
		return ANSWER_NO_TOXIC;
	remove_toxic(p, spec);
	answer->proxy_id = p->id;
	return ANSWER_OK;
}

static enum answer_code
lease_renew(const struct msg *m, struct answer *answer)
{
	const struct toxic_name *of = &msg_get_lease_renewal(m)->of;
	struct proxy *p = find(&of->proxy);

	if (p == NULL)
		return ANSWER_NO_PROXY;
	if (of->name[0] != '\0' && find_toxic(p, of->name) == NULL)
		return ANSWER_NO_TOXIC;
	answer->proxy_id = p->id;
	return ANSWER_OK;
}

static enum answer_code
halt(const struct msg *m, struct answer *answer)
{
	(void)answer;
	(void)msg_get_halt(m);
	return ANSWER_OK;
}

/* Nothing is under way here: it is as it is. */
static enum answer_code
await(const struct msg *m, struct answer *answer)
{
	struct proxy *p = find(msg_get_proxy_key(m));

	if (p == NULL)
		return ANSWER_NO_PROXY;
	answer->proxy_id = p->id;
	return ANSWER_OK;
}

/* Each may be opened; of those that somebody names, half are there. */
static enum answer_code
session(const struct msg *m, struct answer *answer)
{
	const struct session_ref *ref = msg_get_session_ref(m);

	(void)answer;
	must(!session_id_is_none(&ref->id));
	return m->type == MSG_SESSION_RENEW && (ref->id.bytes[0] & 1) != 0
	    ? ANSWER_NO_SESSION
	    : ANSWER_OK;
}

/* What a worker that has one session would say; of those asked for, half. */
static enum answer_code
relayed(const struct msg *m, struct answer *answer)
{
	/* with which an own_toxic begins */
	const struct sessions_ask *s = &m->payload.sessions_ask;
	const struct toxic_spec own = { .name = "t", .kind = TOXIC_LATENCY };
	struct session_page page = { .assignment = 1, .n = 1 };
	struct toxic_work work = { .name = "t", .kind = TOXIC_LATENCY };
	struct session_ended ended = { .end = END_NO_UPSTREAM };

	(void)answer;
	must(s->proxy.name[0] != '\0');
	must((s->ask.wish == WISH_CLOSE || s->ask.wish == WISH_RESET) ==
	    (m->type == MSG_PROXY_SESSION_END));
	if (find(&s->proxy) == NULL)
		return ANSWER_NO_PROXY;
	if (s->ask.wish >= WISH_ONE && (s->ask.number & 1) != 0)
		return ANSWER_NO_CONNECTION;
	if (s->ask.wish == WISH_ONE)
		chan_send(&apid, MSG_API_TOXIC_WORK, m->id, &work, -1);
	if (s->ask.wish == WISH_ENDED)
		chan_send(&apid, MSG_API_ENDED, m->id, &ended, -1);
	if (s->ask.wish >= WISH_OWN_TOXICS && s->ask.wish != WISH_OWN_REMOVE)
		chan_send(&apid, MSG_API_OWN_TOXIC, m->id, &own, -1);
	page.n = s->ask.wish != WISH_ENDED;
	page.rows[0].number = page.n != 0 ? s->ask.number : 0;
	page.next = (s->ask.number & 2) != 0 ? s->ask.number + 1 : 0;
	chan_send(&apid, MSG_API_PAGE, m->id, &page, -1);
	return ANSWER_OK;
}

static enum answer_code (*const acts[MSG_MAX])(
    const struct msg *, struct answer *) = {
	[MSG_PROXY_UPDATE] = update,
	[MSG_PROXY_DELETE] = delete_or_reset,
	[MSG_PROXY_RESET] = delete_or_reset,
	[MSG_PROXY_AWAIT] = await,
	[MSG_PROXY_SESSIONS] = relayed,
	[MSG_PROXY_SESSION_END] = relayed,
	[MSG_OWN_TOXIC_CREATE] = relayed,
	[MSG_OWN_TOXIC_UPDATE] = relayed,
	[MSG_OWN_TOXIC_DELETE] = relayed,
	[MSG_TOXIC_CREATE] = toxic_create,
	[MSG_TOXIC_UPDATE] = toxic_update,
	[MSG_TOXIC_DELETE] = toxic_delete,
	[MSG_SCENARIO_DELETE] = scenario_delete,
	[MSG_LEASE_RENEW] = lease_renew,
	[MSG_SESSION_OPEN] = session,
	[MSG_SESSION_RENEW] = session,
	[MSG_SESSION_GONE] = session,
	[MSG_HALT] = halt,
	[MSG_RESUME] = halt,
};

/* So many toxics come behind it. */
static size_t
read_head(const struct msg *m)
{
	if (m->type == MSG_PROXY_PROFILE) {
		reading.profile = *msg_get_proxy_profile(m);
		must(reading.profile.proxy.name[0] != '\0');
		return reading.nlisted = reading.profile.ntoxics;
	}
	if (m->type == MSG_SCENARIO_CREATE) {
		reading.scenario = *msg_get_scenario_spec(m);
		return reading.nlisted = reading.scenario.ntoxics;
	}
	reading.create = *msg_get_proxy_create(m);
	must(reading.create.spec.key.name[0] != '\0');
	return reading.nlisted = reading.create.ntoxics;
}

/* A proxy, and one message for each of its toxics; 1 when it is whole. */
static int
read_create(const struct msg *m)
{
	struct toxic_spec *spec = &reading.toxics[reading.ntoxics];
	size_t i;

	if (m->type != MSG_PROXY_CREATE_TOXIC) {
		must(reading.type == MSG_NONE);
		reading.type = m->type;
		reading.id = m->id;
		reading.ntoxics = 0;
		return read_head(m) == 0;
	}
	must(reading.type != MSG_NONE && reading.id == m->id);
	must(reading.ntoxics < reading.nlisted);
	*spec = *msg_get_toxic_spec(m);
	is_offered(spec);
	for (i = 0; i < reading.ntoxics; i++)
		must(strcmp(reading.toxics[i].name, spec->name) != 0 ||
		    strcmp(toxic_owner(&reading.toxics[i]),
			toxic_owner(spec)) != 0);
	return ++reading.ntoxics == reading.nlisted;
}

static int
is_create(enum msg_type type)
{
	return type == MSG_PROXY_CREATE || type == MSG_PROXY_POPULATE ||
	    type == MSG_SCENARIO_CREATE || type == MSG_PROXY_PROFILE ||
	    type == MSG_PROXY_CREATE_TOXIC;
}

static enum answer_code
act(const struct msg *m, struct answer *answer)
{
	if (!is_create(m->type))
		return acts[m->type](m, answer);
	if (reading.type == MSG_SCENARIO_CREATE)
		return scenario(answer);
	return reading.type == MSG_PROXY_PROFILE ? profiled(answer)
						 : created(answer);
}

static void
answer_one(const struct msg *m, enum model_mood mood, uint8_t code)
{
	struct answer answer = { .stage = code % STAGE_MAX };

	must(m->id != 0);
	must(acts[m->type] != NULL || is_create(m->type));
	if (mood == MODEL_REFUSES) {
		answer.code = code % ANSWER_CODE_MAX;
		answer.endpoint_error = code % ENDPOINT_ERROR_MAX;
		answer.proxy_id = code;
	} else {
		answer.code = act(m, &answer);
	}
	reading.type = MSG_NONE;
	if (mood != MODEL_IS_SILENT)
		chan_send(&apid, MSG_ANSWER, m->id, &answer, -1);
}

/* One event or none, and perhaps more. */
static void
say_events(const struct msg *m, uint8_t code)
{
	const struct event_question *q = msg_get_event_question(m);
	struct event_record r = { .id = EVENT_BLOCK + code, .of = q->of };
	struct event_end end = { .last = r.id + code % 2 };

	must(q->of.is_of_all || strlen(q->of.tenant) <= TENANT_NAME_MAX);
	if (q->after < r.id) {
		r.kind = code % EVENT_KIND_MAX;
		event_add_text(&r, EVENT_SAYS, "proxy", "web");
		event_add_integer(&r, EVENT_WAS, "latency", code);
		event_add_list(&r, EVENT_IS, "latency");
		event_add_text(&r, EVENT_IS, "", "\"");
		chan_send(&apid, MSG_EVENT, m->id, &r, -1);
		end.has_more = code % 7 == 0;
	}
	chan_send(&apid, MSG_EVENTS_END, m->id, &end, -1);
	if (q->after < r.id && code % 3 == 0)
		chan_send(&apid, MSG_EVENTS_NEWS, 0, &q->of, -1);
}

int
model_answer(enum model_mood mood, uint8_t code)
{
	struct msg m;
	int n = 0, r;

	while ((r = chan_receive(&apid, &m)) == 1) {
		if (is_create(m.type) && !read_create(&m))
			continue;
		if (m.type == MSG_CONFIG_END) { /* toxid would end */
			must(msg_get_config_end(&m)->is_bad);
			continue;
		}
		if (m.type == MSG_PROXY_WATCH)
			continue;
		if (model_is_desired(m.type)) {
			n += model_desired(&apid, &m, mood, code);
			continue;
		}
		if (m.type == MSG_EVENTS_READ) {
			if (mood != MODEL_IS_SILENT)
				say_events(&m, code);
			n += mood != MODEL_IS_SILENT;
			continue;
		}
		answer_one(&m, mood, code);
		n++;
	}
	must(r == 0);
	must(chan_flush(&apid) == 0);
	return n;
}

void
model_begin(void)
{
	static const struct toxic_spec spec = { .name = "latency_downstream",
		.kind = TOXIC_LATENCY,
		.stream = STREAM_DOWNSTREAM,
		.toxicity = 1,
		.values = { { 100 }, { 10 } } };
	struct proxy_spec web = { .key = { .name = "web" }, .enabled = 1 };
	struct proxy_spec off = { .key = { .name = "off" } };
	struct answer answer;

	snprintf(web.listen.text, sizeof(web.listen.text), "127.0.0.1:80");
	snprintf(web.upstream.text, sizeof(web.upstream.text), "up:80");
	off.upstream = web.upstream;
	reading.ntoxics = 1;
	reading.toxics[0] = spec;
	must(add_proxy(&web, &answer) == ANSWER_OK);
	reading.ntoxics = 0;
	must(add_proxy(&off, &answer) == ANSWER_OK);
}
