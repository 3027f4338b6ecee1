/* SPDX-License-Identifier: ISC */
/* The toxics of this proxy, in their order, and at work on its sessions. */

#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "own_toxics.h"
#include "relayd.h"
#include "wave.h"

/* Of those whose select counts sessions. */
static void
count(const struct toxic *t, int n)
{
	if (toxic_select_counts(&t->select))
		relay.ncounting += (unsigned int)n;
}

/* From now on it is so; a select that is as it was goes on. */
static void
take_spec(struct toxic *t, const struct toxic_spec *spec)
{
	struct toxic_spec *was = t->spec;

	count(t, -1);
	if ((t->spec = toxic_spec_dup(spec)) == NULL)
		fatal("%s", __func__);
	if (was != NULL)
		toxic_select_keep(t->spec, was);
	(void)toxic_select_begin(
	    t->spec, relay.earlier_sessions + relay.next_session);
	free(was);
	(void)toxic_select_get(t->spec, &t->select);
	t->epoch = wave_epoch();
	count(t, 1);
}

static void
toxic_free(struct toxic *t)
{
	count(t, -1);
	free(t->spec);
	free(t);
}

int
toxic_list_add(const struct toxic_spec *spec)
{
	struct session *s;
	struct toxic *t;
	int64_t now = clock_now();

	if (toxics_find(&relay.toxics, spec->name) != NULL)
		return -1;
	if ((t = calloc(1, sizeof(*t))) == NULL)
		fatal("%s", __func__);
	take_spec(t, spec);
	t->nth = ++relay.given;
	TAILQ_INSERT_TAIL(&relay.toxics, t, entry);
	TAILQ_FOREACH (s, &relay.sessions, entry) {
		if (s->dialling || relay.is_halted)
			continue;
		pipe_toxic_add(&s->pipes[spec->stream], t, now);
		session_ready(s);
	}
	return 0;
}

/*
 * A toxic keeps its draws unless it is its toxicity that changes, or its
 * select; and that begins where it began unless it is another.
 */
int
toxic_list_update(const struct toxic_spec *spec)
{
	struct toxic *t = toxics_find(&relay.toxics, spec->name);
	struct toxic_select was;
	struct session *s;
	int64_t now = clock_now();
	int redraw;

	if (t == NULL || t->spec->kind != spec->kind ||
	    t->spec->stream != spec->stream)
		return -1;
	redraw = t->spec->toxicity != spec->toxicity;
	was = t->select;
	take_spec(t, spec);
	redraw |= memcmp(&was, &t->select, sizeof(was)) != 0;
	TAILQ_FOREACH (s, &relay.sessions, entry) {
		if (s->dialling)
			continue;
		pipe_toxic_update(&s->pipes[spec->stream], t, redraw, now);
		session_ready(s);
	}
	return 0;
}

int
toxic_list_remove(const char *name)
{
	struct toxic *t = toxics_find(&relay.toxics, name);
	struct session *s;
	int64_t now = clock_now();

	if (t == NULL)
		return -1;
	TAILQ_FOREACH (s, &relay.sessions, entry) {
		if (s->dialling)
			continue;
		pipe_toxic_remove(&s->pipes[t->spec->stream], t, now);
		session_ready(s);
	}
	TAILQ_REMOVE(&relay.toxics, t, entry);
	toxic_free(t);
	return 0;
}

/* A session has its upstream: its weather begins. */
void
toxic_list_start(struct session *s)
{
	struct toxic *t;
	int64_t now = clock_now();

	if (relay.is_halted)
		return;
	TAILQ_FOREACH (t, &relay.toxics, entry)
		pipe_toxic_add(&s->pipes[t->spec->stream], t, now);
	own_toxics_start(s, now);
}

/* The last in a chain first: what they let go meets none of the others. */
static void
session_halt(struct session *s)
{
	struct toxic *t;
	int64_t now = clock_now();

	own_toxics_halt(s, now);
	TAILQ_FOREACH_REVERSE(t, &relay.toxics, toxics, entry)
	pipe_toxic_halt(&s->pipes[t->spec->stream], t, now);
}

void
toxic_list_halt(void)
{
	struct session *s;

	if (relay.is_halted)
		return;
	relay.is_halted = 1;
	TAILQ_FOREACH (s, &relay.sessions, entry) {
		if (s->dialling)
			continue;
		session_halt(s);
		session_ready(s);
	}
}

void
toxic_list_resume(void)
{
	struct session *s;

	if (!relay.is_halted)
		return;
	relay.is_halted = 0;
	TAILQ_FOREACH (s, &relay.sessions, entry) {
		if (s->dialling)
			continue;
		toxic_list_start(s);
		session_ready(s);
	}
}

/* ---- what ctld is told of them */

static void
tell(struct toxic *t, uint32_t id)
{
	const struct toxic_counted counted = { .nth = t->nth,
		.counts = t->counts };

	t->told = t->counts;
	if (chan_send(&relay.ctld.chan, MSG_RELAY_TOXIC_COUNTED, id, &counted,
		-1) == -1)
		log_warn("%s", __func__);
}

static int
is_news(const struct toxic *t)
{
	return memcmp(&t->counts, &t->told, sizeof(t->told)) != 0;
}

int
toxic_list_has_news(void)
{
	const struct toxic *t;

	TAILQ_FOREACH (t, &relay.toxics, entry) {
		if (is_news(t))
			return 1;
	}
	return 0;
}

void
toxic_list_tell(void)
{
	struct toxic *t;

	TAILQ_FOREACH (t, &relay.toxics, entry) {
		if (is_news(t))
			tell(t, 0);
	}
}

void
toxic_list_say(uint32_t id)
{
	struct toxic *t;
	struct toxic_spec spec;

	TAILQ_FOREACH (t, &relay.toxics, entry) {
		toxic_spec_copy(&spec, t->spec);
		if (chan_send(&relay.ctld.chan, MSG_RELAY_TOXIC_HERE, id, &spec,
			-1) == -1)
			log_warn("%s", __func__);
		tell(t, id);
	}
}

void
toxic_list_free(void)
{
	struct toxic *t;

	while ((t = TAILQ_FIRST(&relay.toxics)) != NULL) {
		TAILQ_REMOVE(&relay.toxics, t, entry);
		toxic_free(t);
	}
}
