/* SPDX-License-Identifier: ISC */
/*
 * Proxies and toxics out of JSON that somebody else wrote.  Each result keeps
 * the JSON that it came from, and its text points into that.
 */

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "connect.h"
#include "decode.h"
#include "failure.h"
#include "selects.h"
#include "waves.h"

struct kept_list {
	struct kept kept;
	union {
		int64_t integers[1];
		const char *texts[1];
	} u;
};

/* What a result keeps: [the answer, text that was made of it...]. */
struct origin {
	json_t *json;
	struct kept *first;     /* of all else */
	struct toxi_error *err; /* during decoding only */
};

struct toxic_result {
	struct toxi_toxic toxic; /* the first member: freed by its address */
	struct origin origin;
};

struct toxics_result {
	struct toxi_toxics toxics;
	struct origin origin;
};

struct proxy_result {
	struct toxi_proxy proxy;
	struct origin origin;
};

struct proxies_result {
	struct toxi_proxies proxies;
	struct toxi_proxy *list; /* the same, as ours */
	struct origin origin;
};

static int
origin_keep(struct origin *o, json_t *answer, struct toxi_error *err)
{
	o->err = err;
	if ((o->json = json_array()) == NULL ||
	    json_array_append(o->json, answer) == -1)
		return fail_nomem(err);
	return 0;
}

static void
origin_free(struct origin *o)
{
	struct kept *k;

	while ((k = o->first) != NULL) {
		o->first = k->next;
		free(k);
	}
	json_decref(o->json);
}

static void
keep(struct origin *o, struct kept *k)
{
	k->next = o->first;
	o->first = k;
}

static void
free_toxics(struct toxi_toxics *toxics)
{
	free((void *)(uintptr_t)toxics->list);
}

