/* SPDX-License-Identifier: ISC */
/* Rows of the database as what they were made from, or not at all. */

#include <errno.h>
#include <inttypes.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "handed_toxic.h"
#include "rows.h"
#include "toxic_owner.h"
#include "toxic_select.h"
#include "toxic_tail.h"
#include "toxic_wave.h"

/* As many as a tail has room for, of 20 digits and signs each. */
#define INTEGERS_TEXT_MAX (TOXIC_TAIL_MAX / 8 * 21 + 1)

int
row_text(sqlite3_stmt *st, int column, char *to, size_t size)
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

	return row_text(st, column, text, sizeof(text)) == 0
	    ? endpoint_split(e, text)
	    : -1;
}

static int
column_key(sqlite3_stmt *st, struct proxy_key *key)
{
	return row_text(st, 0, key->tenant, sizeof(key->tenant)) == 0 &&
		row_text(st, 1, key->name, sizeof(key->name)) == 0 &&
		check_proxy_key(key) && key->name[0] != '\0'
	    ? 0
	    : -1;
}

static int
column_digest(sqlite3_stmt *st, int column, struct token_digest *digest)
{
	const void *bytes = sqlite3_column_blob(st, column);

	if (bytes == NULL ||
	    sqlite3_column_bytes(st, column) != sizeof(digest->bytes))
		return -1;
	memcpy(digest->bytes, bytes, sizeof(digest->bytes));
	return 0;
}

int
row_of_token(sqlite3_stmt *st, struct credential *c)
{
	union msg_payload payload;
	char role[16];

	memset(c, 0, sizeof(*c));
	c->is_stored = 1;
	c->expires = sqlite3_column_int64(st, 4);
	c->last_used = sqlite3_column_int64(st, 5);
	if (row_text(st, 0, c->tenant, sizeof(c->tenant)) == -1 ||
	    row_text(st, 1, c->name, sizeof(c->name)) == -1 ||
	    column_digest(st, 2, &c->digest) == -1 ||
	    row_text(st, 3, role, sizeof(role)) == -1 ||
	    caller_role_of(role, &c->role) == -1)
		return -1;
	payload.credential = *c;
	return payload_is_sound(PAYLOAD_credential, &payload) ? 0 : -1;
}

int
row_of_halt(sqlite3_stmt *st, struct halt *h)
{
	union msg_payload payload;

	memset(h, 0, sizeof(*h));
	if (row_text(st, 0, h->tenant, sizeof(h->tenant)) == -1)
		return -1;
	payload.halt = *h;
	return payload_is_sound(PAYLOAD_halt, &payload) ? 0 : -1;
}

static int
column_ms(sqlite3_stmt *st, int column, uint32_t *ms)
{
	const int64_t value = sqlite3_column_int64(st, column);

	*ms = (uint32_t)value;
	return value >= 0 && value <= CONNECT_DELAY_MAX ? 0 : -1;
}

/* A word, or "". */
static int
column_word(sqlite3_stmt *st, int column, int (*number_of)(const char *),
    uint8_t *number)
{
	char word[32];
	int n = 0;

	if (row_text(st, column, word, sizeof(word)) == -1 ||
	    (word[0] != '\0' && (n = number_of(word)) == -1))
		return -1;
	*number = (uint8_t)n;
	return 0;
}

static int
column_connect(sqlite3_stmt *st, int column, struct connect_spec *c)
{
	c->syn_loss = sqlite3_column_double(st, column + 4);
	return column_word(st, column, connect_mode_of, &c->mode) == 0 &&
		column_ms(st, column + 1, &c->delay) == 0 &&
		column_ms(st, column + 2, &c->dial_delay) == 0 &&
		column_word(st, column + 3, dial_fail_of, &c->dial_fail) == 0 &&
		connect_is_sound(c)
	    ? 0
	    : -1;
}

