/* SPDX-License-Identifier: ISC */
#ifndef PAYLOAD_RELAY_H
#define PAYLOAD_RELAY_H

#include <stdint.h>

#include "connect_spec.h"
#include "endpoint.h"
#include "histogram.h"
#include "proxy_key.h"
#include "toxic_spec.h"

/* Between ctld and a worker. */

/* All since the proxy was made, or now where "open" or "held" says so. */
struct counters {
	uint64_t received[STREAM_MAX]; /* bytes read from the source */
	uint64_t sent[STREAM_MAX];     /* bytes written to the destination */
	uint64_t sessions;             /* clients accepted */
	uint64_t dial_failures;
	uint64_t open_sessions;
	uint64_t held;             /* bytes */
	uint64_t gave_way;         /* sessions that were draining, for others */
	uint64_t over_sessions;    /* clients reset: limits.sessions */
	uint64_t over_connections; /* ... limits.connections_per_s */
	uint64_t own_toxics;       /* that sessions have now, of their own */
	struct histogram dialled;  /* from a client to its upstream */
	struct histogram lasted;   /* sessions that had one, to their end */
	struct dial_result dial_error; /* the last failure, if there is one */
};

/* What a toxic has done, in all sessions. */
struct toxic_counts {
	uint64_t hits;             /* sessions in which it has done anything */
	uint64_t delayed, dropped; /* bytes */
};

/* The nth that this worker was given, since then: names come again. */
struct toxic_counted {
	uint64_t nth; /* from 1 on */
	struct toxic_counts counts;
};

struct relay_assign {
	uint32_t proxy_id;
	struct proxy_key key;
	char upstream[ENDPOINT_TEXT_MAX + 1]; /* for the log */
	uint8_t reserved[6];
	uint64_t assignment;       /* which: its sessions are called by it */
	uint64_t first_session;    /* of the block of numbers that is its own */
	uint64_t earlier_sessions; /* that the proxy has had, of all workers */
	uint64_t lost_sessions;    /* that ended with its last worker ... */
	uint32_t lost_by;          /* ... enum session_end */
	uint32_t unused;
};

/*
 * A session is called ASSIGNMENT.NUMBER, from 0 on in each assignment, and none
 * is called so again.  What it draws from, -seed, goes by its number among all
 * that its proxy may have had: each worker has a block of them to itself, and
 * needs no more in its life.
 */
#define SESSIONS_BLOCK ((uint64_t)1 << 40)

struct relay_bytes {
	uint64_t bytes; /* of memory, for what is held back */
};

/* Of a worker whose tenant has a limit of sessions, or of clients in a second.
 */
struct relay_enter {
	uint32_t inside; /* its sessions: no more than was answered */
	uint32_t wants;  /* clients that wait; 0: no answer is wanted */
};

struct relay_entered {
	uint32_t n;    /* so many of them are let in */
	uint32_t over; /* enum limit that was in the others' way */
};

/* What a worker's life has come to; a state is a bit, for its table. */
enum relay_state {
	RELAY_SPARE = 0x1,    /* locked up, waits for its proxy */
	RELAY_ASSIGNED = 0x2, /* knows its proxy, does not accept yet */
	RELAY_RUNNING = 0x4,
	RELAY_ENDED = 0x8 /* ctld has gone */
};

/* All that a worker is, beside its toxics. */
struct relay_here {
	uint32_t state;               /* enum relay_state */
	uint32_t is_final;            /* it accepts no more, and drains */
	uint64_t lent, keep, borrows; /* bytes: as it was told, and asked for */
	uint32_t gate;                /* of the last RELAY_GATE */
	uint32_t wants;   /* of the last RELAY_ENTER, until answered */
	uint32_t entered; /* within the last second */
	uint32_t is_halted;
	uint64_t given;  /* toxics, in its life */
	uint32_t inside; /* sessions, and clients who will be */
	uint32_t reserved;
	struct connect_spec connect; /* as it was told */
	struct counters counters;
};

#endif
