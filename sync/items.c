/* SPDX-License-Identifier: ISC */
/* What a source has told, sorted by kind, name and layer. */

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "items.h"
#include "must.h"

#define WITHIN_DEFAULT 30 /* s */
#define WITHIN_MAX 3600

struct item {
	enum item_kind kind;
	unsigned int layer;
	char *name, *where;
	char *text;  /* an object that has the name; NULL: there is none */
	char *fault; /* why not; NULL: as it is to be (it says null) */
	size_t len;
	int within_s;
};

struct table {
	struct item **item;
	size_t n, size;
	size_t bytes; /* of all texts */
};
static struct table items, listed;
static int is_listing;

/* ---- one */

static void
item_free(struct item *i)
{
	free(i->name);
	free(i->where);
	free(i->text);
	free(i->fault);
	free(i);
}

/* ... which it says, or is told: but for that it is as its writer has it. */
static void
set_text(struct item *i, const json_t *object, const char *value, size_t len)
{
	const char *open = memchr(value, '{', len);
	struct text t = { .len = 0 };
	json_t *name;
	char *written;

	if (json_object_get(object, "name") != NULL) {
		text_add(&t, value, len);
	} else {
		name = must(json_string(i->name));
		written = must(json_dumps(name, JSON_ENCODE_ANY));
		text_puts(&t, "{\"name\":");
		text_puts(&t, written);
		text_puts(&t, json_object_size(object) > 0 ? "," : "");
		text_add(&t, open + 1, len - (size_t)(open + 1 - value));
		free(written);
		json_decref(name);
	}
	i->text = t.at;
	i->len = t.len;
}

static char *
fault_of(const struct item *i, const json_t *value, const json_error_t *why)
{
	const json_t *name = json_object_get(value, "name");

	if (i->kind == ITEM_UNKNOWN)
		return text_format("nothing is known of such a key");
	if (value == NULL)
		return text_format("it is no JSON: %s", why->text);
	if (!json_is_object(value))
		return text_format("it is neither an object nor null");
	if (name != NULL &&
	    (!json_is_string(name) ||
		strcmp(json_string_value(name), i->name) != 0))
		return text_format("its name is not that of its key");
	return NULL;
}

static int
read_within(const json_t *value)
{
	const json_t *within = json_object_get(value, "within");
	double s = json_number_value(within);

	if (!json_is_number(within) || s < 0)
		return WITHIN_DEFAULT;
	return s > WITHIN_MAX ? WITHIN_MAX : (int)s;
}

static void
item_read(struct item *i, const char *text, size_t len)
{
	json_error_t why;
	json_t *value = json_loadb(
	    text, len, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, &why);

	if (i->kind == ITEM_DRAIN)
		i->within_s = read_within(value);
	else if (i->kind == ITEM_UNKNOWN || !json_is_null(value))
		i->fault = fault_of(i, value, &why);
	if (i->kind < ITEM_DRAIN && i->fault == NULL && !json_is_null(value))
		set_text(i, value, text, len);
	json_decref(value);
}

/* ---- all */

static void
table_clear(struct table *t)
{
	size_t i;

	for (i = 0; i < t->n; i++)
		item_free(t->item[i]);
	free(t->item);
	memset(t, 0, sizeof(*t));
}

void
items_clear(void)
{
	table_clear(&items);
	table_clear(&listed);
	is_listing = 0;
}

void
items_list_begins(void)
{
	table_clear(&listed);
	is_listing = 1;
}

void
items_list_ends(int is_whole)
{
	if (is_listing && is_whole) {
		table_clear(&items);
		items = listed;
		memset(&listed, 0, sizeof(listed));
	}
	table_clear(&listed);
	is_listing = 0;
}

static int
compare(const struct item *i, const struct item_news *news)
{
	int c = (int)i->kind - (int)news->kind;

	if (c == 0)
		c = strcmp(i->name, news->name);
	if (c == 0)
		c = (int)i->layer - (int)news->layer;
	/* What nobody knows has no name, but a place. */
	return c != 0 ? c : strcmp(i->where, news->where);
}