int
row_of_proxy(sqlite3_stmt *st, struct stored_proxy *p)
{
	memset(p, 0, sizeof(*p));
	p->spec.enabled = sqlite3_column_int(st, 5) != 0;
	p->config_print = (uint64_t)sqlite3_column_int64(st, 6);
	p->spec.lease = sqlite3_column_int64(st, 7);
	p->source = (uint32_t)sqlite3_column_int64(st, 13);
	return p->source == sqlite3_column_int64(st, 13) &&
		p->spec.lease >= 0 && column_key(st, &p->spec.key) == 0 &&
		column_endpoint(st, 2, &p->spec.listen) == 0 &&
		row_text(st, 3, p->given, sizeof(p->given)) == 0 &&
		column_endpoint(st, 4, &p->spec.upstream) == 0 &&
		column_connect(st, 8, &p->spec.connect) == 0 &&
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
	char type[TOXIC_NAME_MAX + 1], stream[16], select[SELECT_TEXT_MAX + 1];
	char owner[TOXIC_OWNER_MAX + 1], waves[WAVES_TEXT_MAX + 1];
	enum toxic_kind kind;

	if (row_text(st, 1, type, sizeof(type)) == -1 ||
	    (kind = toxic_kind_of(type)) == TOXIC_NONE)
		return -1;
	toxic_spec_init(spec, kind);
	spec->toxicity = (float)sqlite3_column_double(st, 3);
	spec->lease = sqlite3_column_int64(st, 5);
	return spec->lease >= 0 &&
		row_text(st, 0, spec->name, sizeof(spec->name)) == 0 &&
		spec->name[0] != '\0' &&
		row_text(st, 2, stream, sizeof(stream)) == 0 &&
		stream_of(stream, &spec->stream) == 0 &&
		row_text(st, 6, select, sizeof(select)) == 0 &&
		toxic_select_read(spec, select) == 0 &&
		row_text(st, 7, owner, sizeof(owner)) == 0 &&
		toxic_owner_set(spec, owner) == 0 &&
		row_text(st, 8, waves, sizeof(waves)) == 0 &&
		toxic_waves_read(spec, waves) == 0
	    ? 0
	    : -1;
}

/* "1000,500", without a blank. */
static int
column_durations(sqlite3_stmt *st, int column, struct scenario_spec *s)
{
	char text[DURATIONS_TEXT_MAX], *at = text, *end;

	s->nsteps = 0;
	if (row_text(st, column, text, sizeof(text)) == -1 ||
	    text[strspn(text, ",0123456789")] != '\0')
		return -1;
	while (*at != '\0') {
		if (s->nsteps == SCENARIO_STEPS_MAX)
			return -1;
		s->durations[s->nsteps++] = strtoll(at, &end, 10);
		if (end == at ||
		    (*end != '\0' && (*end != ',' || end[1] == '\0')))
			return -1;
		at = end + (*end == ',');
	}
	return 0;
}

/* "010", of each step; or "". */
static int
column_lossless(sqlite3_stmt *st, int column, struct scenario_spec *s)
{
	char text[LOSSLESS_TEXT_MAX];
	size_t i, n;

	if (row_text(st, column, text, sizeof(text)) == -1)
		return -1;
	n = strlen(text);
	if ((n != 0 && n != s->nsteps) || text[strspn(text, "01")] != '\0')
		return -1;
	for (i = 0; i < n; i++)
		s->lossless[i] = text[i] == '1';
	return 0;
}

int
row_of_scenario(sqlite3_stmt *st, struct scenario_spec *s)
{
	union msg_payload payload;

	s->loops = sqlite3_column_int(st, 1) != 0;
	s->began = sqlite3_column_int64(st, 2);
	s->lease = sqlite3_column_int64(st, 3);
	if (s->lease < 0 || row_text(st, 0, s->name, sizeof(s->name)) == -1 ||
	    row_text(st, 5, s->id, sizeof(s->id)) == -1 ||
	    column_durations(st, 4, s) == -1 || column_lossless(st, 6, s) == -1)
		return -1;
	payload.scenario_spec = *s;
	return payload_is_sound(PAYLOAD_scenario_spec, &payload) ? 0 : -1;
}

