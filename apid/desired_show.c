/* SPDX-License-Identifier: ISC */
/*
 * GET /desired and /desired/{source}.  Each is as long as a document may be: so
 * they are asked for one after the other.
 */

#include <stdlib.h>
#include <string.h>

#include "agreed.h"
#include "container_of.h"
#include "documents.h"
#include "desired_asked.h"
#include "log.h"
#include "text_put.h"

struct show {
	TAILQ_ENTRY(show) entry;
	struct request *request;
	struct desired_show wanted;
	struct source_state source; /* id 0: not said yet */
	char *text;
	size_t len;
	struct writer list; /* of all, where none is wanted */
	int listed;
};

static TAILQ_HEAD(, show) shows = TAILQ_HEAD_INITIALIZER(shows);

/* ---- what ctld says */

static void
list_one(struct show *s, const struct source_state *state)
{
	struct proxy_key key = state->of;
	FILE *f = s->list.f;

	text_put(key.name, sizeof(key.name), state->name);
	fputs(s->listed++ > 0 ? ",{\"source\":" : "{\"source\":", f);
	encode_key(f, &key, s->wanted.is_of_all);
	fputs(",\"generation\":", f);
	encode_string(f, state->generation);
	fputs(",\"applied_at\":", f);
	encode_time_ms(f, state->applied_at);
	fputc('}', f);
}

static void
begin_text(struct show *s, const struct source_state *state)
{
	free(s->text);
	s->source = *state;
	s->len = 0;
	if ((s->text = malloc(state->size + 1)) == NULL)
		fatal("%s", __func__);
}

static void
take_text(struct show *s, const struct source_text *part)
{
	if (s->text == NULL || part->n > s->source.size - s->len)
		fatalx("%s: more than there is", __func__);
	memcpy(s->text + s->len, part->bytes, part->n);
	s->len += part->n;
}

static void
told(struct ask *a, const struct msg *m)
{
	struct show *s = request_of(a)->work;

	if (m->type == MSG_API_SOURCE_TEXT)
		take_text(s, msg_get_source_text(m));
	else if (m->type == MSG_API_SOURCE && s->wanted.source[0] == '\0')
		list_one(s, msg_get_source_state(m));
	else if (m->type == MSG_API_SOURCE)
		begin_text(s, msg_get_source_state(m));
}

/* ---- the reply */

/* Its own text, in which all has been looked at when it was put. */
static void
show_proxies(FILE *f, const struct show *s)
{
	json_t *json = json_loadb(s->text, s->len, 0, NULL), *proxy;
	struct proxy_key key;
	const char *comma = "";
	size_t i;

	if (json == NULL)
		fatalx("%s: a source's document is no JSON", __func__);
	json_array_foreach(json_object_get(json, DESIRED_PROXIES), i, proxy)
	{
		if (desired_key(proxy, s->source.of.tenant, &key) == 0 &&
		    desired_show_proxy(f, comma, &key, s->source.of.tenant))
			comma = ",";
	}
	json_decref(json);
}

static void
reply_source(struct request *r, const struct show *s)
{
	struct writer w;

	if (s->text == NULL || s->len != s->source.size)
		fatalx("%s: a document is not whole", __func__);
	writer_open(&w);
	fprintf(w.f, "{\"source\":\"%s\",\"generation\":", s->source.name);
	encode_string(w.f, s->source.generation);
	fputs(",\"applied_at\":", w.f);
	encode_time_ms(w.f, s->source.applied_at);
	fputs(",\"document\":", w.f);
	fwrite(s->text, 1, s->len, w.f);
	fputs(",\"proxies\":[", w.f);
	show_proxies(w.f, s);
	fputs("]}\n", w.f);
	reply_json(r, 200, &w);
	reply_generation(r, s->source.generation);
}

static void
reply_list(struct request *r, struct show *s)
{
	struct writer w;

	writer_finish(&s->list);
	writer_open(&w);
	fprintf(w.f, "[%s]\n", s->list.text);
	reply_json(r, 200, &w);
}

/* ---- one after the other */

static void ask_next(void);

static void
leave(struct show *s)
{
	TAILQ_REMOVE(&shows, s, entry);
	if (s->list.f != NULL)
		writer_finish(&s->list);
	free(s->list.text);
	free(s->text);
	free(s);
	ask_next();
}

static void
answered(struct ask *a, const struct answer *answer)
{
	struct request *r = request_of(a);
	struct show *s = r->work;

	if (answer->code != ANSWER_OK)
		reply_answer(r, answer);
	else if (s->wanted.source[0] == '\0')
		reply_list(r, s);
	else
		reply_source(r, s);
	r->work = NULL;
	leave(s);
	request_wake(r);
}

/* The first one, if it has not been. */
static void
ask_next(void)
{
	struct show *s = TAILQ_FIRST(&shows);
	struct ask *a;

	if (s == NULL || s->request->ask.id != 0)
		return;
	a = &s->request->ask;
	a->told = told;
	a->answered = answered;
	ask(a, MSG_DESIRED_SHOW, &s->wanted);
}

static void
work_free(void *work)
{
	leave(work);
}

static void
begin(struct request *r, const char *source)
{
	struct show *s = calloc(1, sizeof(*s));

	if (s == NULL)
		fatal("%s", __func__);
	s->request = r;
	if (!r->is_for_all)
		memcpy(
		    s->wanted.of.tenant, r->key.tenant, sizeof(r->key.tenant));
	text_put(s->wanted.source, sizeof(s->wanted.source), source);
	s->wanted.is_of_all = r->is_for_all;
	writer_open(&s->list);
	r->work = s;
	r->work_free = work_free;
	TAILQ_INSERT_TAIL(&shows, s, entry);
	ask_next();
}

void
source_index(struct request *r)
{
	if (asked_nothing(r))
		begin(r, "");
}

void
source_show(struct request *r)
{
	if (!asked_source(r) || !asked_nothing(r))
		return;
	if (strcmp(r->proxy, SOURCE_CONFIG_NAME) == 0)
		reply_error(r, 404,
		    "the source \"" SOURCE_CONFIG_NAME
		    "\" is the configuration "
		    "file's: its document is that file");
	else
		begin(r, r->proxy);
}
