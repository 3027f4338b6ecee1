/* SPDX-License-Identifier: ISC */
/* See event_text.h. */

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "apid.h"
#include "event_fields.h"
#include "event_text.h"
#include "halted.h"
#include "log.h"

/* ---- the texts */

static struct event_text *
make(uint64_t id, const char *kind, struct writer *json)
{
	struct event_text *t;
	char head[96];
	int n;

	writer_finish(json);
	n = snprintf(
	    head, sizeof(head), "id: %" PRIu64 "\nevent: %s\ndata: ", id, kind);
	t = malloc(sizeof(*t) + (size_t)n + json->len + 3);
	if (t == NULL)
		fatal("%s", __func__);
	*t = (struct event_text){ .id = id, .nusers = 1 };
	t->json = (size_t)n;
	t->njson = json->len;
	t->len = t->json + t->njson + 2;
	memcpy(t->text, head, t->json);
	memcpy(t->text + t->json, json->text, t->njson);
	memcpy(t->text + t->json + t->njson, "\n\n", 3);
	free(json->text);
	return t;
}

void
event_text_use(struct event_text *t)
{
	t->nusers++;
}

void
event_text_drop(struct event_text *t)
{
	if (t != NULL && --t->nusers == 0)
		free(t);
}

/* ---- JSON */

static void
begin(struct writer *w, uint64_t id, const char *kind)
{
	writer_open(w);
	fprintf(w->f, "{\"id\":%" PRIu64 ",\"event\":\"%s\"", id, kind);
}

static void write_value(
    FILE *, const struct event_record *, size_t at, const struct event_field *);

/* at: where the list's own field ends. */
static void
write_list(FILE *f, const struct event_record *r, size_t at)
{
	struct event_field element;
	const char *comma = "";
	size_t n;

	fputc('[', f);
	while (
	    (n = event_field_at(r, at, &element)) > 0 && *element.key == '\0') {
		at += n;
		fputs(comma, f);
		write_value(f, r, at, &element);
		comma = ",";
	}
	fputc(']', f);
}

/* at: where the field ends. */
static void
write_value(FILE *f, const struct event_record *r, size_t at,
    const struct event_field *field)
{
	switch (field->type) {
	case EVENT_TEXT:
		encode_string(f, field->value);
		break;
	case EVENT_INTEGER:
		fputs(field->value, f);
		break;
	case EVENT_FRACTION:
		encode_double(f, strtod(field->value, NULL));
		break;
	case EVENT_FLAG:
		fputs(*field->value == '1' ? "true" : "false", f);
		break;
	case EVENT_LIST:
		write_list(f, r, at);
		break;
	}
}

/* Where that field ends; 0: there is none. */
static size_t
find(const struct event_record *r, enum event_place place, const char *key,
    struct event_field *field)
{
	size_t at, n;

	for (at = 0; (n = event_field_at(r, at, field)) > 0; at += n) {
		if (field->place == place && strcmp(field->key, key) == 0)
			return at + n;
	}
	return 0;
}

/* What was, and what is: of what is new, or has gone, one of them. */
static void
write_change(FILE *f, const struct event_record *r, const char *key)
{
	struct event_field was, is;
	const size_t before = find(r, EVENT_WAS, key, &was);
	const size_t after = find(r, EVENT_IS, key, &is);

	encode_string(f, key);
	fputs(":{", f);
	if (before != 0) {
		fputs("\"before\":", f);
		write_value(f, r, before, &was);
	}
	if (after != 0) {
		fputs(before != 0 ? ",\"after\":" : "\"after\":", f);
		write_value(f, r, after, &is);
	}
	fputc('}', f);
}

static void
write_changes(FILE *f, const struct event_record *r)
{
	const char *before = ",\"changed\":{";
	struct event_field field, was;
	size_t at, n;

	for (at = 0; (n = event_field_at(r, at, &field)) > 0; at += n) {
		if (field.place == EVENT_SAYS || *field.key == '\0' ||
		    (field.place == EVENT_IS &&
			find(r, EVENT_WAS, field.key, &was) != 0))
			continue;
		fputs(before, f);
		write_change(f, r, field.key);
		before = ",";
	}
	if (before[1] == '\0')
		fputc('}', f);
}

struct event_text *
event_text_of(const struct event_record *r)
{
	const char *kind = event_kind_name(r->kind);
	struct event_field field;
	struct writer w;
	size_t at, n;

	begin(&w, r->id, kind);
	fputs(",\"at\":", w.f);
	encode_time_ms(w.f, r->at);
	if (callers_are_tenants() && !r->of.is_of_all) {
		fputs(",\"tenant\":", w.f);
		encode_string(w.f, r->of.tenant);
	}
	for (at = 0; (n = event_field_at(r, at, &field)) > 0; at += n) {
		if (field.place != EVENT_SAYS || *field.key == '\0')
			continue;
		fputc(',', w.f);
		encode_string(w.f, field.key);
		fputc(':', w.f);
		write_value(w.f, r, at + n, &field);
	}
	write_changes(w.f, r);
	fputc('}', w.f);
	return make(r->id, kind, &w);
}

struct event_text *
event_text_gap(uint64_t after, uint64_t id)
{
	struct writer w;

	begin(&w, id, "gap");
	if (id > after && after / EVENT_BLOCK == id / EVENT_BLOCK)
		fprintf(w.f, ",\"missed\":%" PRIu64 "}", id - after);
	else
		fputs(",\"missed\":null}", w.f);
	return make(id, "gap", &w);
}

/* ---- all that there is */

struct count {
	size_t proxies, enabled, toxics;
};

static void
count_proxy(const struct proxy *p, void *arg)
{
	struct count *c = arg;
	const struct toxic *t;
	int i;

	c->proxies++;
	c->enabled += p->state.enabled;
	for (i = 0; i < STREAM_MAX; i++) {
		TAILQ_FOREACH (t, &p->toxics[i], entry)
			c->toxics++;
	}
}

struct event_text *
event_text_state(uint64_t id, uint64_t last, const char *tenant)
{
	struct count c = { 0 };
	struct timespec ts;
	struct writer w;

	clock_gettime(CLOCK_REALTIME, &ts);
	replica_each(tenant, count_proxy, &c);
	begin(&w, id, "state");
	fputs(",\"at\":", w.f);
	encode_time_ms(w.f, (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / NS_PER_MS);
	fprintf(w.f, ",\"last\":%" PRIu64, last);
	fprintf(w.f, ",\"proxies\":%zu,\"enabled\":%zu,\"toxics\":%zu",
	    c.proxies, c.enabled, c.toxics);
	fprintf(w.f, ",\"halted\":%s}",
	    (tenant != NULL ? halted_covers(tenant) : halted_has(HALT_OF_ALL))
		? "true"
		: "false");
	return make(id, "state", &w);
}