int
row_of_scenario_toxic(sqlite3_stmt *st, struct toxic_create *t)
{
	const void *bytes = sqlite3_column_blob(st, 0);
	const size_t n = (size_t)sqlite3_column_bytes(st, 0);

	if (bytes == NULL || n > HANDED_TOXIC_MAX ||
	    handed_toxic_unpack(&t->spec, bytes, n) == -1)
		return -1;
	t->spec.lease = 0;
	return check_toxic(&t->spec) ? 0 : -1;
}

int
row_of_scenario_connect(sqlite3_stmt *st, struct scenario_spec *s)
{
	const int64_t step = sqlite3_column_int64(st, 0);
	struct connect_spec c = connect_usual;

	if (step < 0 || step >= s->nsteps || column_connect(st, 1, &c) == -1 ||
	    connect_is_usual(&c))
		return -1;
	return scenario_connect_set(s, (uint32_t)step, &c);
}

/* However long it is. */
static int
take_word(sqlite3_stmt *st, const struct toxic_attribute *a, int64_t *value)
{
	const char *word;

	if (sqlite3_column_type(st, 1) != SQLITE_TEXT)
		return -1;
	word = (const char *)sqlite3_column_text(st, 1);
	if (word == NULL || strlen(word) != (size_t)sqlite3_column_bytes(st, 1))
		return -1;
	*value = toxic_word_number(a, word);
	return *value == -1 ? -1 : 0;
}

static int
take_text(sqlite3_stmt *st, struct toxic_spec *spec, int slot)
{
	char text[TOXIC_TAIL_MAX];

	return sqlite3_column_type(st, 1) == SQLITE_TEXT &&
		row_text(st, 1, text, sizeof(text)) == 0
	    ? toxic_tail_set_text(spec, slot, text)
	    : -1;
}

/* "500,503", without a blank; "" is a list, too. */
static int
take_integers(sqlite3_stmt *st, struct toxic_spec *spec, int slot)
{
	char text[INTEGERS_TEXT_MAX], *at = text, *end;
	int64_t value;

	if (sqlite3_column_type(st, 1) != SQLITE_TEXT ||
	    row_text(st, 1, text, sizeof(text)) == -1 ||
	    text[strspn(text, "-,0123456789")] != '\0')
		return -1;
	toxic_tail_clear(spec, slot);
	while (*at != '\0') {
		errno = 0;
		value = strtoll(at, &end, 10);
		if (end == at || errno != 0 ||
		    (*end != '\0' && (*end != ',' || end[1] == '\0')) ||
		    toxic_tail_add_integer(spec, slot, value) == -1)
			return -1;
		at = end + (*end == ',');
	}
	return 0;
}

static int
take_texts(sqlite3_stmt *st, struct toxic_spec *spec, int slot)
{
	const char *at = sqlite3_column_blob(st, 1), *end;
	size_t n = (size_t)sqlite3_column_bytes(st, 1);

	if (sqlite3_column_type(st, 1) != SQLITE_BLOB)
		return -1;
	toxic_tail_clear(spec, slot);
	for (; n > 0; at = end + 1) {
		end = memchr(at, '\0', n);
		if (end == NULL || !utf8_is_text(at) ||
		    toxic_tail_add_text(spec, slot, at) == -1)
			return -1;
		n -= (size_t)(end + 1 - at);
	}
	return 0;
}

static int
take_value(sqlite3_stmt *st, const struct toxic_attribute *a,
    struct toxic_spec *spec, int slot)
{
	union toxic_value *value = &spec->values[slot];

	switch (a->kind) {
	case VALUE_INTEGERS:
		return take_integers(st, spec, slot);
	case VALUE_TEXTS:
		return take_texts(st, spec, slot);
	case VALUE_TEXT:
		return take_text(st, spec, slot);
	case VALUE_FRACTION:
		value->fraction = sqlite3_column_double(st, 1);
		return sqlite3_column_type(st, 1) == SQLITE_FLOAT ? 0 : -1;
	case VALUE_ENUM:
		return take_word(st, a, &value->integer);
	case VALUE_INTEGER:
		break;
	}
	value->integer = sqlite3_column_int64(st, 1);
	return sqlite3_column_type(st, 1) == SQLITE_INTEGER ? 0 : -1;
}

