/* SPDX-License-Identifier: ISC */
#ifndef TRUTH_H
#define TRUTH_H

#include <stdint.h>

#include "credential.h"
#include "proxies.h"
#include "session_id.h"

/*
 * The truth in the journal, for a ctld that follows this one: after its death,
 * or in an upgrade.  What toxid keeps meanwhile, listeners and channels, has
 * its id there; what a worker knows best, its counters for one, it is asked.
 */

struct child;
struct session_ref;
struct source;

/*
 * Raised with each change of what is saved here; a program reads its own alone.
 * The digest is that of all layouts: a unit test says what it is.
 * HANDED_TOXIC_MAX is the room of one toxic.
 */
#define TRUTH_FORMAT 1
#define TRUTH_DIGEST UINT64_C(0x6220f0a846e95eec)

/* What is to be written; truth_save.c does, and takes it off. */
extern struct truth {
	int is_open;     /* the journal is written */
	int has_changed; /* what is of no proxy */
	struct proxy_list dirty;
} truth;

void truth_proxy_changed(struct proxy *);
void truth_proxy_written(struct proxy *);
void truth_proxy_gone(struct proxy *); /* it is about to be freed */
void truth_retired(const struct child *);
/* As it is from here on; it is gone. */
void truth_token(const struct credential *);
void truth_token_gone(const struct token_digest *);
void truth_session(const struct session_ref *);
void truth_session_gone(const struct session_id *);
void truth_halt(const struct halt *);
void truth_halt_gone(const struct halt *);
void truth_source(const struct source *);
void truth_source_gone(uint32_t id);
void truth_scenario_gone(const struct proxy *);
void truth_changed(void); /* what is of no proxy */

#endif
