/* SPDX-License-Identifier: ISC */
/* Rows of the database as what they were made from, or not at all. */

#include <sqlite3.h>
#include <string.h>

#include "check.h"
#include "rows.h"

/* 0, or -1: it cannot have been made from what was to be kept. */
static int
column_text(sqlite3_stmt *st, int column, char *to, size_t size)
{
	const unsigned char *text = sqlite3_column_text(st, column);
	size_t len = (size_t)sqlite3_column_bytes(st, column);

	if (text == NULL || len >= size || memchr(text, '\0', len) != NULL)
		return -1;
	memcpy(to, text, len);
	to[len] = '\0';
	return utf8_is_text(to) ? 0 : -1;
}

static int
column_endpoint(sqlite3_stmt *st, int column, struct endpoint *e)
{
	char text[ENDPOINT_TEXT_MAX + 1];

	return column_text(st, column, text, sizeof(text)) == 0
	    ? endpoint_split(e, text)
	    : -1;
}

int
row_of_proxy(sqlite3_stmt *st, struct stored_proxy *p)
{
	memset(p, 0, sizeof(*p));
	p->spec.enabled = sqlite3_column_int(st, 4) != 0;
	p->config_print = (uint64_t)sqlite3_column_int64(st, 5);
	return column_text(st, 0, p->spec.name, sizeof(p->spec.name)) == 0 &&
		p->spec.name[0] != '\0' &&
		column_endpoint(st, 1, &p->spec.listen) == 0 &&
		column_text(st, 2, p->given, sizeof(p->given)) == 0 &&
		column_endpoint(st, 3, &p->spec.upstream) == 0 &&
		p->spec.upstream.text[0] != '\0' &&
		(!p->spec.enabled || check_bound(&p->spec.listen))
	    ? 0
	    : -1;
}

static int
stream_of(const char *name, uint8_t *stream)
{
	int i;

	for (i = 0; i < STREAM_MAX; i++) {
		if (strcmp(name, toxic_stream_name((enum toxic_stream)i)) ==
		    0) {
			*stream = (uint8_t)i;
			return 0;
		}
	}
	return -1;
}

int
row_of_toxic(sqlite3_stmt *st, struct toxic_create *t)
{
	struct toxic_spec *spec = &t->spec;
	char type[TOXIC_NAME_MAX + 1], stream[16];
	enum toxic_kind kind;

	if (column_text(st, 1, type, sizeof(type)) == -1 ||
	    (kind = toxic_kind_of(type)) == TOXIC_NONE)
		return -1;
	toxic_spec_init(spec, kind);
	spec->toxicity = (float)sqlite3_column_double(st, 3);
	return column_text(st, 0, spec->name, sizeof(spec->name)) == 0 &&
		spec->name[0] != '\0' &&
		column_text(st, 2, stream, sizeof(stream)) == 0 &&
		stream_of(stream, &spec->stream) == 0
	    ? 0
	    : -1;
}

static int
column_word(sqlite3_stmt *st, const struct toxic_attribute *a, int64_t *value)
{
	char word[32];

	if (sqlite3_column_type(st, 1) != SQLITE_TEXT ||
	    column_text(st, 1, word, sizeof(word)) == -1)
		return -1;
	*value = toxic_word_number(a, word);
	return *value == -1 ? -1 : 0;
}

static int
column_value(
    sqlite3_stmt *st, const struct toxic_attribute *a, union toxic_value *value)
{
	switch (a->kind) {
	case VALUE_FRACTION:
		value->fraction = sqlite3_column_double(st, 1);
		return sqlite3_column_type(st, 1) == SQLITE_FLOAT ? 0 : -1;
	case VALUE_ENUM:
		return column_word(st, a, &value->integer);
	case VALUE_INTEGER:
		break;
	}
	value->integer = sqlite3_column_int64(st, 1);
	return sqlite3_column_type(st, 1) == SQLITE_INTEGER ? 0 : -1;
}

int
row_of_value(sqlite3_stmt *st, struct toxic_spec *spec)
{
	const struct toxic_schema *s =
	    toxic_schema((enum toxic_kind)spec->kind);
	char name[TOXIC_NAME_MAX + 1];
	size_t i;

	if (column_text(st, 0, name, sizeof(name)) == -1)
		return -1;
	for (i = 0; i < s->nattributes; i++) {
		if (strcmp(name, s->attributes[i].name) == 0)
			break;
	}
	return i < s->nattributes
	    ? column_value(st, &s->attributes[i], &spec->values[i])
	    : -1;
}
