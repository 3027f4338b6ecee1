/* SPDX-License-Identifier: ISC */
/*
 * libtoxi: what goes on in a toxid.  See toxi(3).  Errors, results and who owns
 * them are as in <toxi.h>.  A Toxiproxy has none of it: TOXI_ERR_UNSUPPORTED.
 */
#ifndef TOXI_WATCH_H
#define TOXI_WATCH_H

#include <toxi.h>

#ifdef __cplusplus
extern "C" {
#endif
#ifdef __GNUC__
#pragma GCC visibility push(default)
#endif

/* ---- events: what has happened, and what does */

struct toxi_history_entry {
	uint64_t id;
	const char *kind;   /* "toxic_changed": see toxid-api(7) */
	const char *at;     /* "2026-11-27T08:00:00.250Z"; NULL: of a gap */
	const char *tenant; /* NULL: it is about none; so of the next two */
	const char *proxy;
	const char *toxic;
	const char *json; /* the event as it came, in one line */
	void *reserved[4];
};

struct toxi_history {
	const struct toxi_history_entry *list; /* the oldest first */
	size_t n;
	uint64_t last; /* where to go on */
	void *reserved[4];
};

/* As an id: how all is now, as an event of the kind "state", and its id. */
#define TOXI_FROM_NOW ((uint64_t)-1)

/*
 * Events behind that id, 0: all that are kept, as many as fit in a reply: there
 * may be more behind .last.  Where there are none, it waits for one; so long at
 * most, 20000 being the most that there is, and less than the client's timeout.
 * Those that are not to be had any more are a "gap".
 */
int toxi_history(struct toxi *, uint64_t after, unsigned int wait_ms,
    struct toxi_history **, struct toxi_error *);

/* A result, with all that it points to.  Takes NULL. */
void toxi_history_free(struct toxi_history *);

/* ---- sessions: a client's connection, and that to the upstream */

/* As a filter several of them, or'ed. */
enum toxi_proxy_session_state {
	TOXI_SESSION_DIALLING = 1,
	TOXI_SESSION_OPEN = 2,
	TOXI_SESSION_HALF_CLOSED = 4, /* one direction has ended */
	TOXI_SESSION_DRAINING = 8,    /* nothing more comes in */
	TOXI_SESSION_ENDED = 16       /* and not by the FIN of both sides */
};

/* What a toxic does in a session: of none of it 0. */
struct toxi_toxic_work {
	const char *name;
	const char *type;
	enum toxi_stream stream;
	int is_active; /* 1: it is at work here, as was drawn */
	int64_t delayed_bytes;
	int64_t dropped_bytes;
	int64_t slices; /* pieces that it has cut */
	int64_t cuts;   /* so often it has ended the connection */
	/* of one with a select: "chosen", or why not: "client", "index",
	 * "toxicity"; else NULL */
	const char *decided;
	int64_t index; /* the connection's; -1: it was there before, or NULL */
	int is_own;    /* 1: the session's, and not its proxy's */
	void *reserved[1];
};

struct toxi_proxy_session {
	const char *id; /* "3.17": never that of another; NULL: of several */
	const char *proxy;
	const char *client;   /* "127.0.0.1:51234"; NULL: of several */
	const char *upstream; /* of the proxy; NULL: it has ended */
	const char *address; /* what was reached; NULL: nothing yet, or ended */
	enum toxi_proxy_session_state state; /* 0: one that is not known here */
	int64_t age_ms;
	int64_t sent[2]; /* bytes, by enum toxi_stream: written to that side */
	int64_t held_bytes; /* in the server's memory, now */

	/* of toxi_proxy_session_get() alone: all of the proxy's, and those of
	 * its own; else none */
	const struct toxi_toxic_work *toxics;
	size_t n_toxics;

	/* of one that has ended */
	const char *why;   /* in words, as in the log */
	const char *toxic; /* that did it; NULL: none did */
	int64_t ended_ms;  /* so long ago */
	int64_t sessions;  /* so many are this entry; else 1 */
	const char *cause; /* why, in a word: "toxic_reset" */
	void *reserved[5];
};

struct toxi_proxy_sessions {
	const struct toxi_proxy_session
	    *list; /* in the order of their coming */
	size_t n;
	const char *next; /* where the next page begins; NULL: it is the last */
	int64_t connections; /* of ended ones: so many their worker has had */
	void *reserved[3];
};

struct toxi_proxy_session_filter {
	const char *proxy;   /* NULL: those of all */
	unsigned int states; /* 0: any, but the ended ones; these alone, and
			      * of a proxy: TOXI_SESSION_ENDED */
	const char *client;  /* "127.0.0.1", or with a port; NULL: anybody's */
	const char *cursor;  /* .next of the page before; NULL: the first */
	void *reserved[4];   /* zero */
};

/*
 * A page: it may have few of them, or none, though another follows.  Who goes
 * on until .next is NULL has seen each once that was there all the time.
 * filter: NULL: no filter.  400: a filter that makes no sense; 404: no such
 * proxy; 503: a worker does not answer.
 */
int toxi_proxy_session_list(struct toxi *,
    const struct toxi_proxy_session_filter *filter,
    struct toxi_proxy_sessions **, struct toxi_error *);

/* 404: no such proxy, or it is over; 503. */
int toxi_proxy_session_get(struct toxi *, const char *proxy, const char *id,
    struct toxi_proxy_session **, struct toxi_error *);

enum toxi_ending {
	TOXI_CLOSE, /* what its toxics have let through is still sent */
	TOXI_RESET  /* both peers see a reset at once */
};

/* 404: as above; 503. */
int toxi_proxy_session_end(struct toxi *, const char *proxy, const char *id,
    enum toxi_ending, struct toxi_error *);

/* Results, with all that they point to.  They take NULL. */
void toxi_proxy_session_free(struct toxi_proxy_session *);
void toxi_proxy_sessions_free(struct toxi_proxy_sessions *);

/*
 * Toxics of one session's own, as those of a proxy: behind these in its chains,
 * and gone with it.  They have no ttl_ms, and of a select the times alone: 400.
 * 404: it is over, too; 409: its proxy has one of that name, too, or there are
 * too many; 503.
 */
int toxi_proxy_session_toxic_add(struct toxi *, const char *proxy,
    const char *id, struct toxi_toxic, struct toxi_toxic **,
    struct toxi_error *);
int toxi_proxy_session_toxic_get(struct toxi *, const char *proxy,
    const char *id, const char *name, struct toxi_toxic **,
    struct toxi_error *);
int toxi_proxy_session_toxic_list(struct toxi *, const char *proxy,
    const char *id, struct toxi_toxics **, struct toxi_error *);
int toxi_proxy_session_toxic_update(struct toxi *, const char *proxy,
    const char *id, struct toxi_toxic, struct toxi_toxic **,
    struct toxi_error *);
int toxi_proxy_session_toxic_remove(struct toxi *, const char *proxy,
    const char *id, const char *name, struct toxi_error *);

/* ---- did it hit? */

/*
 * What each toxic has done since it was made, and how many sessions the proxy
 * has had since that was.  toxid-api(7) says what a hit is.
 */
struct toxi_toxic_stats {
	const char *name;
	const char *type;
	enum toxi_stream stream;
	int64_t hits; /* sessions to which it has done anything */
	int64_t delayed_bytes;
	int64_t dropped_bytes;
	void *reserved[4];
};

struct toxi_stats {
	const char *name;
	int64_t sessions;
	int64_t open_sessions;
	int64_t ended_sessions;
	int64_t dial_failures;
	const struct toxi_toxic_stats *toxics; /* upstream first */
	size_t n_toxics;
	void *reserved[4];
};

/* 404: no such proxy. */
int toxi_proxy_stats(
    struct toxi *, const char *name, struct toxi_stats **, struct toxi_error *);

/* One of toxic, sessions and ended, until it is so many, or more. */
struct toxi_wait {
	const char *toxic; /* that has hit so many sessions since it was made */
	int64_t hits;      /* ... how many; 0: 1 */
	int64_t sessions;  /* that are open */
	int64_t ended;     /* ... that have ended since the proxy was made */
	int timeout_ms;    /* 0: 30000; below 0: ask, and do not wait */
	void *reserved[4]; /* zero */
};

struct toxi_waited {
	int64_t reached; /* how many it was */
	int64_t wanted;
	void *reserved[2];
};

/*
 * The call may take timeout_ms longer than others.  400: that is more than an
 * hour; 404: there is no such proxy, or no such toxic on it, or not any more;
 * 408: it is not so yet, and there is a result all the same; 503: the server is
 * being upgraded, or too many wait: ask again, nothing is forgotten.
 */
int toxi_wait(struct toxi *, const char *proxy, const struct toxi_wait *,
    struct toxi_waited **, struct toxi_error *);

/* Results, with all that they point to.  They take NULL. */
void toxi_stats_free(struct toxi_stats *);
void toxi_waited_free(struct toxi_waited *);

#ifdef __GNUC__
#pragma GCC visibility pop
#endif
#ifdef __cplusplus
}
#endif
#endif
