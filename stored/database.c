/* SPDX-License-Identifier: ISC */
/*
 * The one SQLite database.  Write-ahead log, and locked for this process alone:
 * so the log needs no shared memory, and a commit is one write.
 */

#include <errno.h>
#include <inttypes.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#include "check.h"
#include "log.h"
#include "nitems.h"
#include "rows.h"
#include "stored.h"

#define DATABASE "toxid.db"

/* "toxi", so that file(1) and sqlite3(1) can tell whose it is */
#define APPLICATION_ID 0x746f7869

/* What an earlier stored that is about to be gone may still hold: ms. */
#define BUSY_TIMEOUT 1000

enum query {
	BEGIN,
	COMMIT,
	ROLLBACK,
	CHANGE_BEGIN,
	CHANGE_END,
	CLEAR_TOXICS,
	CLEAR_PROXIES,
	CLEAR_POPULATED,
	POPULATED,
	PROXY,
	PROXY_GONE,
	TOXIC,
	POSITION,
	VALUE,
	TOXIC_GONE,
	TOXICS_GONE,
	LOAD_PROXIES,
	LOAD_TOXICS,
	LOAD_VALUES,
	QUERY_MAX
};

static const char *const queries[QUERY_MAX] = {
	[BEGIN] = "BEGIN IMMEDIATE",
	[COMMIT] = "COMMIT",
	[ROLLBACK] = "ROLLBACK",
	[CHANGE_BEGIN] = "SAVEPOINT change",
	[CHANGE_END] = "RELEASE change",
	[CLEAR_TOXICS] = "DELETE FROM toxics",
	[CLEAR_PROXIES] = "DELETE FROM proxies",
	[CLEAR_POPULATED] = "DELETE FROM populated",
	[POPULATED] = "INSERT OR IGNORE INTO populated VALUES (1)",
	[PROXY] = ("INSERT INTO proxies VALUES (?1, ?2, ?3, ?4, ?5, ?6)"
		   " ON CONFLICT (name) DO UPDATE SET listen = ?2, given = ?3,"
		   " upstream = ?4, enabled = ?5, config_print = ?6"),
	[PROXY_GONE] = "DELETE FROM proxies WHERE name = ?1",
	[TOXIC] = ("INSERT INTO toxics (proxy, name, type, stream, toxicity)"
		   " VALUES (?1, ?2, ?3, ?4, ?5)"
		   " ON CONFLICT (proxy, name) DO UPDATE SET type = ?3,"
		   " stream = ?4, toxicity = ?5"),
	[POSITION] =
	    "SELECT position FROM toxics WHERE proxy = ?1 AND name = ?2",
	[VALUE] = ("INSERT INTO toxic_values VALUES (?1, ?2, ?3)"
		   " ON CONFLICT (toxic, name) DO UPDATE SET value = ?3"),
	[TOXIC_GONE] = "DELETE FROM toxics WHERE proxy = ?1 AND name = ?2",
	[TOXICS_GONE] = "DELETE FROM toxics WHERE proxy = ?1",
	[LOAD_PROXIES] =
	    ("SELECT name, listen, given, upstream, enabled, config_print"
	     " FROM proxies ORDER BY name"),
	[LOAD_TOXICS] =
	    ("SELECT name, type, stream, toxicity, position FROM toxics"
	     " WHERE proxy = ?1 ORDER BY position"),
	[LOAD_VALUES] = "SELECT name, value FROM toxic_values WHERE toxic = ?1",
};

static sqlite3 *db;
static sqlite3_stmt *statements[QUERY_MAX];

/* ---- errors */

static enum store_code
code_of(int rc)
{
	switch (rc & 0xff) {
	case SQLITE_FULL:
		return STORE_FULL;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return STORE_CORRUPT;
	default:
		if (sqlite3_system_errno(db) == EDQUOT ||
		    sqlite3_system_errno(db) == ENOSPC)
			return STORE_FULL;
		return STORE_FAILED;
	}
}

static int
failed(struct store_result *r, int rc)
{
	int error = sqlite3_system_errno(db);

	r->code = code_of(rc);
	snprintf(r->why, sizeof(r->why), "%s%s%s",
	    db != NULL ? sqlite3_errmsg(db) : sqlite3_errstr(rc),
	    error != 0 ? ": " : "", error != 0 ? strerror(error) : "");
	return -1;
}

