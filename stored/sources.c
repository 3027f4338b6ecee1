/* SPDX-License-Identifier: ISC */
/*
 * Sources of desired state, each with its document and the scenarios of it.  A
 * document comes in parts, and becomes a row when it is whole.
 */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agreed.h"
#include "rows.h"
#include "sources.h"
#include "statements.h"
#include "stored.h"

/* ---- kept */

/* The last one that was said in this change. */
static struct {
	uint32_t id;       /* 0: there is none */
	uint32_t awaited;  /* scenarios */
	uint64_t size, at; /* of its document: all, and what has come */
	char *text;        /* NULL: it is a row */
	struct source_state state;
} last;

void
sources_change_ends(void)
{
	free(last.text);
	memset(&last, 0, sizeof(last));
}

int
sources_are_whole(struct store_result *r)
{
	return last.text == NULL && last.awaited == 0
	    ? 0
	    : refuse(r, STORE_FAILED, "a source in it is not whole");
}

static int
insert_if_whole(struct store_result *r)
{
	const struct source_state *s = &last.state;
	sqlite3_stmt *st = statement(SOURCE);
	int result;

	if (last.at < last.size)
		return 0;
	sqlite3_bind_int64(st, 1, s->id);
	bind_text(SOURCE, 2, s->of.tenant);
	bind_text(SOURCE, 3, s->name);
	bind_text(SOURCE, 4, s->generation);
	sqlite3_bind_int64(st, 5, s->applied_at);
	sqlite3_bind_blob(st, 6, last.text, (int)last.size, SQLITE_STATIC);
	result = run(SOURCE, r);
	free(last.text);
	last.text = NULL;
	return result;
}

/* The one of that id goes, and the one of that name. */
int
database_source(const struct source_state *s, struct store_result *r)
{
	if (sources_are_whole(r) == -1)
		return -1;
	sqlite3_bind_int64(statement(SOURCE_REPLACED), 1, s->id);
	bind_text(SOURCE_REPLACED, 2, s->of.tenant);
	bind_text(SOURCE_REPLACED, 3, s->name);
	if (run(SOURCE_REPLACED, r) == -1)
		return -1;
	last.id = s->id;
	last.awaited = s->nscenarios;
	last.size = s->size;
	last.at = 0;
	last.state = *s;
	last.text = malloc((size_t)s->size + 1);
	return last.text != NULL ? insert_if_whole(r)
				 : refuse(r, STORE_FAILED, "out of memory");
}

int
database_source_text(const struct source_text *part, struct store_result *r)
{
	if (last.text == NULL || part->n > last.size - last.at)
		return refuse(r, STORE_FAILED, "a text in it is of no source");
	memcpy(last.text + last.at, part->bytes, part->n);
	last.at += part->n;
	return insert_if_whole(r);
}

int
database_source_scenario(
    const struct source_scenario *s, struct store_result *r)
{
	sqlite3_stmt *st = statement(SOURCE_SCENARIO);

	if (last.text != NULL || last.awaited == 0 || s->source != last.id)
		return refuse(
		    r, STORE_FAILED, "a scenario in it is of no source");
	last.awaited--;
	sqlite3_bind_int64(st, 1, s->source);
	bind_text(SOURCE_SCENARIO, 2, s->proxy.tenant);
	bind_text(SOURCE_SCENARIO, 3, s->proxy.name);
	bind_text(SOURCE_SCENARIO, 4, s->name);
	sqlite3_bind_int64(st, 5, (sqlite3_int64)s->print);
	return run(SOURCE_SCENARIO, r);
}

int
database_source_gone(const struct source_ref *ref, struct store_result *r)
{
	if (sources_are_whole(r) == -1)
		return -1;
	sqlite3_bind_int64(statement(SOURCE_GONE), 1, ref->id);
	return run(SOURCE_GONE, r);
}

/* ---- said */

