/* SPDX-License-Identifier: ISC */
/*
 * What a source wants a server to be, and what came of it, out of JSON that
 * somebody else wrote.  A result keeps that JSON, and its text points into it.
 */

#include <stdlib.h>

#include "decode.h"
#include "desired.h"
#include "failure.h"

struct desired_result {
	struct toxi_desired
	    desired; /* the first member: freed by its address */
	struct toxi_desired_proxy *proxies;
	struct toxi_fault *faults;
	char *document;
	json_t *kept;
};

struct sources_result {
	struct toxi_sources sources;
	struct toxi_source *list; /* the same, as ours */
	json_t *kept;
};

static int
fill_proxies(
    struct desired_result *r, const json_t *list, struct toxi_error *err)
{
	size_t i, n = json_array_size(list);
	struct toxi_desired_proxy *p;
	const json_t *json;

	if ((r->proxies = calloc(n + 1, sizeof(*r->proxies))) == NULL)
		return fail_nomem(err);
	r->desired.proxies = r->proxies;
	for (i = 0; i < n; i++) {
		json = json_array_get(list, i);
		p = &r->proxies[i];
		p->name = decode_text(json, "name");
		p->listen = decode_text(json, "listen");
		p->upstream = decode_text(json, "upstream");
		if (p->name == NULL || p->listen == NULL)
			return fail(err, TOXI_ERR_PROTOCOL,
			    "the answer has a proxy without a name or an "
			    "address");
	}
	r->desired.n_proxies = n;
	return 0;
}

static int
fill_faults(
    struct desired_result *r, const json_t *list, struct toxi_error *err)
{
	size_t i, n = json_array_size(list);
	struct toxi_fault *f;
	const json_t *json;

	if ((r->faults = calloc(n + 1, sizeof(*r->faults))) == NULL)
		return fail_nomem(err);
	r->desired.faults = r->faults;
	for (i = 0; i < n; i++) {
		json = json_array_get(list, i);
		f = &r->faults[i];
		f->item = decode_text(json, "item");
		f->name = decode_text(json, "name");
		f->field = decode_text(json, "field");
		f->source = decode_text(json, "source");
		if ((f->text = decode_text(json, "error")) == NULL)
			return fail(err, TOXI_ERR_PROTOCOL,
			    "the answer has a fault without words");
	}
	r->desired.n_faults = n;
	return 0;
}

static void
fill_changes(struct toxi_desired *d, const json_t *changes)
{
	d->made = json_integer_value(json_object_get(changes, "made"));
	d->replaced = json_integer_value(json_object_get(changes, "replaced"));
	d->removed = json_integer_value(json_object_get(changes, "removed"));
	d->unchanged =
	    json_integer_value(json_object_get(changes, "unchanged"));
}

static int
fill_document(
    struct desired_result *r, const json_t *document, struct toxi_error *err)
{
	if (document == NULL)
		return 0;
	if ((r->document = decode_dump(document)) == NULL)
		return fail_nomem(err);
	r->desired.json = r->document;
	return 0;
}

static int
fill(struct desired_result *r, const json_t *json, struct toxi_error *err)
{
	struct toxi_desired *d = &r->desired;

	d->source = decode_text(json, "source");
	d->generation = decode_text(json, "generation");
	d->applied_at = decode_text(json, "applied_at");
	fill_changes(d, json_object_get(json, "changes"));
	if (fill_document(r, json_object_get(json, "document"), err) == -1 ||
	    fill_faults(r, json_object_get(json, "faults"), err) == -1)
		return -1;
	return fill_proxies(r, json_object_get(json, "proxies"), err);
}

void
desired_free(struct toxi_desired *desired)
{
	struct desired_result *r = (struct desired_result *)desired;

	if (r == NULL)
		return;
	free(r->proxies);
	free(r->faults);
	free(r->document);
	json_decref(r->kept);
	free(r);
}

static struct toxi_desired *
decode(json_t *json, struct toxi_error *err)
{
	struct desired_result *r = calloc(1, sizeof(*r));

	if (r == NULL) {
		fail_nomem(err);
		return NULL;
	}
	r->kept = json_incref(json);
	if (fill(r, json, err) == 0)
		return &r->desired;
	desired_free(&r->desired);
	return NULL;
}

struct toxi_desired *
desired_decode(json_t *json, struct toxi_error *err)
{
	if (decode_text(json, "source") != NULL &&
	    decode_text(json, "generation") != NULL)
		return decode(json, err);
	fail(err, TOXI_ERR_PROTOCOL,
	    "the answer does not say what the server is to be");
	return NULL;
}

struct toxi_desired *
desired_decode_refused(json_t *json, struct toxi_error *err)
{
	return json_is_array(json_object_get(json, "faults")) ||
		decode_text(json, "generation") != NULL
	    ? decode(json, err)
	    : NULL;
}

static int
fill_sources(
    struct sources_result *r, const json_t *json, struct toxi_error *err)
{
	size_t n = json_array_size(json);
	struct toxi_source *s;
	const json_t *one;

	if (!json_is_array(json))
		return fail(
		    err, TOXI_ERR_PROTOCOL, "the answer is no list of sources");
	if ((r->list = calloc(n + 1, sizeof(*r->list))) == NULL)
		return fail_nomem(err);
	r->sources.list = r->list;
	for (; r->sources.n < n; r->sources.n++) {
		one = json_array_get(json, r->sources.n);
		s = &r->list[r->sources.n];
		s->name = decode_text(one, "source");
		s->generation = decode_text(one, "generation");
		s->applied_at = decode_text(one, "applied_at");
		if (s->name == NULL || s->generation == NULL)
			return fail(err, TOXI_ERR_PROTOCOL,
			    "the answer has a source without a name or a "
			    "generation");
	}
	return 0;
}

struct toxi_sources *
sources_decode(json_t *json, struct toxi_error *err)
{
	struct sources_result *r = calloc(1, sizeof(*r));

	if (r == NULL) {
		fail_nomem(err);
		return NULL;
	}
	r->kept = json_incref(json);
	if (fill_sources(r, json, err) == 0)
		return &r->sources;
	sources_free(&r->sources);
	return NULL;
}

void
sources_free(struct toxi_sources *sources)
{
	struct sources_result *r = (struct sources_result *)sources;

	if (r == NULL)
		return;
	json_decref(r->kept);
	free(r->list);
	free(r);
}
