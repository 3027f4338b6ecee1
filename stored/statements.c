/* SPDX-License-Identifier: ISC */
/* All that is said to SQLite by a statement of its own. */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "nitems.h"
#include "statements.h"
#include "text_put.h"

/* See bind_proxy(). */
#define OF_PROXY " WHERE tenant = ?1 AND proxy = ?2"

static const char *const queries[QUERY_MAX] = {
	[BEGIN] = "BEGIN IMMEDIATE",
	[COMMIT] = "COMMIT",
	[ROLLBACK] = "ROLLBACK",
	[CHANGE_BEGIN] = "SAVEPOINT change",
	[CHANGE_END] = "RELEASE change",
	[CLEAR_TOXICS] = "DELETE FROM toxics",
	[CLEAR_PROXIES] = "DELETE FROM proxies",
	[CLEAR_POPULATED] = "DELETE FROM populated",
	[CLEAR_TOKENS] = "DELETE FROM tokens",
	[CLEAR_HALTS] = "DELETE FROM halts",
	[CLEAR_SOURCES] = "DELETE FROM sources",
	[POPULATED] = "INSERT OR IGNORE INTO populated VALUES (1)",
	[PROXY] = ("INSERT INTO proxies VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8,"
		   " ?9, ?10, ?11, ?12, ?13, ?14)"
		   " ON CONFLICT (tenant, name) DO UPDATE SET listen = ?3,"
		   " given = ?4, upstream = ?5, enabled = ?6,"
		   " config_print = ?7, ends = ?8, connect = ?9, delay = ?10,"
		   " dial_delay = ?11, dial_fail = ?12,"
		   " syn_loss = ?13, source = ?14"),
	[PROXY_GONE] = "DELETE FROM proxies WHERE tenant = ?1 AND name = ?2",
	[TOXIC] = ("INSERT INTO toxics (tenant, proxy, name, type, stream,"
		   " toxicity, ends, selects, owner, waves)"
		   " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)"
		   " ON CONFLICT (tenant, proxy, name) DO UPDATE SET"
		   " type = ?4, stream = ?5, toxicity = ?6, ends = ?7,"
		   " selects = ?8, owner = ?9, waves = ?10"),
	[POSITION] = ("SELECT position FROM toxics" OF_PROXY " AND name = ?3"),
	[VALUE] = ("INSERT INTO toxic_values VALUES (?1, ?2, ?3)"
		   " ON CONFLICT (toxic, name) DO UPDATE SET value = ?3"),
	[TOXIC_GONE] = ("DELETE FROM toxics" OF_PROXY " AND name = ?3"),
	[TOXICS_GONE] = ("DELETE FROM toxics" OF_PROXY),
	[TOKEN] = ("INSERT INTO tokens VALUES (?1, ?2, ?3, ?4, ?5, ?6)"
		   " ON CONFLICT (tenant, name) DO UPDATE SET sha256 = ?3,"
		   " role = ?4, expires = ?5, last_used = ?6"),
	[TOKEN_GONE] = "DELETE FROM tokens WHERE tenant = ?1 AND name = ?2",
	[HALT] = "INSERT OR IGNORE INTO halts VALUES (?1)",
	[HALT_GONE] = "DELETE FROM halts WHERE tenant = ?1",
	[EVENT_BLOCK_NEXT] =
	    "INSERT OR REPLACE INTO event_block VALUES (1, ?1)",
	[CLEAR_SCENARIOS] = "DELETE FROM scenarios",
	[SCENARIO] =
	    ("INSERT INTO scenarios (tenant, proxy, name, loops, began, ends,"
	     " durations, id, lossless)"
	     " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"),
	[SCENARIO_CONNECT] = ("INSERT INTO scenario_connects"
			      " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"),
	[SCENARIO_TOXIC] = ("INSERT INTO scenario_toxics (tenant, proxy, toxic)"
			    " VALUES (?1, ?2, ?3)"),
	[SCENARIO_GONE] = ("DELETE FROM scenarios" OF_PROXY),
	[SOURCE_REPLACED] = ("DELETE FROM sources WHERE id = ?1"
			     " OR (tenant = ?2 AND name = ?3)"),
	[SOURCE] = "INSERT INTO sources VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
	[SOURCE_SCENARIO] =
	    "INSERT INTO source_scenarios VALUES (?1, ?2, ?3, ?4, ?5)",
	[SOURCE_GONE] = "DELETE FROM sources WHERE id = ?1",
	[LOAD_PROXIES] =
	    ("SELECT tenant, name, listen, given, upstream, enabled,"
	     " config_print, ends, connect, delay, dial_delay, dial_fail,"
	     " syn_loss, source FROM proxies ORDER BY tenant, name"),
	[LOAD_TOXICS] = ("SELECT name, type, stream, toxicity, position, ends,"
			 " selects, owner, waves FROM toxics" OF_PROXY
			 " ORDER BY position"),
	[LOAD_VALUES] = "SELECT name, value FROM toxic_values WHERE toxic = ?1",
	[LOAD_TOKENS] = ("SELECT tenant, name, sha256, role, expires, last_used"
			 " FROM tokens ORDER BY tenant, name"),
	[LOAD_HALTS] = "SELECT tenant FROM halts ORDER BY tenant",
	[LOAD_SCENARIO] = ("SELECT name, loops, began, ends, durations, id,"
			   " lossless"
			   " FROM scenarios" OF_PROXY),
	[LOAD_SCENARIO_CONNECTS] =
	    ("SELECT step, connect, delay, dial_delay, dial_fail, syn_loss"
	     " FROM scenario_connects" OF_PROXY " ORDER BY step"),
	[LOAD_SOURCES] =
	    ("SELECT id, tenant, name, generation, applied_at, document,"
	     " (SELECT count(*) FROM source_scenarios WHERE source = id)"
	     " FROM sources ORDER BY id"),
	[LOAD_SOURCE_SCENARIOS] =
	    ("SELECT tenant, proxy, name, print FROM source_scenarios"
	     " WHERE source = ?1 ORDER BY tenant, name"),
	[COUNT_SCENARIO_TOXICS] =
	    ("SELECT count(*) FROM scenario_toxics" OF_PROXY),
	[LOAD_SCENARIO_TOXICS] =
	    ("SELECT toxic FROM scenario_toxics" OF_PROXY " ORDER BY position"),
};

