/* SPDX-License-Identifier: ISC */
#ifndef PAYLOAD_EVENT_H
#define PAYLOAD_EVENT_H

#include <stdint.h>

#include "proxy_key.h"

/*
 * What has happened, for who watches: a row is its name there, and what it
 * says.  ctld makes them from what it has decided, and knows; of a child it
 * takes numbers, causes and addresses, and no text.
 */
#define EVENT_KINDS(X)                                               \
	X(PROXY_CREATED, "proxy_created")                            \
	X(PROXY_CHANGED, "proxy_changed")                            \
	X(PROXY_DELETED, "proxy_deleted")                            \
	X(TOXIC_CREATED, "toxic_created")                            \
	X(TOXIC_CHANGED, "toxic_changed")                            \
	X(TOXIC_DELETED, "toxic_deleted")                            \
	X(LEASE_RENEWED, "lease_renewed")                            \
	X(LEASE_ENDED, "lease_ended") /* what had it is deleted */   \
	X(TOKEN_CREATED, "token_created")                            \
	X(TOKEN_DELETED, "token_deleted")                            \
	X(SCENARIO_STARTED, "scenario_started")                      \
	X(SCENARIO_STEP, "scenario_step") /* it is at another */     \
	X(SCENARIO_ENDED, "scenario_ended")                          \
	X(HALTED, "halted")                                          \
	X(RESUMED, "resumed")                                        \
	X(LIMIT_HIT, "limit_hit") /* somebody was refused */         \
	X(DIAL_FAILED, "dial_failed")                                \
	X(SESSION_ENDED, "session_ended")     /* not by both FINs */ \
	X(WORKER_DIED, "worker_died")         /* a proxy's */        \
	X(WORKER_REPLACED, "worker_replaced") /* ... has another */  \
	X(PROCESS_DIED, "process_died")       /* any other */        \
	X(RELOADED, "reloaded")                                      \
	X(RELOAD_FAILED, "reload_failed")                            \
	X(UPGRADED, "upgraded")                                      \
	X(DESIRED_APPLIED, "desired_applied") /* a source's document */

enum event_kind {
#define X(kind, name) EVENT_##kind,
	EVENT_KINDS(X)
#undef X
	EVENT_KIND_MAX
};

/* Whose: a tenant's, or those of all; then the tenant is "". */
struct event_stream {
	char tenant[TENANT_NAME_MAX + 1];
	uint32_t is_of_all;
	uint32_t reserved;
};

/* In apid's question: what comes from now on. */
#define EVENTS_FROM_NOW UINT64_MAX

struct event_question {
	uint64_t after; /* the id of the last that is known */
	struct event_stream of;
};

/* What fills it is in event_fields.h. */
#define EVENT_FIELDS_MAX 3072

struct event_record {
	uint64_t id; /* in the stream that was asked for */
	int64_t at;  /* ms since 1970 */
	uint32_t kind;
	uint32_t len;           /* of its fields */
	struct event_stream of; /* whose it is; of all: nobody's of his own */
	char fields[EVENT_FIELDS_MAX];
};

struct event_end {
	uint64_t last;     /* of that stream, so far */
	uint32_t has_more; /* between the last that was said and that */
	uint32_t reserved;
};

/*
 * An id is EVENT_BLOCK times the number of a block, and so many: one block at
 * least for each life of a ctld, so that none of its ids was there before.
 */
#define EVENT_BLOCK (UINT64_C(1) << 20)
#define EVENT_BLOCKS_MAX (UINT64_C(1) << 33) /* ids are exact in any JSON */

struct event_block {
	uint64_t next; /* that nobody has begun */
};

/* "proxy_created"; "?" for a number that is none. */
const char *event_kind_name(uint32_t kind);

#endif