/* Where it is, or would be. */
static size_t
find(const struct table *t, const struct item_news *news)
{
	size_t low = 0, high = t->n, middle;

	while (low < high) {
		middle = (low + high) / 2;
		if (compare(t->item[middle], news) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void
insert(struct table *t, size_t at, struct item *i)
{
	if (t->n == t->size) {
		t->size = t->size == 0 ? 64 : t->size * 2;
		t->item =
		    must(reallocarray(t->item, t->size, sizeof(struct item *)));
	}
	memmove(t->item + at + 1, t->item + at,
	    (t->n - at) * sizeof(struct item *));
	t->item[at] = i;
	t->n++;
	t->bytes += i->len;
}

static void
take_out(struct table *t, size_t at)
{
	t->bytes -= t->item[at]->len;
	item_free(t->item[at]);
	t->n--;
	memmove(t->item + at, t->item + at + 1,
	    (t->n - at) * sizeof(struct item *));
}

/* Of what is too much only that it is there is kept: it cannot be applied. */
static void
bound(const struct table *t, struct item *i)
{
	if (t->bytes + i->len <= ITEMS_BYTES_MAX && t->n < ITEMS_MAX)
		return;
	free(i->text);
	free(i->fault);
	i->text = NULL;
	i->len = 0;
	i->fault = text_format("there is too much of all");
}

void
items_set(const struct item_news *news)
{
	struct table *t = is_listing ? &listed : &items;
	size_t at = find(t, news);
	struct item *i;

	if (at < t->n && compare(t->item[at], news) == 0)
		take_out(t, at);
	if (news->value == NULL)
		return;
	i = must(calloc(1, sizeof(*i)));
	i->kind = news->kind;
	i->layer = news->layer;
	i->name = must(strdup(news->name));
	i->where = must(strdup(news->where));
	item_read(i, news->value, news->len);
	bound(t, i);
	insert(t, at, i);
}

int
items_drain(int *within_s)
{
	size_t i;

	for (i = 0; i < items.n; i++) {
		if (items.item[i]->kind != ITEM_DRAIN)
			continue;
		*within_s = items.item[i]->within_s;
		return 1;
	}
	return 0;
}

/* ---- a document of them */

/* It is behind those that it wins over. */
static int
wins(size_t at)
{
	const struct item *i = items.item[at], *next;

	if (i->kind == ITEM_UNKNOWN || at + 1 == items.n)
		return 1;
	next = items.item[at + 1];
	return next->kind != i->kind || strcmp(next->name, i->name) != 0;
}

static void
tell_fault(const struct item *i, struct faults *faults)
{
	struct fault *f = faults_add(faults);

	if (f == NULL)
		return;
	if (i->kind != ITEM_UNKNOWN)
		f->name = must(strdup(i->name));
	f->key = must(strdup(i->where));
	f->error = must(strdup(i->fault));
}

static void
add_item(struct document *d, const struct item *i)
{
	const size_t n = d->n[i->kind]++;

	if (n > 0)
		text_puts(&d->text, ",");
	text_add(&d->text, i->text, i->len);
	d->name[i->kind][n] = must(strdup(i->name));
	d->where[i->kind][n] = must(strdup(i->where));
}

static void
add_kind(struct document *d, enum item_kind kind, struct faults *faults)
{
	size_t i;

	d->name[kind] = must(calloc(items.n + 1, sizeof(char *)));
	d->where[kind] = must(calloc(items.n + 1, sizeof(char *)));
	for (i = 0; i < items.n; i++) {
		if (items.item[i]->kind != kind || !wins(i))
			continue;
		if (items.item[i]->fault != NULL)
			tell_fault(items.item[i], faults);
		else if (items.item[i]->text != NULL)
			add_item(d, items.item[i]);
	}
}

static void
begin(struct document *d, const char *generation)
{
	char *head = text_format("{\"generation\":\"%s\"", generation);

	memset(d, 0, sizeof(*d));
	text_puts(&d->text, head);
	free(head);
}

int
document_make(struct document *d, const char *generation, struct faults *faults)
{
	size_t i;

	begin(d, generation);
	text_puts(&d->text, ",\"proxies\":[");
	add_kind(d, ITEM_PROXY, faults);
	text_puts(&d->text, "],\"scenarios\":[");
	add_kind(d, ITEM_SCENARIO, faults);
	text_puts(&d->text, "]}");
	for (i = 0; i < items.n; i++)
		if (items.item[i]->kind == ITEM_UNKNOWN)
			tell_fault(items.item[i], faults);
	return faults->all > 0 ? -1 : 0;
}

void
document_make_empty(struct document *d, const char *generation)
{
	begin(d, generation);
	text_puts(&d->text, ",\"proxies\":[],\"scenarios\":[]}");
}

void
document_free(struct document *d)
{
	size_t i;
	int kind;

	for (kind = 0; kind < ITEM_DRAIN; kind++) {
		for (i = 0; i < d->n[kind]; i++) {
			free(d->name[kind][i]);
			free(d->where[kind][i]);
		}
		free(d->name[kind]);
		free(d->where[kind]);
	}
	text_free(&d->text);
	memset(d, 0, sizeof(*d));
}

const char *
document_where(const struct document *d, const char *item)
{
	static const char *const kinds[ITEM_DRAIN] = {
		[ITEM_PROXY] = "proxies[",
		[ITEM_SCENARIO] = "scenarios[",
	};
	unsigned long n;
	size_t len;
	char *end;
	int kind;

	for (kind = 0; kind < ITEM_DRAIN; kind++) {
		len = strlen(kinds[kind]);
		if (strncmp(item, kinds[kind], len) != 0)
			continue;
		n = strtoul(item + len, &end, 10);
		if (*end == ']' && end != item + len && n < d->n[kind])
			return d->where[kind][n];
	}
	return NULL;
}

static int
compare_names(const void *name, const void *at)
{
	return strcmp(name, *(char *const *)at);
}

int
document_has(const struct document *d, enum item_kind kind, const char *name)
{
	return d->n[kind] > 0 &&
	    bsearch(name, d->name[kind], d->n[kind], sizeof(char *),
		compare_names) != NULL;
}
