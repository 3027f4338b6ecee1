/* SPDX-License-Identifier: ISC */
/*
 * The one SQLite database.  Write-ahead log, and locked for this process alone:
 * so the log needs no shared memory, and a commit is one write.
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "handed_toxic.h"
#include "log.h"
#include "rows.h"
#include "sources.h"
#include "statements.h"
#include "stored.h"
#include "toxic_owner.h"
#include "toxic_select.h"
#include "toxic_wave.h"

#define DATABASE "toxid.db"

/* "toxi", so that file(1) and sqlite3(1) can tell whose it is */
#define APPLICATION_ID 0x746f7869

/* What an earlier stored that is about to be gone may still hold: ms. */
#define BUSY_TIMEOUT 1000

/* ---- open */

static int
configure(struct store_result *r)
{
	sqlite3_extended_result_codes(db, 1);
	sqlite3_busy_timeout(db, BUSY_TIMEOUT);
	sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	return run_sql("PRAGMA locking_mode = EXCLUSIVE;"
		       "PRAGMA journal_mode = WAL;"
		       "PRAGMA temp_store = MEMORY;"
		       "PRAGMA cell_size_check = ON;"
		       "PRAGMA foreign_keys = ON;",
		   r) == -1 ||
		run_sql(stored.is_durable ? "PRAGMA synchronous = FULL"
					  : "PRAGMA synchronous = NORMAL",
		    r) == -1
	    ? -1
	    : 0;
}

static int
migrate(int64_t from, struct store_result *r)
{
	char sql[80];
	int64_t i;

	if (run_sql("BEGIN IMMEDIATE", r) == -1)
		return -1;
	for (i = from; i < nmigrations; i++) {
		if (run_sql(migrations[i], r) == -1)
			return -1;
	}
	snprintf(sql, sizeof(sql),
	    "PRAGMA application_id = %d; PRAGMA user_version = %d",
	    APPLICATION_ID, nmigrations);
	if (run_sql(sql, r) == -1)
		return -1;
	return run_sql("COMMIT", r);
}

/* A database of somebody else, or of a later toxid, is not touched. */
static int
check_version(struct store_result *r)
{
	int64_t application = 0, version = 0, tables = 0;

	if (number_of("PRAGMA application_id", r, &application) == -1 ||
	    number_of("PRAGMA user_version", r, &version) == -1 ||
	    number_of("SELECT count(*) FROM sqlite_schema", r, &tables) == -1)
		return -1;
	if (version < 0 || (tables != 0 && application != APPLICATION_ID))
		return refuse(
		    r, STORE_CORRUPT, "it is not a database of toxid");
	if (version > nmigrations)
		return refuse(r, STORE_FAILED,
		    "it was written by a later version of toxid");
	return version == nmigrations ? 0 : migrate(version, r);
}

int
database_open(struct store_result *r)
{
	int rc;

	if (db != NULL)
		return 0;
	rc = sqlite3_open_v2(DATABASE, &db,
	    SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX |
		SQLITE_OPEN_NOFOLLOW,
	    NULL);
	if (rc != SQLITE_OK)
		(void)failed(r, rc);
	if (rc == SQLITE_OK && configure(r) == 0 && check_version(r) == 0 &&
	    statements_prepare(r) == 0)
		return 0;
	database_close();
	return -1;
}

void
database_close(void)
{
	sources_change_ends();
	statements_finalize();
	sqlite3_close(db);
	db = NULL;
}

/* A log belongs to its database: it goes with it. */
void
database_put_aside(void)
{
	database_close();
	if (rename(DATABASE, DATABASE ".damaged") == -1 && errno != ENOENT)
		log_warn("%s", __func__);
	if (remove(DATABASE "-wal") == -1 && errno != ENOENT)
		log_warn("%s", __func__);
	log_event(LOG_WARN, "The database is put aside, and made anew",
	    LOG_STR("aside", DATABASE ".damaged"));
}

/* ---- changes */

int
database_begin(struct store_result *r)
{
	return run(BEGIN, r);
}

/* SQLite would go on writing into a file that nobody will find again. */
static int
check_place(struct store_result *r)
{
	int has_moved = 0;

	sqlite3_file_control(db, "main", SQLITE_FCNTL_HAS_MOVED, &has_moved);
	return has_moved
	    ? refuse(r, STORE_CORRUPT, "its file was removed or replaced")
	    : 0;
}

/*
 * A commit that could not be written is none: its last page is what makes it
 * one.  After any other failure, of fsync(2) above all, it stands in the log,
 * and may be found there.
 */
