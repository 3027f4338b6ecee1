/* SPDX-License-Identifier: ISC */
#ifndef STORED_H
#define STORED_H

#include "chan.h"

/*
 * stored: keeps a copy of the truth in one SQLite database, in the one
 * directory that it can see.  It decides nothing: what ctld says is what is
 * kept, a change whole or not at all.
 */

struct stored {
	struct chan ctld;
	int is_durable; /* what is committed survives power loss */
	uint64_t proxies_max;
	int has_ended;
};

extern struct stored stored;

/* ---- schema.c */

/* As SQL, from an empty database on: number i makes version i + 1. */
extern const char *const migrations[];
extern const int nmigrations;

/*
 * ---- database.c: what SQLite keeps; statements.c asks it.  Errors are told in
 * a store_result.
 */

/*
 * Opens the database if it is not open: it is made if there is none, and
 * brought to the newest schema.  0, or -1.
 */
int database_open(struct store_result *);
void database_close(void);

/*
 * What has been damaged or replaced is put aside ("toxid.db.damaged"), so that
 * database_open() makes a new one.
 */
void database_put_aside(void);

/*
 * A transaction holds any number of changes, each of which happens whole or
 * not at all; they become durable together.  All return 0 or -1; after -1 of
 * database_commit() nothing of the transaction is kept, but with STORE_UNSURE,
 * when it may turn up in the log after a crash.
 */
int database_begin(struct store_result *);
int database_commit(struct store_result *);
void database_rollback(void);
int database_change_begin(struct store_result *);
int database_change_end(struct store_result *);
void database_change_undo(void);

/* Steps of a change */
int database_clear(struct store_result *);
int database_populated(struct store_result *);
int database_proxy(const struct store_proxy *, struct store_result *);
int database_proxy_gone(const struct proxy_key *, struct store_result *);
int database_toxic(const struct toxic_create *, struct store_result *);
int database_toxic_gone(const struct toxic_name *, struct store_result *);
int database_toxics_gone(const struct proxy_key *, struct store_result *);
int database_scenario(const struct scenario_spec *, struct store_result *);
int database_scenario_toxic(const struct toxic_create *, struct store_result *);
int database_scenario_gone(const struct proxy_key *, struct store_result *);
int database_token(const struct credential *, struct store_result *);
int database_token_gone(const struct token_name *, struct store_result *);
int database_halt(const struct halt *, struct store_result *);
int database_halt_gone(const struct halt *, struct store_result *);
int database_source(const struct source_state *, struct store_result *);
int database_source_text(const struct source_text *, struct store_result *);
int database_source_scenario(
    const struct source_scenario *, struct store_result *);
int database_source_gone(const struct source_ref *, struct store_result *);
int database_event_block(const struct event_block *, struct store_result *);

/* ---- load.c */

/*
 * Says everything that is kept, tokens, halts and sources first, each of these
 * before its texts and its scenarios, then each proxy before its toxics in
 * their order and its scenario, if any; in the result, whether it was
 * populated, and whose ids events may have next.  -1 before anything is said
 * where there is more than toxid may have.
 */
struct told {
	void (*token)(const struct credential *);
	void (*halt)(const struct halt *);
	void (*source)(const struct source_state *);
	void (*source_text)(const struct source_text *);
	void (*source_scenario)(const struct source_scenario *);
	void (*proxy)(const struct stored_proxy *);
	void (*toxic)(const struct toxic_create *);
	void (*scenario)(const struct scenario_spec *);
	void (*scenario_toxic)(const struct toxic_create *);
};
int database_load(const struct told *, struct store_result *);

/* ---- dispatch.c */

/* What ctld has said, and what is to be answered for it. */
void ctld_readable(void);

#endif
