/* SPDX-License-Identifier: ISC */
/*
 * Documents on their way to ctld, one after the other, and each in slices: what
 * others ask for comes between.  One that waits has its body and no more, which
 * is counted with all others'; so there is one at a time that takes memory.
 */

#include <string.h>

#include "agreed.h"
#include "container_of.h"
#include "documents.h"
#include "nitems.h"
#include "text_put.h"

/* So long is a turn of reading one, and so many messages are said in one of
 * saying it; none where ctld has not read the last ones. */
#define TURN (NS_PER_MS / 2)
#define MESSAGES_MAX 64

static TAILQ_HEAD(, document) documents = TAILQ_HEAD_INITIALIZER(documents);

static struct document *
document_of(struct ask *a)
{
	return container_of(a, struct document, ask);
}

static void
end(struct document *d, const struct answer *answer)
{
	TAILQ_REMOVE(&documents, d, entry);
	ask_forget(&d->ask);
	if (d->request != NULL) {
		d->request->work = NULL;
		if (d->request->response == NULL)
			d->answered(d, answer);
		request_wake(d->request);
	}
	doc_free(d);
}

/* ---- what ctld says of it */

static void
take_fault(struct document *d, const struct desired_fault *told)
{
	static const char *const fields[DESIRED_FIELD_MAX] = {
		[DESIRED_WHOLE] = "",
		[DESIRED_NAME] = "name",
		[DESIRED_LISTEN] = "listen",
		[DESIRED_CONNECT] = "connect",
		[DESIRED_TOXICS] = "toxics",
		[DESIRED_PROXY_NAME] = "proxy",
		[DESIRED_STEPS] = "steps",
		[DESIRED_TENANT] = "tenant",
		[DESIRED_LEASE] = "ttl",
	};
	const struct desired_item at =
	    doc_item(d, told->is_scenario, told->item);
	struct failure f;

	failure_set(&f, 400, "%s", told->why);
	desired_fault(&d->faults, &at, fields[told->field], told->source, &f);
}

static void
told(struct ask *a, const struct msg *m)
{
	struct document *d = document_of(a);

	if (m->type == MSG_API_DESIRED_FAULT) {
		take_fault(d, msg_get_desired_fault(m));
	} else if (m->type == MSG_API_DESIRED_DONE) {
		d->done = *msg_get_desired_done(m);
		d->has_done = 1;
	} else if (m->type == MSG_API_SOURCE) {
		d->applied = *msg_get_source_state(m);
	}
}

static void
answered(struct ask *a, const struct answer *answer)
{
	end(document_of(a), answer);
}

/* ---- what it is at */

enum turn {
	AGAIN,
	NEXT,
	GONE /* it has been freed */
};

static enum turn
read_body(struct document *d)
{
	const struct request *r = d->request;
	struct failure f;

	if (doc_read(d, r->body, r->body_len, &f) == 0)
		return NEXT;
	reply_failure(d->request, &f);
	end(d, NULL);
	return GONE;
}

static enum turn
read_items(struct document *d)
{
	const int64_t until = clock_now() + TURN;

	while (doc_next(d)) {
		if (clock_now() >= until)
			return AGAIN;
	}
	if (d->faults.n > 0) {
		end(d, NULL);
		return GONE;
	}
	if (doc_finish(d) == 0)
		return NEXT;
	reply_error(d->request, 413, "the document is longer than %d MiB",
	    (int)(SOURCE_TEXT_MAX >> 20));
	end(d, NULL);
	return GONE;
}

static enum turn
ask_for_it(struct document *d)
{
	d->ask.caller = d->request->ask.caller;
	d->ask.told = told;
	d->ask.answered = answered;
	ask(&d->ask, MSG_DESIRED_PUT, &d->put);
	d->ask.caller = NULL; /* it goes with the request */
	return NEXT;
}

/* 0: that was all */
static int
say_text(struct document *d)
{
	struct source_text part;

	if (d->said == d->put.size)
		return 0;
	d->said =
	    source_text_part(&part, d->written.text, d->put.size, d->said);
	ask_more(&d->ask, MSG_DESIRED_TEXT, &part, sizeof(part));
	return 1;
}

static void
say_toxics(struct document *d, struct toxic_spec *const *toxics, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		ask_more(
		    &d->ask, MSG_DESIRED_TOXIC, toxics[i], sizeof(*toxics[i]));
}

static int
say_proxy(struct document *d)
{
	const struct proxy_entry *e;
	struct proxy_create create;

	if (d->said == d->put.nproxies)
		return 0;
	e = &d->proxies[d->said++];
	create = (struct proxy_create){ .spec = e->spec,
		.ntoxics = (uint32_t)e->ntoxics };
	ask_more(&d->ask, MSG_DESIRED_PROXY, &create, sizeof(create));
	say_toxics(d, e->toxics, e->ntoxics);
	return 1;
}

/* One that is made has an id; of one that is there already it stays. */
static int
say_scenario(struct document *d)
{
	struct scenario *s;

	if (d->said == d->put.nscenarios)
		return 0;
	s = d->scenarios[d->said++].scenario;
	if (s->spec.id[0] == '\0')
		text_put(s->spec.id, sizeof(s->spec.id), d->id);
	ask_more(&d->ask, MSG_DESIRED_SCENARIO, &s->spec, sizeof(s->spec));
	say_toxics(d, s->toxics, s->ntoxics);
	return 1;
}

static enum turn
say_some(struct document *d, int (*say)(struct document *))
{
	int n;

	for (n = 0; n < MESSAGES_MAX && apid.ctld.out_bytes == 0; n++) {
		if (!say(d))
			return NEXT;
	}
	return AGAIN;
}

static enum turn
say_texts(struct document *d)
{
	return say_some(d, say_text);
}

static enum turn
say_proxies(struct document *d)
{
	return say_some(d, say_proxy);
}

static enum turn
say_scenarios(struct document *d)
{
	return say_some(d, say_scenario);
}

/* One that is only asked for has nothing to be read, nor to be said. */
static enum turn (*const stages[])(struct document *) = {
	[DOCUMENT_BEGINS] = read_body,
	read_items,
	[DOCUMENT_IS_READ] = ask_for_it,
	say_texts,
	say_proxies,
	say_scenarios,
};

/* ---- for others */

void
doc_send(struct document *d)
{
	TAILQ_INSERT_TAIL(&documents, d, entry);
}

void
doc_forget(struct document *d)
{
	d->request = NULL;
	if (d->ask.id != 0)
		return;
	TAILQ_REMOVE(&documents, d, entry);
	doc_free(d);
}

int
desired_wants_turn(void)
{
	const struct document *d = TAILQ_FIRST(&documents);

	if (d == NULL || d->stage == (int)nitems(stages))
		return 0;
	return d->ask.id == 0 || apid.ctld.out_bytes == 0;
}

int
desired_is_saying(void)
{
	const struct document *d = TAILQ_FIRST(&documents);

	return d != NULL && d->ask.id != 0;
}

void
desired_work(void)
{
	struct document *d = TAILQ_FIRST(&documents);

	if (!desired_wants_turn() || stages[d->stage](d) != NEXT)
		return;
	d->stage++;
	d->said = 0;
}