/* What no SQLite error says. */
static int
refuse(struct store_result *r, enum store_code code, const char *why)
{
	r->code = code;
	snprintf(r->why, sizeof(r->why), "%s", why);
	return -1;
}

/* ---- statements */

static int
run_sql(const char *sql, struct store_result *r)
{
	int rc = sqlite3_exec(db, sql, NULL, NULL, NULL);

	return rc == SQLITE_OK ? 0 : failed(r, rc);
}

/* One that gives no rows, its values bound. */
static int
run(enum query query, struct store_result *r)
{
	sqlite3_stmt *st = statements[query];
	int rc = sqlite3_step(st), result = 0;

	if (rc != SQLITE_DONE)
		result = failed(r, rc);
	sqlite3_reset(st);
	return result;
}

static void
bind_text(enum query query, int at, const char *text)
{
	/* Lives until the statement has run: no copy. */
	sqlite3_bind_text(statements[query], at, text, -1, SQLITE_STATIC);
}

/* An integer that stands alone: PRAGMA ... */
static int
number_of(const char *sql, struct store_result *r, int64_t *number)
{
	sqlite3_stmt *st;
	int rc, result = 0;

	rc = sqlite3_prepare_v2(db, sql, -1, &st, NULL);
	if (rc != SQLITE_OK)
		return failed(r, rc);
	if ((rc = sqlite3_step(st)) == SQLITE_ROW)
		*number = sqlite3_column_int64(st, 0);
	else
		result = failed(r, rc);
	sqlite3_finalize(st);
	return result;
}

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

static int
prepare_all(struct store_result *r)
{
	size_t i;
	int rc;

	for (i = 0; i < nitems(queries); i++) {
		rc = sqlite3_prepare_v3(db, queries[i], -1,
		    SQLITE_PREPARE_PERSISTENT, &statements[i], NULL);
		if (rc != SQLITE_OK)
			return failed(r, rc);
	}
	return 0;
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
	    prepare_all(r) == 0)
		return 0;
	database_close();
	return -1;
}

void
database_close(void)
{
	size_t i;

	for (i = 0; i < nitems(statements); i++) {
		sqlite3_finalize(statements[i]);
		statements[i] = NULL;
	}
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

/* ---- load */

/* What has no row is as if it had not been given. */
static int
load_values(int64_t position, struct toxic_spec *spec)
{
	sqlite3_stmt *st = statements[LOAD_VALUES];
	int rc, result = 0;

	sqlite3_bind_int64(st, 1, position);
	while ((rc = sqlite3_step(st)) == SQLITE_ROW && result == 0)
		result = row_of_value(st, spec);
	sqlite3_reset(st);
	return result == 0 && rc == SQLITE_DONE && check_toxic(spec) ? 0 : -1;
}

static int
load_toxics(const char *proxy, void (*toxic)(const struct toxic_create *),
    struct store_result *r)
{
	sqlite3_stmt *st = statements[LOAD_TOXICS];
	struct toxic_create t;
	int rc;

	snprintf(t.proxy, sizeof(t.proxy), "%s", proxy);
	bind_text(LOAD_TOXICS, 1, proxy);
	while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
		if (row_of_toxic(st, &t) == -1 ||
		    load_values(sqlite3_column_int64(st, 4), &t.spec) == -1)
			break;
		toxic(&t);
	}
	sqlite3_reset(st);
	if (rc == SQLITE_ROW)
		return refuse(r, STORE_CORRUPT,
		    "a toxic in it is none that this version knows");
	return rc == SQLITE_DONE ? 0 : failed(r, rc);
}