const char *
decode_text(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

static int
need_text(
    struct origin *o, const json_t *object, const char *key, const char **text)
{
	if ((*text = decode_text(object, key)) == NULL)
		return fail(
		    o->err, TOXI_ERR_PROTOCOL, "the answer has no %s", key);
	return 0;
}

/* What is no integer is there as JSON, too. */
static int
keep_json(struct origin *o, const json_t *value, struct toxi_attribute *a)
{
	char *dump = decode_dump(value);
	json_t *text;

	if (dump == NULL)
		return fail_nomem(o->err);
	text = json_string(dump);
	free(dump);
	if (json_array_append_new(o->json, text) == -1)
		return fail_nomem(o->err);
	a->json = json_string_value(text);
	return 0;
}

/* TOXI_JSON: its elements are not all of one kind that we know. */
static enum toxi_kind
kind_of_list(const json_t *list)
{
	size_t i, n = json_array_size(list), integers = 0, texts = 0;

	for (i = 0; i < n; i++) {
		integers += json_is_integer(json_array_get(list, i));
		texts += json_is_string(json_array_get(list, i));
	}
	if (integers == n)
		return TOXI_INTEGERS;
	return texts == n ? TOXI_TEXTS : TOXI_JSON;
}

static int
decode_list(struct origin *o, const json_t *value, struct toxi_attribute *a)
{
	size_t i, n = json_array_size(value);
	struct kept_list *l;

	if ((a->kind = kind_of_list(value)) == TOXI_JSON || n == 0)
		return 0;
	if ((l = malloc(sizeof(*l) + n * sizeof(l->u))) == NULL)
		return fail_nomem(o->err);
	keep(o, &l->kept);
	for (i = 0; i < n; i++) {
		if (a->kind == TOXI_INTEGERS)
			l->u.integers[i] =
			    json_integer_value(json_array_get(value, i));
		else
			l->u.texts[i] =
			    json_string_value(json_array_get(value, i));
	}
	a->n = n;
	if (a->kind == TOXI_INTEGERS)
		a->integers = l->u.integers;
	else
		a->texts = l->u.texts;
	return 0;
}

static int
decode_attribute(
    struct origin *o, const json_t *value, struct toxi_attribute *a)
{
	double real = json_number_value(value);

	a->fraction = real;
	if (json_is_integer(value)) {
		a->value = json_integer_value(value);
		return 0;
	}
	if (json_is_real(value) && fabs(real) < 0x1p63 &&
	    (double)(int64_t)real == real) {
		a->value = (int64_t)real;
		return 0;
	}
	a->kind = json_is_real(value) ? TOXI_FRACTION
	    : json_is_string(value)   ? TOXI_TEXT
				      : TOXI_JSON;
	a->text = json_string_value(value);
	if (json_is_array(value) && decode_list(o, value, a) == -1)
		return -1;
	return keep_json(o, value, a);
}

static int
decode_attributes(struct origin *o, json_t *object, struct toxi_toxic *toxic)
{
	const char *key;
	json_t *value;
	size_t n = 0;

	json_object_foreach(object, key, value)
	{
		if (n == TOXI_ATTRIBUTES)
			return fail(o->err, TOXI_ERR_PROTOCOL,
			    "a toxic has more than %d attributes",
			    TOXI_ATTRIBUTES);
		toxic->attributes[n].name = key;
		if (decode_attribute(o, value, &toxic->attributes[n]) == -1)
			return -1;
		n++;
	}
	return 0;
}

/* A server that has leases says so, also of one that is over. */
static int64_t
lease_of(const json_t *json)
{
	const json_t *left = json_object_get(json, "expires_in");

	if (!json_is_integer(left))
		return 0;
	return json_integer_value(left) > 0 ? json_integer_value(left) : 1;
}

static int
decode_select(struct origin *o, const json_t *json, struct toxi_toxic *toxic)
{
	struct kept_select *s;

	if (!json_is_object(json))
		return 0;
	if ((s = select_decode(json, o->err)) == NULL)
		return -1;
	keep(o, &s->kept);
	toxic->select = &s->select;
	return 0;
}

static int
decode_waves(struct origin *o, json_t *json, struct toxi_toxic *toxic)
{
	struct kept_waves *w;

	if (json_object_size(json) == 0)
		return 0;
	if ((w = waves_decode(json, o->err)) == NULL)
		return -1;
	keep(o, &w->kept);
	toxic->waves = w->list;
	toxic->n_waves = w->n;
	return 0;
}

static int
fill_toxic(struct origin *o, const json_t *json, struct toxi_toxic *toxic)
{
	const json_t *toxicity = json_object_get(json, "toxicity");
	const char *stream;

	if (need_text(o, json, "name", &toxic->name) == -1 ||
	    need_text(o, json, "type", &toxic->type) == -1 ||
	    need_text(o, json, "stream", &stream) == -1)
		return -1;
	if (strcasecmp(stream, "upstream") == 0)
		toxic->stream = TOXI_UPSTREAM;
	else if (strcasecmp(stream, "downstream") != 0)
		return fail(o->err, TOXI_ERR_PROTOCOL,
		    "the answer has a stream \"%.64s\"", stream);
	if (!json_is_number(toxicity))
		return fail(
		    o->err, TOXI_ERR_PROTOCOL, "the answer has no toxicity");
	toxic->toxicity = json_number_value(toxicity);
	toxic->expires_in_ms = lease_of(json);
	toxic->owner = decode_text(json, "owner");
	if (decode_select(o, json_object_get(json, "select"), toxic) == -1 ||
	    decode_waves(o, json_object_get(json, "wave"), toxic) == -1)
		return -1;
	return decode_attributes(o, json_object_get(json, "attributes"), toxic);
}

/* None is as good as an empty one. */
static int
fill_toxics(struct origin *o, const json_t *json, struct toxi_toxics *toxics)
{
	size_t i, n = json_array_size(json);
	struct toxi_toxic *list;

	if (n == 0)
		return 0;
	if ((list = calloc(n, sizeof(*list))) == NULL)
		return fail_nomem(o->err);
	toxics->list = list;
	toxics->n = n;
	for (i = 0; i < n; i++)
		if (fill_toxic(o, json_array_get(json, i), &list[i]) == -1)
			return -1;
	return 0;
}

/* A member that is usual is not there. */
static int
fill_connect(struct origin *o, const json_t *json, struct toxi_proxy *proxy)
{
	struct kept_connect *c;

	if (json == NULL || json_is_null(json))
		return 0;
	if ((c = connect_decode(json, o->err)) == NULL)
		return -1;
	keep(o, &c->kept);
	proxy->connect = &c->connect;
	return 0;
}

static int
fill_proxy(struct origin *o, const json_t *json, struct toxi_proxy *proxy)
{
	const json_t *enabled = json_object_get(json, "enabled");

	if (need_text(o, json, "name", &proxy->name) == -1 ||
	    need_text(o, json, "listen", &proxy->listen) == -1 ||
	    need_text(o, json, "upstream", &proxy->upstream) == -1)
		return -1;
	if (!json_is_boolean(enabled))
		return fail(o->err, TOXI_ERR_PROTOCOL,
		    "the answer does not say if it is enabled");
	proxy->state = json_is_true(enabled) ? TOXI_ENABLED : TOXI_DISABLED;
	proxy->halted = json_is_true(json_object_get(json, "halted"));
	proxy->expires_in_ms = lease_of(json);
	if (fill_connect(o, json_object_get(json, "connect"), proxy) == -1)
		return -1;
	return fill_toxics(o, json_object_get(json, "toxics"), &proxy->toxics);
}

/*
 * By name: of all tenants' proxies only that says whose each is, as in
 * "payments/redis".
 */
static int
fill_named(struct proxies_result *r, json_t *json)
{
	struct toxi_proxy *proxy = r->list;
	const char *name;
	json_t *value;

	json_object_foreach(json, name, value)
	{
		if (fill_proxy(&r->origin, value, proxy) == -1)
			return -1;
		proxy++->name = name;
	}
	return 0;
}

static int
fill_proxies(struct proxies_result *r, json_t *json)
{
	size_t n = 0, max;

	max = json_is_array(json) ? json_array_size(json)
				  : json_object_size(json);
	if ((r->list = calloc(max + 1, sizeof(*r->list))) == NULL)
		return fail_nomem(r->origin.err);
	r->proxies.list = r->list;
	r->proxies.n = max;
	if (json_is_object(json))
		return fill_named(r, json);
	for (; n < max; n++)
		if (fill_proxy(
			&r->origin, json_array_get(json, n), &r->list[n]) == -1)
			return -1;
	return 0;
}

void
toxi_toxic_free(struct toxi_toxic *toxic)
{
	struct toxic_result *r = (struct toxic_result *)toxic;

	if (r == NULL)
		return;
	origin_free(&r->origin);
	free(r);
}

void
toxi_toxics_free(struct toxi_toxics *toxics)
{
	struct toxics_result *r = (struct toxics_result *)toxics;

	if (r == NULL)
		return;
	free_toxics(&r->toxics);
	origin_free(&r->origin);
	free(r);
}

void
toxi_proxy_free(struct toxi_proxy *proxy)
{
	struct proxy_result *r = (struct proxy_result *)proxy;

	if (r == NULL)
		return;
	free_toxics(&r->proxy.toxics);
	origin_free(&r->origin);
	free(r);
}

void
toxi_proxies_free(struct toxi_proxies *proxies)
{
	struct proxies_result *r = (struct proxies_result *)proxies;
	size_t i;

	if (r == NULL)
		return;
	for (i = 0; i < r->proxies.n; i++)
		free_toxics(&r->list[i].toxics);
	free(r->list);
	origin_free(&r->origin);
	free(r);
}

struct toxi_toxic *
decode_toxic(json_t *json, struct toxi_error *err)
{
	struct toxic_result *r = calloc(1, sizeof(*r));

	if (r == NULL) {
		fail_nomem(err);
		return NULL;
	}
	if (origin_keep(&r->origin, json, err) == 0 &&
	    fill_toxic(&r->origin, json, &r->toxic) == 0)
		return &r->toxic;
	toxi_toxic_free(&r->toxic);
	return NULL;
}

struct toxi_toxics *
decode_toxics(json_t *json, struct toxi_error *err)
{
	struct toxics_result *r = calloc(1, sizeof(*r));

	if (r == NULL) {
		fail_nomem(err);
		return NULL;
	}
	if (!json_is_array(json))
		fail(err, TOXI_ERR_PROTOCOL, "the answer is no list of toxics");
	else if (origin_keep(&r->origin, json, err) == 0 &&
	    fill_toxics(&r->origin, json, &r->toxics) == 0)
		return &r->toxics;
	toxi_toxics_free(&r->toxics);
	return NULL;
}

struct toxi_proxy *
decode_proxy(json_t *json, struct toxi_error *err)
{
	struct proxy_result *r = calloc(1, sizeof(*r));

	if (r == NULL) {
		fail_nomem(err);
		return NULL;
	}
	if (origin_keep(&r->origin, json, err) == 0 &&
	    fill_proxy(&r->origin, json, &r->proxy) == 0)
		return &r->proxy;
	toxi_proxy_free(&r->proxy);
	return NULL;
}

struct toxi_proxies *
decode_proxies(json_t *json, struct toxi_error *err)
{
	struct proxies_result *r = calloc(1, sizeof(*r));

	if (r == NULL) {
		fail_nomem(err);
		return NULL;
	}
	if (!json_is_array(json) && !json_is_object(json) &&
	    !json_is_null(json))
		fail(
		    err, TOXI_ERR_PROTOCOL, "the answer is no list of proxies");
	else if (origin_keep(&r->origin, json, err) == 0 &&
	    fill_proxies(r, json) == 0)
		return &r->proxies;
	toxi_proxies_free(&r->proxies);
	return NULL;
}
