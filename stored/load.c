/* SPDX-License-Identifier: ISC */
/* What is kept, said once, at the start. */

#include <inttypes.h>
#include <stdio.h>

#include "agreed.h"
#include "check.h"
#include "rows.h"
#include "sources.h"
#include "statements.h"
#include "stored.h"

/* What has no row is as if it had not been given. */
static int
load_values(int64_t position, struct toxic_spec *spec)
{
	sqlite3_stmt *st = statement(LOAD_VALUES);
	int rc, result = 0;

	sqlite3_bind_int64(st, 1, position);
	while ((rc = sqlite3_step(st)) == SQLITE_ROW && result == 0)
		result = row_of_value(st, spec);
	sqlite3_reset(st);
	return result == 0 && rc == SQLITE_DONE && check_toxic(spec) ? 0 : -1;
}

static int
load_toxics(const struct proxy_key *proxy,
    void (*toxic)(const struct toxic_create *), struct store_result *r)
{
	sqlite3_stmt *st = statement(LOAD_TOXICS);
	struct toxic_create t = { .proxy = *proxy };
	int rc;

	bind_proxy(LOAD_TOXICS, proxy);
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

static int
load_scenario_toxics(const struct scenario_spec *s, const struct told *told,
    struct store_result *r)
{
	sqlite3_stmt *st = statement(LOAD_SCENARIO_TOXICS);
	struct toxic_create t = { .proxy = s->proxy };
	int rc;

	bind_proxy(LOAD_SCENARIO_TOXICS, &s->proxy);
	while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
		if (row_of_scenario_toxic(st, &t) == -1)
			break;
		told->scenario_toxic(&t);
	}
	sqlite3_reset(st);
	if (rc == SQLITE_ROW)
		return refuse(r, STORE_CORRUPT,
		    "a scenario's toxic in it is none that this version knows");
	return rc == SQLITE_DONE ? 0 : failed(r, rc);
}

/* How many toxics it has. */
static int
count_scenario_toxics(struct scenario_spec *s, struct store_result *r)
{
	sqlite3_stmt *st = statement(COUNT_SCENARIO_TOXICS);
	int rc, result = 0;

	bind_proxy(COUNT_SCENARIO_TOXICS, &s->proxy);
	if ((rc = sqlite3_step(st)) == SQLITE_ROW)
		s->ntoxics = (uint32_t)sqlite3_column_int64(st, 0);
	else
		result = failed(r, rc);
	sqlite3_reset(st);
	return result;
}

static int
load_scenario_connects(struct scenario_spec *s, struct store_result *r)
{
	sqlite3_stmt *st = statement(LOAD_SCENARIO_CONNECTS);
	int rc;

	bind_proxy(LOAD_SCENARIO_CONNECTS, &s->proxy);
	while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
		if (row_of_scenario_connect(st, s) == -1)
			break;
	}
	sqlite3_reset(st);
	if (rc == SQLITE_ROW)
		return refuse(
		    r, STORE_CORRUPT, "a scenario's connect in it is none");
	return rc == SQLITE_DONE ? 0 : failed(r, rc);
}

/* Of a proxy that has one. */
static int
load_scenario(const struct proxy_key *proxy, const struct told *told,
    struct store_result *r)
{
	sqlite3_stmt *st = statement(LOAD_SCENARIO);
	struct scenario_spec s = { .proxy = *proxy };
	int rc, result = 0;

	bind_proxy(LOAD_SCENARIO, proxy);
	if ((rc = sqlite3_step(st)) == SQLITE_ROW)
		result = count_scenario_toxics(&s, r);
	if (result == 0 && rc == SQLITE_ROW && row_of_scenario(st, &s) == -1)
		result = refuse(r, STORE_CORRUPT, "a scenario in it is none");
	sqlite3_reset(st);
	if (result == -1 || rc == SQLITE_DONE)
		return result;
	if (rc != SQLITE_ROW)
		return failed(r, rc);
	if (load_scenario_connects(&s, r) == -1)
		return -1;
	told->scenario(&s);
	return load_scenario_toxics(&s, told, r);
}

static int
load_tokens(void (*token)(const struct credential *), struct store_result *r)
{
	sqlite3_stmt *st = statement(LOAD_TOKENS);
	struct credential c;
	int rc;

	while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
		if (row_of_token(st, &c) == -1)
			break;
		token(&c);
	}
	sqlite3_reset(st);
	if (rc == SQLITE_ROW)
		return refuse(r, STORE_CORRUPT, "a token in it is none");
	return rc == SQLITE_DONE ? 0 : failed(r, rc);
}

static int
load_halts(void (*halt)(const struct halt *), struct store_result *r)
{
	sqlite3_stmt *st = statement(LOAD_HALTS);
	struct halt h;
	int rc;

	while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
		if (row_of_halt(st, &h) == -1)
			break;
		halt(&h);
	}
	sqlite3_reset(st);
	if (rc == SQLITE_ROW)
		return refuse(r, STORE_CORRUPT, "a halt in it is of nobody");
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
		      " FROM toxics GROUP BY tenant, proxy)",
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

static int
load_event_block(struct store_result *r)
{
	int64_t next = 0;

	if (number_of("SELECT coalesce(max(next), 0) FROM event_block", r,
		&next) == -1)
		return -1;
	if (next < 0 || (uint64_t)next > EVENT_BLOCKS_MAX)
		return refuse(r, STORE_CORRUPT, "events in it have no ids");
	r->event_block = (uint64_t)next;
	return 0;
}

int
database_load(const struct told *told, struct store_result *r)
{
	sqlite3_stmt *st = statement(LOAD_PROXIES);
	struct stored_proxy p;
	int rc = SQLITE_DONE, result;

	result = check_counts(r) == 0 && sources_check_counts(r) == 0 &&
		load_populated(r) == 0 && load_event_block(r) == 0
	    ? load_tokens(told->token, r)
	    : -1;
	if (result == 0)
		result = load_halts(told->halt, r);
	if (result == 0)
		result = sources_load(told, r);
	while (result == 0 && (rc = sqlite3_step(st)) == SQLITE_ROW) {
		if (row_of_proxy(st, &p) == -1) {
			result =
			    refuse(r, STORE_CORRUPT, "a proxy in it is none");
			break;
		}
		told->proxy(&p);
		result = load_toxics(&p.spec.key, told->toxic, r);
		if (result == 0)
			result = load_scenario(&p.spec.key, told, r);
	}
	if (result == 0 && rc != SQLITE_DONE)
		result = failed(r, rc);
	sqlite3_reset(st);
	return result;
}