static int
is_unsure(void)
{
	int rc = sqlite3_extended_errcode(db);

	return rc != SQLITE_FULL && rc != SQLITE_IOERR_WRITE &&
	    (rc & 0xff) != SQLITE_BUSY && !sqlite3_get_autocommit(db);
}

int
database_commit(struct store_result *r)
{
	int had_begun = !sqlite3_get_autocommit(db);

	if (check_place(r) == 0) {
		if (run(COMMIT, r) == 0)
			return 0;
		if (had_begun && is_unsure())
			r->code = STORE_UNSURE;
	}
	database_rollback();
	return -1;
}

/* SQLite has done it itself after some errors. */
void
database_rollback(void)
{
	struct store_result ignored;

	if (!sqlite3_get_autocommit(db))
		(void)run(ROLLBACK, &ignored);
}

int
database_change_begin(struct store_result *r)
{
	return run(CHANGE_BEGIN, r);
}

int
database_change_end(struct store_result *r)
{
	const int result = sources_are_whole(r) == 0 ? run(CHANGE_END, r) : -1;

	sources_change_ends();
	return result;
}

void
database_change_undo(void)
{
	struct store_result ignored;

	sources_change_ends();
	if (!sqlite3_get_autocommit(db))
		(void)run_sql("ROLLBACK TO change; RELEASE change", &ignored);
}

int
database_clear(struct store_result *r)
{
	return run(CLEAR_SCENARIOS, r) == 0 && run(CLEAR_TOXICS, r) == 0 &&
		run(CLEAR_PROXIES, r) == 0 && run(CLEAR_TOKENS, r) == 0 &&
		run(CLEAR_HALTS, r) == 0 && run(CLEAR_SOURCES, r) == 0
	    ? run(CLEAR_POPULATED, r)
	    : -1;
}

int
database_populated(struct store_result *r)
{
	return run(POPULATED, r);
}

int
database_proxy(const struct store_proxy *p, struct store_result *r)
{
	bind_proxy(PROXY, &p->key);
	bind_text(PROXY, 3, p->listen);
	bind_text(PROXY, 4, p->given);
	bind_text(PROXY, 5, p->upstream);
	sqlite3_bind_int(statement(PROXY), 6, p->enabled);
	sqlite3_bind_int64(statement(PROXY), 7, (sqlite3_int64)p->config_print);
	sqlite3_bind_int64(statement(PROXY), 8, p->lease);
	row_bind_connect(statement(PROXY), 9, &p->connect);
	sqlite3_bind_int64(statement(PROXY), 14, p->source);
	return run(PROXY, r);
}

int
database_proxy_gone(const struct proxy_key *proxy, struct store_result *r)
{
	bind_proxy(PROXY_GONE, proxy);
	return run(PROXY_GONE, r);
}

/*
 * Its place, by which its values know it.  Not by a RETURNING: a statement that
 * has one costs time for all that the transaction has written before it.
 */
static int
find_position(
    const struct toxic_create *t, int64_t *position, struct store_result *r)
{
	sqlite3_stmt *st = statement(POSITION);
	int rc, result = 0;

	bind_proxy(POSITION, &t->proxy);
	bind_text(POSITION, 3, t->spec.name);
	if ((rc = sqlite3_step(st)) == SQLITE_ROW)
		*position = sqlite3_column_int64(st, 0);
	else
		result = failed(r, rc);
	sqlite3_reset(st);
	return result;
}

int
database_toxic(const struct toxic_create *t, struct store_result *r)
{
	const struct toxic_spec *spec = &t->spec;
	const struct toxic_schema *s =
	    toxic_schema((enum toxic_kind)spec->kind);
	char select[SELECT_TEXT_MAX + 1], waves[WAVES_TEXT_MAX + 1];
	int64_t position = 0;
	size_t i;

	bind_proxy(TOXIC, &t->proxy);
	bind_text(TOXIC, 3, spec->name);
	bind_text(TOXIC, 4, s->name);
	bind_text(TOXIC, 5, toxic_stream_name((enum toxic_stream)spec->stream));
	sqlite3_bind_double(statement(TOXIC), 6, spec->toxicity);
	sqlite3_bind_int64(statement(TOXIC), 7, spec->lease);
	bind_text(TOXIC, 8, toxic_select_text(spec, select));
	bind_text(TOXIC, 9, toxic_owner(spec));
	bind_text(TOXIC, 10, toxic_waves_text(spec, waves));
	if (run(TOXIC, r) == -1 || find_position(t, &position, r) == -1)
		return -1;
	for (i = 0; i < s->nattributes; i++) {
		sqlite3_bind_int64(statement(VALUE), 1, position);
		bind_text(VALUE, 2, s->attributes[i].name);
		row_bind_value(statement(VALUE), 3, spec, i);
		if (run(VALUE, r) == -1)
			return -1;
	}
	return 0;
}

