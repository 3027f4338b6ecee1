/* SPDX-License-Identifier: ISC */
#ifndef TRUTH_PARTS_H
#define TRUTH_PARTS_H

#include <stdint.h>

#include "msg.h"
#include "proxy_spec.h"
#include "restarts.h"

/* What truth_save.c writes and truth_load.c reads: parts of the journal's
 * records.
 */

enum part {
	PART_HEAD = 1, /* of no proxy */
	PART_PROXY,    /* as it is from here on, with its toxics */
	PART_GONE,     /* the proxy of that id */
	PART_RETIRED,
	PART_RULES,   /* of upstreams: all of them, as a message has each */
	PART_TENANTS, /* likewise */
	PART_CREDENTIALS,
	PART_TOKEN, /* one of them: new, or as it is from here on */
	PART_TOKEN_GONE,
	PART_HOSTS,         /* that the API may be called: all of the file's */
	PART_PROXY_CLIENTS, /* all of them, as a message has each */
	PART_LIMITS,        /* of tenants: all of them */
	PART_SESSION,       /* one more, as a message has it */
	PART_SESSION_GONE,
	PART_HALT, /* one more */
	PART_HALT_GONE,
	PART_PROFILES,        /* of the file: all anew, and behind it */
	PART_PROFILE_TOXIC,   /* each, as handed_toxic.h has it */
	PART_SCENARIO,        /* of a proxy that is there, and behind it */
	PART_SCENARIO_TOXIC,  /* each, likewise */
	PART_SCENARIO_GONE,   /* the one of the proxy of that key */
	PART_SOURCE,          /* as it is from here on, and behind it */
	PART_SOURCE_TEXT,     /* its document, in any number of these */
	PART_SOURCE_SCENARIO, /* each */
	PART_SOURCE_GONE      /* the one of that id */
};

struct saved_head {
	uint32_t format, msg_version;
	uint32_t store_is_durable; /* the file said so, at the start */
	uint32_t is_populated;     /* the file has nothing more to say */
	uint32_t next_proxy_id, last_line;
	uint32_t last_source_id, reserved;
	uint64_t started;
	uint64_t guards_print; /* of the file, as long as it is to be read */
	uint64_t last_assignment;
	uint64_t event_block; /* of ids of events, which nobody has begun */
	int64_t seed;
	struct restarts restarts[ROLE_MAX];
	struct store_result store_result;
};

/* Its toxics follow, each behind its head. */
struct saved_proxy {
	uint32_t id;
	uint32_t listener, worker; /* toxid's ids; 0: it has none */
	uint32_t ntoxics;
	uint32_t source; /* whose it is */
	uint32_t reserved;
	struct session_id session; /* that it goes with; or none */
	struct proxy_spec spec;
	char given[ENDPOINT_TEXT_MAX + 1];
	uint64_t config_print;
	uint64_t assignment, assignments;
	uint64_t scenario_nth; /* the step at work, where it is in one */
	struct restarts restarts;
	int64_t restart_delay, restart_at, bind_at, dial_failed_at;
	struct counters earlier;
};

struct saved_toxic_head {
	int64_t lease;             /* when it ends: see lease.h */
	struct session_id session; /* that it goes with; or none */
	struct toxic_counts earlier;
	uint32_t n; /* bytes, as handed_toxic.h has them */
	uint32_t reserved;
};

/* A worker that was retired, and may have its sessions still. */
struct retired {
	uint32_t id;       /* toxid's */
	uint32_t proxy_id; /* that it is retired from */
	uint64_t lent;
	uint64_t pace;   /* bytes a second; 0: any number */
	uint32_t inside; /* its sessions, where its tenant has limits */
	char tenant[TENANT_NAME_MAX + 1];
	uint8_t reserved[4];
};

#endif
