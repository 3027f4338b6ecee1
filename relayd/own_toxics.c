/* SPDX-License-Identifier: ISC */
/*
 * Toxics of one session's own: in each of its chains behind those of the proxy.
 * This worker alone knows them, so that a ctld that follows another may ask for
 * them as for all else of sessions; they go with the session.
 */

#include <stdlib.h>
#include <string.h>

#include "agreed.h"
#include "log.h"
#include "own_toxics.h"
#include "relayd.h"
#include "wave.h"

/* ---- who has some: few sessions do, and the others pay nothing for it */

struct owner {
	TAILQ_ENTRY(owner) entry;
	struct session *session;
	struct toxics toxics; /* at least one */
};
static TAILQ_HEAD(, owner) owners = TAILQ_HEAD_INITIALIZER(owners);

static struct owner *
owner_of(const struct session *s)
{
	struct owner *o = NULL;

	if (s->has_own) {
		TAILQ_FOREACH (o, &owners, entry) {
			if (o->session == s)
				break;
		}
	}
	return o;
}

static struct owner *
owner_new(struct session *s)
{
	struct owner *o;

	if ((o = calloc(1, sizeof(*o))) == NULL)
		fatal("%s", __func__);
	o->session = s;
	TAILQ_INIT(&o->toxics);
	TAILQ_INSERT_TAIL(&owners, o, entry);
	s->has_own = 1;
	return o;
}

static void
owner_free(struct owner *o)
{
	o->session->has_own = 0;
	TAILQ_REMOVE(&owners, o, entry);
	free(o);
}

const struct toxics *
own_toxics_of(const struct session *s)
{
	const struct owner *o = owner_of(s);

	return o != NULL ? &o->toxics : NULL;
}

static size_t
count(const struct owner *o)
{
	const struct toxic *t;
	size_t n = 0;

	TAILQ_FOREACH (t, &o->toxics, entry)
		n++;
	return n;
}

/* ---- at work */

/* While it dials, or all are held off, it begins later: own_toxics_start(). */
static int
is_at_work(const struct session *s)
{
	return !s->dialling && !relay.is_halted;
}

void
own_toxics_start(struct session *s, int64_t now)
{
	struct owner *o = owner_of(s);
	struct toxic *t;

	if (o == NULL)
		return;
	TAILQ_FOREACH (t, &o->toxics, entry)
		pipe_toxic_add(&s->pipes[t->spec->stream], t, now);
}

/* The last first, as of the proxy's. */
void
own_toxics_halt(struct session *s, int64_t now)
{
	struct owner *o = owner_of(s);
	struct toxic *t;

	if (o == NULL)
		return;
	TAILQ_FOREACH_REVERSE(t, &o->toxics, toxics, entry)
	pipe_toxic_halt(&s->pipes[t->spec->stream], t, now);
}

/* ---- the list */

/* Of those that its select would count, the session is the first. */
static void
take_spec(
    const struct session *s, struct toxic *t, const struct toxic_spec *spec)
{
	free(t->spec);
	if ((t->spec = toxic_spec_dup(spec)) == NULL)
		fatal("%s", __func__);
	(void)toxic_select_get(t->spec, &t->select);
	t->epoch = wave_epoch();
	t->select.base = relay.earlier_sessions + s->number;
}

static struct toxic *
make(struct owner *o, const struct toxic_spec *spec)
{
	struct toxic *t;

	if ((t = calloc(1, sizeof(*t))) == NULL)
		fatal("%s", __func__);
	t->is_own = 1;
	take_spec(o->session, t, spec);
	TAILQ_INSERT_TAIL(&o->toxics, t, entry);
	relay.counters.own_toxics++;
	return t;
}

static void
toxic_free(struct toxic *t)
{
	free(t->spec);
	free(t);
	relay.counters.own_toxics--;
}

void
own_toxics_free(struct session *s)
{
	struct owner *o = owner_of(s);
	struct toxic *t;

	if (o == NULL)
		return;
	while ((t = TAILQ_FIRST(&o->toxics)) != NULL) {
		TAILQ_REMOVE(&o->toxics, t, entry);
		toxic_free(t);
	}
	owner_free(o);
}

static void
remove_one(struct owner *o, struct toxic *t)
{
	struct session *s = o->session;

	if (!s->dialling)
		pipe_toxic_remove(&s->pipes[t->spec->stream], t, clock_now());
	TAILQ_REMOVE(&o->toxics, t, entry);
	toxic_free(t);
	if (TAILQ_EMPTY(&o->toxics))
		owner_free(o);
	session_ready(s);
}

void
own_toxics_remove_all(void)
{
	struct owner *o;

	while ((o = TAILQ_FIRST(&owners)) != NULL)
		remove_one(o, TAILQ_FIRST(&o->toxics));
}

/* ---- what is asked */

static enum own_outcome
add(struct session *s, const struct toxic_spec *spec, const struct toxic **made)
{
	struct owner *o = owner_of(s);
	struct toxic *t;

	if ((o != NULL && toxics_find(&o->toxics, spec->name) != NULL) ||
	    toxics_find(&relay.toxics, spec->name) != NULL)
		return OWN_EXISTS;
	if ((o != NULL && count(o) >= PROXY_TOXICS_MAX) ||
	    relay.counters.own_toxics >= OWN_TOXICS_MAX)
		return OWN_TOO_MANY;
	*made = t = make(o != NULL ? o : owner_new(s), spec);
	if (is_at_work(s))
		pipe_toxic_add(&s->pipes[spec->stream], t, clock_now());
	return OWN_DONE;
}

/* It keeps its draw as the proxy's do. */
static enum own_outcome
update(struct session *s, struct toxic *t, const struct own_toxic *asked)
{
	struct toxic_fault fault;
	struct toxic_select was;
	struct toxic_spec spec;
	int redraw;

	if (t->spec->kind != asked->spec.kind)
		return OWN_DIFFERS;
	toxic_spec_copy(&spec, t->spec);
	toxic_spec_merge(&spec, &asked->spec, asked->values_given,
	    asked->has_toxicity, asked->has_select, asked->has_waves);
	if (toxic_spec_check(&spec, &fault) == -1)
		return OWN_DIFFERS;
	redraw = t->spec->toxicity != spec.toxicity;
	was = t->select;
	take_spec(s, t, &spec);
	redraw |= memcmp(&was, &t->select, sizeof(was)) != 0;
	if (is_at_work(s))
		pipe_toxic_update(
		    &s->pipes[spec.stream], t, redraw, clock_now());
	session_ready(s);
	return OWN_DONE;
}

enum own_outcome
own_toxics_ask(
    struct session *s, const struct own_toxic *asked, const struct toxic **is)
{
	struct owner *o = owner_of(s);
	struct toxic *t;

	*is = NULL;
	if (asked->of.ask.wish == WISH_OWN_ADD) {
		session_ready(s);
		return add(s, &asked->spec, is);
	}
	t = o != NULL ? toxics_find(&o->toxics, asked->spec.name) : NULL;
	if (t == NULL)
		return OWN_NOT_THERE;
	if (asked->of.ask.wish == WISH_OWN_REMOVE) {
		remove_one(o, t);
		return OWN_DONE;
	}
	*is = t;
	return update(s, t, asked);
}
