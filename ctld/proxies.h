/* SPDX-License-Identifier: ISC */
#ifndef PROXIES_H
#define PROXIES_H

#include <stdint.h>
#include <sys/queue.h>
#include <sys/types.h>

#include "deadlines.h"
#include "names.h"
#include "payload_request.h"
#include "payload_sessions.h"
#include "quota.h"
#include "restarts.h"
#include "toxic_tail.h"

/* The truth: proxies and their toxics. */

struct api_session;
struct change;
struct child;
struct scenario;
struct usage;

struct toxic {
	TAILQ_ENTRY(toxic) entry;
	struct toxic_spec *spec;     /* its own: toxic_spec_dup()'s */
	struct api_session *session; /* that it goes with; or NULL */
	uint64_t nth;                /* of its worker's; or 0: no worker's */
	int has_news;                /* apid is yet to be told: */
	struct toxic_counts counts;  /* of this worker */
	struct toxic_counts earlier; /* of all before it */
};
TAILQ_HEAD(toxics, toxic);

enum leaving {
	STAYS,
	LEAVES,
	LEAVES_SOCKET, /* ... to another */
	LEAVES_PORT    /* ... to another, which is disabled: it is held */
};

struct proxy {
	TAILQ_ENTRY(proxy) entry;
	uint32_t id;
	struct proxy_key key;
	struct endpoint listen; /* once it has been bound: the bound address */
	char given[ENDPOINT_TEXT_MAX + 1]; /* listen as it was asked for */
	struct endpoint upstream;
	struct connect_spec connect; /* whether it is enabled or not */
	int enabled;
	int64_t lease;        /* when it ends: see lease.h */
	struct deadline ends; /* the nearest of its leases: see expiry.c */
	struct api_session *session; /* that it goes with; or NULL */
	int has_ties;         /* it does, or one of its toxics: perhaps */
	struct waiter waiter; /* for the address of listen: see restore.c */
	int listen_fd;   /* -1: disabled, or its address is not to be had */
	int held_fd;     /* -1; or disabled: its port is its own, see ports.h */
	int is_lent;     /* a worker has had listen_fd */
	int64_t bind_at; /* enabled without listen_fd: tried again */
	unsigned int bind_failures;
	int is_new;             /* not committed yet: only changes know of it */
	struct change *storing; /* about it, being committed: others wait */
	int is_left_out;        /* stored dies of it: it is not kept */
	struct toxics toxics;
	unsigned int ntoxics;
	unsigned int ncounted;     /* a scenario's for all of its steps */
	struct scenario *scenario; /* that it is in; or NULL */
	uint64_t scenario_nth;     /* the step of it that is at work */
	struct usage *usage;       /* its tenant's */
	uint64_t config_print;     /* of its entry in the file; 0: has none */
	uint32_t source;           /* whose it is: see sources.h */
	enum leaving leaving;      /* in difference.c, for a moment */
	struct child *worker;      /* NULL: disabled, or not restarted yet */
	int has_lost_worker;       /* it died: the next one is in its place */
	uint8_t is_watched;        /* see watches.h */
	struct quota quota;
	int64_t blamed_at; /* by diald, the last time; or 0 */
	pid_t blames;      /* the diald that was no good, its workers said */
	struct restarts restarts;
	int64_t restart_at;      /* CLOCK_NEVER: not waiting for it */
	int64_t restart_delay;   /* ns that it waits for until then; or 0 */
	struct counters earlier; /* of all workers before this one */
	int64_t dial_failed_at;  /* s since 1970; or 0 */
	int64_t counted_at;      /* when apid was told last */
	int64_t tell_at;     /* ... and is next; CLOCK_NEVER: it knows all */
	struct deadline due; /* the nearest of its times: see due.c */
	int is_dirty;        /* the journal has it otherwise: see truth.c */
	TAILQ_ENTRY(proxy) dirty;
	uint64_t assignment;  /* of the worker that it has, or had last */
	uint64_t assignments; /* so many have there been of it */
	uint64_t lost;        /* sessions that ended with that worker ... */
	enum session_end lost_by;
	struct {
		int64_t since;       /* ns: a second begins */
		unsigned int events; /* in it */
		uint64_t untold;     /* sessions of which no event has said */
	} ended;                     /* see ended_event.c */
	struct {
		uint32_t listener, worker; /* toxid's ids; 0: it had none */
	} was; /* with an earlier ctld: see takeover.c */
};
TAILQ_HEAD(proxy_list, proxy);

/* All of the truth; proxies.c alone writes here. */
extern struct proxies {
	struct proxy_list all;
	void *by_key;         /* tsearch(3); those that are to be, too */
	unsigned int n;       /* ... and they are counted */
	unsigned int ntoxics; /* of all of these, as they are counted */
	unsigned int nwatched;
	uint32_t last_id;
	uint64_t last_assignment; /* of all of them, in this life of toxid */
} proxies;

void proxies_ids_after(uint32_t id); /* it is not given again */
void proxies_assignments_after(uint64_t);

/* For messages and the log: where there is no proxy, the key has no name. */
static inline const struct proxy_key *
proxy_key_of(const struct proxy *p)
{
	return p != NULL ? &p->key : &no_proxy_key;
}

struct proxy *proxy_find(const struct proxy_key *); /* not one that is_new */
struct change *proxy_storing(const struct proxy_key *);
struct proxy *proxy_new(const struct proxy_spec *);
void proxy_discard(struct proxy *); /* one that is_new still */
void proxy_enter(struct proxy *, struct proxy *old);
void proxy_assign(struct proxy *);                  /* it gets another worker */
uint64_t proxy_first_session(const struct proxy *); /* ... that may have it */
void proxy_remove(struct proxy *);
void proxy_watched(struct proxy *, int); /* somebody waits for it, or not */
void proxy_listens(struct proxy *, int fd, const struct address *bound);
void proxy_stops(struct proxy *);
void proxy_holds(struct proxy *, int fd, const struct address *bound);
void proxy_rests(struct proxy *); /* it stops, and holds its port */

/* Is this where the proxy listens already?  Port 0 is never the same. */
int proxy_listens_at(
    const struct proxy *, const struct endpoint *given, const struct address *);

/* That has its address, whether it listens or not; -1: none. */
static inline int
proxy_bound_fd(const struct proxy *p)
{
	return p->listen_fd != -1 ? p->listen_fd : p->held_fd;
}

/* All but what is open, or held: that is gone with a worker. */
void counters_add(struct counters *, const struct counters *more);

struct toxic *proxy_toxic_find(const struct proxy *, const char *name);
/* As its worker is told of it, which knows whose it is. */
struct toxic_name toxic_name_of(const struct toxic *);
struct toxic *proxy_toxic_add(struct proxy *, const struct toxic_spec *);
void proxy_toxics_take(struct proxy *, struct toxics *);
void proxy_toxic_remove(struct proxy *, struct toxic *);
/* It is in that scenario, which is its own, and counted, from now on. */
void proxy_scenario_take(struct proxy *, struct scenario *);
void proxy_scenario_end(struct proxy *); /* the toxics at work stay */

/* Which ones, for a text: as many as there is room for; zeros: none. */
struct proxy_names {
	char text[512];
	size_t len;
};

/* where, or NULL, is said with it.  0: there is room for no more. */
int proxy_names_add(
    struct proxy_names *, const struct proxy *, const char *where);

#endif
