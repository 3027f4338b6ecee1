/* SPDX-License-Identifier: ISC */
#ifndef PAYLOAD_SESSIONS_H
#define PAYLOAD_SESSIONS_H

#include <stdint.h>

#include "address.h"
#include "endpoint.h"
#include "proxy_key.h"
#include "session_end.h"
#include "toxic_select.h"

/*
 * What a worker is asked of its sessions, and says: the one thing that the API
 * shows and only a worker knows.  They are called as payload_relay.h says.
 */

enum session_state {
	SESSION_DIALS,
	SESSION_IS_OPEN,
	SESSION_IS_HALF_CLOSED, /* one direction has ended */
	SESSION_DRAINS,         /* nothing more comes in, but is to go out */
	SESSION_STATES
};

/* Is it about one of a session's own toxics? */
int session_wish_is_own(uint32_t wish);

/* Why one has ended: see session_end.h. */
const char *session_end_word(enum session_end);
const char *session_end_text(enum session_end);
/* Does its worker say so unasked: see RELAY_ENDED_NOW?  Of others ctld knows.
 */
int session_end_is_news(enum session_end);

/* "7.41", as all people see it; returns text. */
#define SESSION_NAME_MAX 41 /* two numbers of 64 bits */
const char *session_name(
    uint64_t assignment, uint64_t number, char text[SESSION_NAME_MAX + 1]);

enum session_wish {
	WISH_PAGE,  /* those from that number on, so many as fit */
	WISH_ENDED, /* those that have ended, from that place on */
	WISH_ONE,   /* that one, and what each toxic has done in it */
	WISH_CLOSE, /* that one is to end */
	WISH_RESET,
	WISH_OWN_TOXICS, /* those that are that one's own */
	WISH_OWN_ADD,    /* one more, ... */
	WISH_OWN_UPDATE,
	WISH_OWN_REMOVE,
	SESSION_WISHES
};

struct relay_ask {
	uint64_t assignment, number; /* a page may begin at any */
	uint32_t wish;               /* enum session_wish */
	uint32_t states;             /* of a page: 1 << state of those wanted */
	struct address client;       /* likewise; none: any; port 0: any port */
};

struct sessions_ask {
	struct proxy_key proxy;
	struct relay_ask ask;
};

/*
 * About a toxic that is to be, or is, one session's own: in its chain behind
 * those of the proxy.  It has no lease, and of a select its times alone; it
 * goes with the session.
 */
struct own_toxic {
	struct sessions_ask of; /* .ask.wish: one of the last three */
	/* Of an update, as in struct toxic_update. */
	uint8_t has_toxicity, values_given, has_select, has_waves;
	uint8_t reserved[4];
	struct toxic_spec spec; /* of one to be removed its name alone */
};

/* What came of that. */
enum own_outcome {
	OWN_DONE,   /* or nothing was to be done */
	OWN_EXISTS, /* the session, or its proxy, has one of that name */
	OWN_NOT_THERE,
	OWN_TOO_MANY,
	OWN_DIFFERS, /* from what who asked had seen: it does not fit it */
	OWN_OUTCOMES
};

struct session_row {
	uint64_t number;
	uint64_t age_ms;
	uint64_t sent[STREAM_MAX]; /* bytes written to the destination */
	uint64_t held;             /* bytes of memory, both ways together */
	struct address client;
	struct address upstream; /* that was reached; or none, yet */
	uint8_t state;           /* enum session_state */
	uint8_t reserved[7];
};

#define SESSIONS_PAGE 64

/* One that has ended, or several by one cause. */
struct session_ended {
	uint64_t assignment, number; /* the latter of one alone */
	uint64_t sessions;           /* how many */
	uint64_t age_ms, ago_ms;     /* it came to; that is past */
	uint64_t sent[STREAM_MAX];
	struct address client;   /* or none; of several the last */
	struct dial_result dial; /* of END_NO_UPSTREAM */
	uint8_t end;             /* enum session_end */
	uint8_t are_several;
	uint8_t reserved[6];
	char toxic[TOXIC_NAME_MAX + 1]; /* that did it; or none */
};

/* In order.  Of one that was asked for, it alone, or none: it is not there. */
struct session_page {
	uint64_t assignment;
	uint64_t next; /* the next page begins there; 0: this is the last */
	uint64_t connections; /* so many sessions the worker has had so far */
	uint32_t n;
	uint32_t outcome; /* enum own_outcome */
	struct session_row rows[SESSIONS_PAGE];
};

/* One toxic in one session, for as long as its direction goes on. */
struct toxic_work {
	char name[TOXIC_NAME_MAX + 1];
	uint64_t delayed, dropped; /* bytes */
	uint64_t slices, cuts;
	uint8_t kind, stream;
	uint8_t is_at_work;
	uint8_t has_hit; /* it has done anything here */
	uint8_t decided; /* enum toxic_decision; _NOT: it has no select */
	uint8_t is_own;  /* the session's */
	uint8_t reserved[2];
	int64_t index; /* by that select; below 0: it was there before it */
};

#endif
