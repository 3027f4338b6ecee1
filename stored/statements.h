/* SPDX-License-Identifier: ISC */
#ifndef STATEMENTS_H
#define STATEMENTS_H

#include <sqlite3.h>

#include "msg.h"

/*
 * The connection to the database, NULL while it is not open, and all that is
 * ever asked on it.  What returns int: 0, or -1 and the result says why.
 */
extern sqlite3 *db;

enum query {
	BEGIN,
	COMMIT,
	ROLLBACK,
	CHANGE_BEGIN,
	CHANGE_END,
	CLEAR_TOXICS,
	CLEAR_PROXIES,
	CLEAR_POPULATED,
	CLEAR_TOKENS,
	CLEAR_HALTS,
	CLEAR_SOURCES,
	POPULATED,
	PROXY,
	PROXY_GONE,
	TOXIC,
	POSITION,
	VALUE,
	TOXIC_GONE,
	TOXICS_GONE,
	TOKEN,
	TOKEN_GONE,
	HALT,
	HALT_GONE,
	EVENT_BLOCK_NEXT,
	CLEAR_SCENARIOS,
	SCENARIO,
	SCENARIO_CONNECT,
	SCENARIO_TOXIC,
	SCENARIO_GONE,
	SOURCE_REPLACED,
	SOURCE,
	SOURCE_SCENARIO,
	SOURCE_GONE,
	LOAD_PROXIES,
	LOAD_TOXICS,
	LOAD_VALUES,
	LOAD_TOKENS,
	LOAD_HALTS,
	LOAD_SCENARIO,
	LOAD_SCENARIO_TOXICS,
	LOAD_SCENARIO_CONNECTS,
	COUNT_SCENARIO_TOXICS,
	LOAD_SOURCES,
	LOAD_SOURCE_SCENARIOS,
	QUERY_MAX
};

/* Prepared once the database is open, and finalized before it is closed. */
int statements_prepare(struct store_result *);
void statements_finalize(void);
sqlite3_stmt *statement(enum query);

/* A text is not copied: it lives until the statement has run. */
void bind_text(enum query, int at, const char *text);
/* At 1 and 2, its tenant and its name. */
void bind_proxy(enum query, const struct proxy_key *);

/* One that gives no rows, its values bound. */
int run(enum query, struct store_result *);
int run_sql(const char *sql, struct store_result *);

/* An integer that stands alone: PRAGMA ... */
int number_of(const char *sql, struct store_result *, int64_t *number);

/* -1, with what SQLite says of rc; with what no error of SQLite's says. */
int failed(struct store_result *, int rc);
int refuse(struct store_result *, enum store_code, const char *why);

#endif