int
row_of_value(sqlite3_stmt *st, struct toxic_spec *spec)
{
	char name[TOXIC_NAME_MAX + 1];
	int slot;

	if (row_text(st, 0, name, sizeof(name)) == -1 ||
	    (slot = toxic_slot_of(spec, name)) == -1)
		return -1;
	return take_value(st, toxic_attribute_of(spec, slot), spec, slot);
}

/* ---- and back */

const char *
row_durations(const struct scenario_spec *s, char text[DURATIONS_TEXT_MAX])
{
	size_t len = 0;
	uint32_t i;

	text[0] = '\0';
	for (i = 0; i < s->nsteps; i++)
		len += (size_t)snprintf(text + len, DURATIONS_TEXT_MAX - len,
		    "%s%" PRId64, i > 0 ? "," : "", s->durations[i]);
	return text;
}

const char *
row_lossless(const struct scenario_spec *s, char text[LOSSLESS_TEXT_MAX])
{
	uint32_t i;

	for (i = 0; i < s->nsteps; i++)
		text[i] = s->lossless[i] ? '1' : '0';
	text[i] = '\0';
	return strchr(text, '1') != NULL ? text : "";
}

void
row_bind_connect(sqlite3_stmt *st, int at, const struct connect_spec *c)
{
	sqlite3_bind_text(
	    st, at, connect_mode_word(c->mode), -1, SQLITE_STATIC);
	sqlite3_bind_int64(st, at + 1, c->delay);
	sqlite3_bind_int64(st, at + 2, c->dial_delay);
	sqlite3_bind_text(
	    st, at + 3, dial_fail_word(c->dial_fail), -1, SQLITE_STATIC);
	sqlite3_bind_double(st, at + 4, c->syn_loss);
}

static void
bind_integers(sqlite3_stmt *st, int at, const struct toxic_spec *spec, int slot)
{
	char text[INTEGERS_TEXT_MAX] = "";
	size_t i, len = 0, n = toxic_tail_count(spec, slot);

	for (i = 0; i < n; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len,
		    "%s%" PRId64, i > 0 ? "," : "",
		    toxic_tail_integer(spec, slot, i));
	sqlite3_bind_text(st, at, text, (int)len, SQLITE_TRANSIENT);
}

/* Not NULL, which would bind no blob. */
static void
bind_texts(sqlite3_stmt *st, int at, const struct toxic_spec *spec, int slot)
{
	sqlite3_bind_blob(st, at, toxic_tail_bytes(spec, slot),
	    (int)spec->values[slot].bytes, SQLITE_STATIC);
}

void
row_bind_value(
    sqlite3_stmt *st, int at, const struct toxic_spec *spec, size_t slot)
{
	const struct toxic_attribute *a = toxic_attribute_of(spec, (int)slot);
	const union toxic_value *value = &spec->values[slot];
	int i = (int)slot;

	switch (a->kind) {
	case VALUE_INTEGER:
		sqlite3_bind_int64(st, at, value->integer);
		break;
	case VALUE_FRACTION:
		sqlite3_bind_double(st, at, value->fraction);
		break;
	case VALUE_ENUM:
		sqlite3_bind_text(
		    st, at, toxic_spec_word(spec, i), -1, SQLITE_STATIC);
		break;
	case VALUE_TEXT:
		sqlite3_bind_text(
		    st, at, toxic_tail_text(spec, i), -1, SQLITE_STATIC);
		break;
	case VALUE_INTEGERS:
		bind_integers(st, at, spec, i);
		break;
	case VALUE_TEXTS:
		bind_texts(st, at, spec, i);
		break;
	}
}