sqlite3 *db;
static sqlite3_stmt *statements[QUERY_MAX];

sqlite3_stmt *
statement(enum query query)
{
	return statements[query];
}

int
statements_prepare(struct store_result *r)
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

void
statements_finalize(void)
{
	size_t i;

	for (i = 0; i < nitems(statements); i++) {
		sqlite3_finalize(statements[i]);
		statements[i] = NULL;
	}
}

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

int
failed(struct store_result *r, int rc)
{
	int error = sqlite3_system_errno(db);

	r->code = code_of(rc);
	snprintf(r->why, sizeof(r->why), "%s%s%s",
	    db != NULL ? sqlite3_errmsg(db) : sqlite3_errstr(rc),
	    error != 0 ? ": " : "", error != 0 ? strerror(error) : "");
	return -1;
}

int
refuse(struct store_result *r, enum store_code code, const char *why)
{
	r->code = code;
	text_put(r->why, sizeof(r->why), why);
	return -1;
}

/* ---- statements */

int
run_sql(const char *sql, struct store_result *r)
{
	int rc = sqlite3_exec(db, sql, NULL, NULL, NULL);

	return rc == SQLITE_OK ? 0 : failed(r, rc);
}

int
run(enum query query, struct store_result *r)
{
	sqlite3_stmt *st = statements[query];
	int rc = sqlite3_step(st), result = 0;

	if (rc != SQLITE_DONE)
		result = failed(r, rc);
	sqlite3_reset(st);
	return result;
}

void
bind_text(enum query query, int at, const char *text)
{
	sqlite3_bind_text(statements[query], at, text, -1, SQLITE_STATIC);
}

void
bind_proxy(enum query query, const struct proxy_key *proxy)
{
	bind_text(query, 1, proxy->tenant);
	bind_text(query, 2, proxy->name);
}

int
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