/* As toxid may have: more than that nobody has asked it to keep. */
static int
check_counts(struct store_result *r)
{
	int64_t proxies, toxics, most;

	if (number_of("SELECT count(*) FROM proxies", r, &proxies) == -1 ||
	    number_of("SELECT count(*) FROM toxics", r, &toxics) == -1 ||
	    number_of("SELECT coalesce(max(n), 0) FROM (SELECT count(*) AS n"
		      " FROM toxics GROUP BY proxy)",
		r, &most) == -1)
		return -1;
	if ((uint64_t)proxies <= stored.proxies_max && toxics <= TOXICS_MAX &&
	    most <= PROXY_TOXICS_MAX)
		return 0;
	r->code = STORE_FAILED;
	snprintf(r->why, sizeof(r->why),
	    "%" PRId64 " proxies (-max-proxies is %" PRIu64 "), %" PRId64
	    " toxics (%d), %" PRId64 " on one proxy (%d)",
	    proxies, stored.proxies_max, toxics, TOXICS_MAX, most,
	    PROXY_TOXICS_MAX);
	return -1;
}

static int
load_populated(struct store_result *r)
{
	int64_t n = 0;

	if (number_of("SELECT count(*) FROM populated", r, &n) == -1)
		return -1;
	r->is_populated = n > 0;
	return 0;
}

int
database_load(void (*proxy)(const struct stored_proxy *),
    void (*toxic)(const struct toxic_create *), struct store_result *r)
{
	sqlite3_stmt *st = statements[LOAD_PROXIES];
	struct stored_proxy p;
	int rc = SQLITE_DONE, result;

	result = check_counts(r) == 0 ? load_populated(r) : -1;
	while (result == 0 && (rc = sqlite3_step(st)) == SQLITE_ROW) {
		if (row_of_proxy(st, &p) == -1) {
			result =
			    refuse(r, STORE_CORRUPT, "a proxy in it is none");
			break;
		}
		proxy(&p);
		result = load_toxics(p.spec.name, toxic, r);
	}
	if (result == 0 && rc != SQLITE_DONE)
		result = failed(r, rc);
	sqlite3_reset(st);
	return result;
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
	return run(CHANGE_END, r);
}

void
database_change_undo(void)
{
	struct store_result ignored;

	if (!sqlite3_get_autocommit(db))
		(void)run_sql("ROLLBACK TO change; RELEASE change", &ignored);
}

int
database_clear(struct store_result *r)
{
	return run(CLEAR_TOXICS, r) == 0 && run(CLEAR_PROXIES, r) == 0
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
	bind_text(PROXY, 1, p->name);
	bind_text(PROXY, 2, p->listen);
	bind_text(PROXY, 3, p->given);
	bind_text(PROXY, 4, p->upstream);
	sqlite3_bind_int(statements[PROXY], 5, p->enabled);
	sqlite3_bind_int64(
	    statements[PROXY], 6, (sqlite3_int64)p->config_print);
	return run(PROXY, r);
}

int
database_proxy_gone(const char *proxy, struct store_result *r)
{
	bind_text(PROXY_GONE, 1, proxy);
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
	sqlite3_stmt *st = statements[POSITION];
	int rc, result = 0;

	bind_text(POSITION, 1, t->proxy);
	bind_text(POSITION, 2, t->spec.name);
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
	int64_t position = 0;
	size_t i;

	bind_text(TOXIC, 1, t->proxy);
	bind_text(TOXIC, 2, spec->name);
	bind_text(TOXIC, 3, s->name);
	bind_text(TOXIC, 4, toxic_stream_name((enum toxic_stream)spec->stream));
	sqlite3_bind_double(statements[TOXIC], 5, spec->toxicity);
	if (run(TOXIC, r) == -1 || find_position(t, &position, r) == -1)
		return -1;
	for (i = 0; i < s->nattributes; i++) {
		sqlite3_bind_int64(statements[VALUE], 1, position);
		bind_text(VALUE, 2, s->attributes[i].name);
		row_bind_value(statements[VALUE], 3, spec, i);
		if (run(VALUE, r) == -1)
			return -1;
	}
	return 0;
}

int
database_toxic_gone(const char *proxy, const char *name, struct store_result *r)
{
	bind_text(TOXIC_GONE, 1, proxy);
	bind_text(TOXIC_GONE, 2, name);
	return run(TOXIC_GONE, r);
}

int
database_toxics_gone(const char *proxy, struct store_result *r)
{
	bind_text(TOXICS_GONE, 1, proxy);
	return run(TOXICS_GONE, r);
}