/* As toxid may have, as of proxies. */
int
sources_check_counts(struct store_result *r)
{
	int64_t n, size, scenarios;

	if (number_of("SELECT count(*) FROM sources", r, &n) == -1 ||
	    number_of("SELECT coalesce(sum(length(document)), 0) FROM sources",
		r, &size) == -1 ||
	    number_of("SELECT count(*) FROM source_scenarios", r, &scenarios) ==
		-1)
		return -1;
	if (n <= SOURCES_MAX && (uint64_t)size <= SOURCES_TEXT_MAX &&
	    scenarios <= SOURCES_SCENARIOS_MAX)
		return 0;
	r->code = STORE_FAILED;
	snprintf(r->why, sizeof(r->why),
	    "%" PRId64 " sources (%d), %" PRId64 " bytes of them (%" PRIu64
	    "), %" PRId64 " scenarios (%d)",
	    n, SOURCES_MAX, size, SOURCES_TEXT_MAX, scenarios,
	    SOURCES_SCENARIOS_MAX);
	return -1;
}

static int
row_of_source(sqlite3_stmt *st, struct source_state *s)
{
	const int64_t id = sqlite3_column_int64(st, 0);
	union msg_payload payload;

	memset(s, 0, sizeof(*s));
	s->id = (uint32_t)id;
	s->applied_at = sqlite3_column_int64(st, 4);
	s->size = (uint64_t)sqlite3_column_bytes(st, 5);
	s->nscenarios = (uint32_t)sqlite3_column_int64(st, 6);
	if (id != s->id ||
	    row_text(st, 1, s->of.tenant, sizeof(s->of.tenant)) == -1 ||
	    row_text(st, 2, s->name, sizeof(s->name)) == -1 ||
	    row_text(st, 3, s->generation, sizeof(s->generation)) == -1)
		return -1;
	payload.source_state = *s;
	return payload_is_sound(PAYLOAD_source_state, &payload) ? 0 : -1;
}

static int
row_of_source_scenario(sqlite3_stmt *st, struct source_scenario *s)
{
	const uint32_t source = s->source;
	union msg_payload payload;

	memset(s, 0, sizeof(*s));
	s->source = source;
	s->print = (uint64_t)sqlite3_column_int64(st, 3);
	if (row_text(st, 0, s->proxy.tenant, sizeof(s->proxy.tenant)) == -1 ||
	    row_text(st, 1, s->proxy.name, sizeof(s->proxy.name)) == -1 ||
	    row_text(st, 2, s->name, sizeof(s->name)) == -1)
		return -1;
	payload.source_scenario = *s;
	return payload_is_sound(PAYLOAD_source_scenario, &payload) ? 0 : -1;
}

static void
say_text(const char *text, uint64_t size, const struct told *told)
{
	struct source_text part;
	uint64_t at = 0;

	while (at < size) {
		at = source_text_part(&part, text, size, at);
		told->source_text(&part);
	}
}

static int
load_scenarios(uint32_t id, const struct told *told, struct store_result *r)
{
	sqlite3_stmt *st = statement(LOAD_SOURCE_SCENARIOS);
	struct source_scenario s = { .source = id };
	int rc;

	sqlite3_bind_int64(st, 1, id);
	while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
		if (row_of_source_scenario(st, &s) == -1)
			break;
		told->source_scenario(&s);
	}
	sqlite3_reset(st);
	if (rc == SQLITE_ROW)
		return refuse(
		    r, STORE_CORRUPT, "a source's scenario in it is none");
	return rc == SQLITE_DONE ? 0 : failed(r, rc);
}

static int
load_source(sqlite3_stmt *st, const struct told *told, struct store_result *r)
{
	const char *text = sqlite3_column_blob(st, 5);
	struct source_state s;

	if (row_of_source(st, &s) == -1 ||
	    (s.size > 0 &&
		(text == NULL || memchr(text, '\0', (size_t)s.size) != NULL)))
		return refuse(r, STORE_CORRUPT, "a source in it is none");
	told->source(&s);
	say_text(text, s.size, told);
	return load_scenarios(s.id, told, r);
}

int
sources_load(const struct told *told, struct store_result *r)
{
	sqlite3_stmt *st = statement(LOAD_SOURCES);
	int rc, result = 0;

	while (result == 0 && (rc = sqlite3_step(st)) == SQLITE_ROW)
		result = load_source(st, told, r);
	if (result == 0 && rc != SQLITE_DONE)
		result = failed(r, rc);
	sqlite3_reset(st);
	return result;
}