int
database_toxic_gone(const struct toxic_name *t, struct store_result *r)
{
	bind_proxy(TOXIC_GONE, &t->proxy);
	bind_text(TOXIC_GONE, 3, t->name);
	return run(TOXIC_GONE, r);
}

int
database_toxics_gone(const struct proxy_key *proxy, struct store_result *r)
{
	bind_proxy(TOXICS_GONE, proxy);
	return run(TOXICS_GONE, r);
}

/* Of those steps that have one. */
static int
keep_connects(const struct scenario_spec *s, struct store_result *r)
{
	sqlite3_stmt *st = statement(SCENARIO_CONNECT);
	const struct connect_spec *c;
	uint32_t i;

	for (i = 0; i < s->nsteps; i++) {
		if ((c = scenario_connect(s, i)) == NULL)
			continue;
		bind_proxy(SCENARIO_CONNECT, &s->proxy);
		sqlite3_bind_int64(st, 3, i);
		row_bind_connect(st, 4, c);
		if (run(SCENARIO_CONNECT, r) == -1)
			return -1;
	}
	return 0;
}

int
database_scenario(const struct scenario_spec *s, struct store_result *r)
{
	sqlite3_stmt *st = statement(SCENARIO);
	char durations[DURATIONS_TEXT_MAX], lossless[LOSSLESS_TEXT_MAX];

	bind_proxy(SCENARIO, &s->proxy);
	bind_text(SCENARIO, 3, s->name);
	sqlite3_bind_int(st, 4, s->loops);
	sqlite3_bind_int64(st, 5, s->began);
	sqlite3_bind_int64(st, 6, s->lease);
	bind_text(SCENARIO, 7, row_durations(s, durations));
	bind_text(SCENARIO, 8, s->id);
	bind_text(SCENARIO, 9, row_lossless(s, lossless));
	return run(SCENARIO, r) == 0 ? keep_connects(s, r) : -1;
}

int
database_scenario_toxic(const struct toxic_create *t, struct store_result *r)
{
	uint8_t bytes[HANDED_TOXIC_MAX];
	const size_t n = handed_toxic_pack(&t->spec, bytes, sizeof(bytes));

	if (n == 0)
		return refuse(
		    r, STORE_FAILED, "a scenario's toxic is too long");
	bind_proxy(SCENARIO_TOXIC, &t->proxy);
	sqlite3_bind_blob(
	    statement(SCENARIO_TOXIC), 3, bytes, (int)n, SQLITE_STATIC);
	return run(SCENARIO_TOXIC, r);
}

int
database_scenario_gone(const struct proxy_key *proxy, struct store_result *r)
{
	bind_proxy(SCENARIO_GONE, proxy);
	return run(SCENARIO_GONE, r);
}

int
database_token(const struct credential *c, struct store_result *r)
{
	sqlite3_stmt *st = statement(TOKEN);

	bind_text(TOKEN, 1, c->tenant);
	bind_text(TOKEN, 2, c->name);
	sqlite3_bind_blob(
	    st, 3, c->digest.bytes, sizeof(c->digest.bytes), SQLITE_STATIC);
	bind_text(TOKEN, 4, caller_role_name(c->role));
	sqlite3_bind_int64(st, 5, c->expires);
	sqlite3_bind_int64(st, 6, c->last_used);
	return run(TOKEN, r);
}

int
database_token_gone(const struct token_name *t, struct store_result *r)
{
	bind_text(TOKEN_GONE, 1, t->tenant);
	bind_text(TOKEN_GONE, 2, t->name);
	return run(TOKEN_GONE, r);
}

int
database_halt(const struct halt *h, struct store_result *r)
{
	bind_text(HALT, 1, h->tenant);
	return run(HALT, r);
}

int
database_halt_gone(const struct halt *h, struct store_result *r)
{
	bind_text(HALT_GONE, 1, h->tenant);
	return run(HALT_GONE, r);
}

int
database_event_block(const struct event_block *b, struct store_result *r)
{
	sqlite3_bind_int64(
	    statement(EVENT_BLOCK_NEXT), 1, (sqlite3_int64)b->next);
	return run(EVENT_BLOCK_NEXT, r);
}
