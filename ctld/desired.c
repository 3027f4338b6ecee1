/* SPDX-License-Identifier: ISC */
/* See desired.h. */

#include <stdlib.h>
#include <string.h>

#include "agreed.h"
#include "change.h"
#include "changes.h"
#include "child.h"
#include "clock.h"
#include "desired.h"
#include "difference.h"
#include "document.h"
#include "msg.h"
#include "sources.h"

/* So many faults are told; a document may be all wrong. */
#define FAULTS_MAX 1000

static struct change *reading; /* apid says one at a time; or NULL */
static TAILQ_HEAD(, desired) looking = TAILQ_HEAD_INITIALIZER(looking);

/* Bytes of all that are read, or wait: as many as of those that are kept. */
static uint64_t waiting;

/* ---- its end */

/* Nobody gets it from here; who has begun it waits for an answer. */
static void
refuse(struct change *ch, enum answer_code code)
{
	if (ch == reading)
		reading = NULL;
	changes_refuse(ch, code);
}

void
desired_free(struct change *ch)
{
	struct desired *w = ch->wants;

	if (w == NULL)
		return;
	waiting -= ch->u.desired.size;
	if (w->deadline != 0)
		TAILQ_REMOVE(&looking, w, entry);
	document_free(&w->document);
	source_free(w->made);
	free(w->text);
	free(w);
	ch->wants = NULL;
}

/* Of an apid that has died: one that is not whole will never be, and of one
 * that is nobody waits for the answer. */
void
desired_forget_asker(const struct child *asker)
{
	struct desired *w;

	if (reading != NULL && reading->asker == asker) {
		change_free(reading);
		reading = NULL;
	}
	TAILQ_FOREACH (w, &looking, entry) {
		if (w->document.asked->asker == asker)
			w->document.asked->asker = NULL;
	}
}

/* ---- its addresses */

static void
tell_fault(struct document *d, const struct wanted *of,
    const struct desired_fault *fault)
{
	struct change *ch = d->asked;

	(void)of;
	ch->wants->is_owned |= fault->source[0] != '\0';
	if (ch->asker != NULL && d->nfaults <= FAULTS_MAX)
		child_send(ch->asker, MSG_API_DESIRED_FAULT, ch->id, fault, -1);
}

static void
go_on(struct document *d)
{
	struct change *ch = d->asked;
	struct desired *w = ch->wants;

	if (document_look_up(d) > 0)
		return;
	TAILQ_REMOVE(&looking, w, entry);
	w->deadline = 0;
	changes_ask(ch);
}

/* All of it has been said. */
static void
look_up(struct change *ch)
{
	const struct desired_put *put = &ch->u.desired;
	const struct source *last = source_find(put->of.tenant, put->source);
	struct document *d = &ch->wants->document;

	reading = NULL;
	ch->wants->deadline = clock_now() + RESOLVE_WITHIN;
	TAILQ_INSERT_TAIL(&looking, ch->wants, entry);
	d->last = last;
	d->source = last != NULL ? last->state.id : SOURCE_NONE;
	difference_plan(d);
	difference_undo(d);
	go_on(d);
}

void
desired_tick(int64_t now)
{
	struct desired *w;

	while ((w = TAILQ_FIRST(&looking)) != NULL && now >= w->deadline) {
		document_give_up_looking(&w->document);
		go_on(&w->document);
	}
}

int
desired_waits(void)
{
	return !TAILQ_EMPTY(&looking);
}

/* ---- its pieces */

static int
is_whole(const struct change *ch)
{
	const struct desired_put *put = &ch->u.desired;
	const struct document *d = &ch->wants->document;

	return ch->wants->ntext == put->size && d->n == put->nproxies &&
	    d->nscenarios == put->nscenarios && d->reading == NULL;
}

/* Another one has been begun, or none: then nobody is told what this was. */
static int
goes_on(enum document_read read)
{
	struct change *ch = reading;

	switch (read) {
	case DOCUMENT_ODD:
		return -1;
	case DOCUMENT_NO_MEMORY:
		refuse(ch, ANSWER_NO_MEMORY);
		return 0;
	case DOCUMENT_TOO_MANY:
		refuse(ch, ANSWER_TOO_MANY_TOXICS);
		return 0;
	default:
		break;
	}
	if (is_whole(ch))
		look_up(ch);
	return 0;
}

int
desired_is_read(void)
{
	return reading != NULL;
}

/* Whoever says many at once is not to take all memory. */
static enum answer_code
may_be_read(const struct change *ch)
{
	const enum answer_code code = changes_are_too_many(ch);

	if (code == ANSWER_OK &&
	    waiting + ch->u.desired.size > SOURCES_TEXT_MAX)
		return ANSWER_NO_MEMORY;
	return code;
}

void
desired_read(struct change *ch)
{
	const struct desired_put *put = &ch->u.desired;
	const enum answer_code code = may_be_read(ch);
	struct desired *w;

	if (code != ANSWER_OK) {
		changes_refuse(ch, code);
		return;
	}
	if ((w = calloc(1, sizeof(*w))) == NULL ||
	    (w->text = malloc((size_t)put->size + 1)) == NULL) {
		free(w);
		changes_refuse(ch, ANSWER_NO_MEMORY);
		return;
	}
	ch->wants = w;
	waiting += put->size;
	w->document = (struct document){
		.asked = ch, .moved = go_on, .fault = tell_fault
	};
	document_open(&w->document);
	reading = ch;
	(void)goes_on(DOCUMENT_OK);
}

/* NULL: that piece is of one that has been refused, or was another ctld's. */
static struct desired *
of(const struct msg *m)
{
	return reading != NULL && reading->id == m->id &&
		reading->asker == m->from
	    ? reading->wants
	    : NULL;
}

int
desired_text(struct msg *m)
{
	const struct source_text *part = msg_get_source_text(m);
	struct desired *w = of(m);

	if (w == NULL)
		return 0;
	if (w->document.n > 0 || part->n > reading->u.desired.size - w->ntext)
		return -1;
	memcpy(w->text + w->ntext, part->bytes, part->n);
	w->ntext += part->n;
	return goes_on(DOCUMENT_OK);
}

int
desired_proxy(struct msg *m)
{
	struct desired *w = of(m);

	if (w == NULL)
		return 0;
	if (w->document.reading != NULL || w->ntext < reading->u.desired.size ||
	    w->document.n == reading->u.desired.nproxies)
		return -1;
	return goes_on(
	    document_proxy(&w->document, msg_get_proxy_create(m), 0, 0));
}

int
desired_scenario(struct msg *m)
{
	struct desired *w = of(m);

	if (w == NULL)
		return 0;
	if (w->document.reading != NULL ||
	    w->document.n < reading->u.desired.nproxies ||
	    w->document.nscenarios == reading->u.desired.nscenarios)
		return -1;
	return goes_on(
	    document_scenario(&w->document, msg_get_scenario_spec(m)));
}

int
desired_toxic(struct msg *m)
{
	struct desired *w = of(m);

	if (w == NULL)
		return 0;
	if (w->document.reading == NULL)
		return -1;
	return goes_on(document_toxic(&w->document, m));
}
