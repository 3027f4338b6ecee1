/* SPDX-License-Identifier: ISC */
#ifndef CHANGE_H
#define CHANGE_H

#include <stdint.h>
#include <sys/queue.h>

#include "callers.h"
#include "chan.h"
#include "payload_scenario.h"
#include "proxies.h"

struct child;
struct desired;
struct request;
struct scenario;

/* What an update comes to, before anything of it is done. */
struct difference {
	int was_enabled, enabled;      /* before, after */
	int listen, upstream, connect; /* are they another now? */
};

/* One request of apid, from its arrival to its answer. */
struct change {
	TAILQ_ENTRY(change) entry;
	TAILQ_ENTRY(change) of_same_name; /* see pending.c; or nearly so */
	const struct request *request;    /* what is asked for */
	uint32_t id;
	struct child *asker;  /* NULL: it has died, nobody wants the answer */
	struct caller caller; /* for whom it asks; its id is 0: for nobody */
	int is_asked; /* by a client of the API; else it is of the file */
	union {
		struct proxy_create create;
		struct proxy_update update;
		struct proxy_key key;
		struct toxic_create toxic_create;
		struct toxic_update toxic_update;
		struct proxy_profile profile;
		struct scenario_spec scenario;
		struct scenario_name scenario_name;
		struct toxic_name toxic_name;
		struct lease_renewal renewal;
		struct sessions_ask inquiry; /* which .own_toxic begins with */
		struct own_toxic own_toxic;
		struct desired_put desired;
		struct desired_show desired_show;
		struct {
			struct proxy_key of; /* its tenant; no name */
			struct credential row;
		} token;
		struct {
			struct proxy_key of; /* its tenant; no name */
			struct session_ref ref;
		} session;
		struct {
			struct proxy_key of; /* likewise */
			struct halt row;
			size_t nawaited; /* workers: see halting.c */
			uint64_t since;  /* likewise */
		} halt;
	} u;
	struct toxics toxics; /* that are to be: being read, of some requests */
	uint32_t ntoxics;
	uint32_t nlisted;         /* so many will have been read */
	uint64_t config_print;    /* see struct proxy */
	uint32_t source;          /* likewise */
	struct desired *wants;    /* DESIRED_PUT: see desired.h */
	struct change *whole;     /* that waits for this part; or NULL */
	unsigned int nparts;      /* that it waits for */
	struct endpoint endpoint; /* whose address it needs */
	struct waiter waiter;     /* for that */
	struct address address;   /* found */

	/* what has been prepared: all that it needs to be done */
	struct proxy *proxy;       /* that it is about, or will replace */
	struct proxy *made;        /* PROXY_CREATE, _POPULATE: to be */
	struct scenario *scenario; /* SCENARIO_CREATE: to be */
	struct store_proxy kept;   /* the proxy as it will be */
	int64_t lease;             /* ... and when it ends: see lease.h */
	int is_tied; /* what it is about was a session's when it was prepared */
	struct difference difference;
	struct toxic_spec *spec; /* TOXIC_UPDATE: the whole toxic; or NULL */
	int fd;                  /* listens where it will be; or -1 */
	int was_held;            /* .fd, by the proxy, or one before it */
	struct address bound;

	uint64_t nth; /* SCENARIO_CREATE: the step that its proxy comes to */
	uint32_t ntoxics_to_be;       /* counted for it */
	unsigned int nprograms_to_be; /* likewise: see losses.h */
	unsigned int programs_back;   /* ... that what leaves with it has */
	int looks_up;                 /* counted: it is asked for an address */
	struct usage *usage;          /* its tenant's; NULL: it is the file's */
	int is_sent;                  /* to stored */
	int deaths;                   /* of a stored that had it in hand */
	int is_unsure;   /* may have been stored: until all is said anew */
	uint32_t serial; /* of the answer it waits for; 0: a death */
	int64_t deadline;
	struct answer answer;
};

/* change.c alone writes here. */
extern struct change_counts {
	unsigned int n;
	unsigned int toxics_to_be; /* of changes being committed */
	unsigned int programs_to_be;
	uint32_t last_serial;
} change_counts;

/* NULL: no memory. */
struct change *change_new(
    const struct request *, uint32_t id, struct child *asker);
struct change *change_read(/* ... or malformed: errno says which */
    const struct request *, const struct msg *, struct child *asker);
void change_free(struct change *);
/* It is a tenant's, who has a share of all that there may be.  0, or -1: no
 * memory. */
int change_counts_for_tenant(struct change *);
enum answer_code changes_are_too_many(const struct change *);
uint32_t change_serial(void);
/* So many come, in the place of so many that go. */
enum answer_code change_count_toxics(
    struct change *, uint32_t come, uint32_t go);
enum answer_code change_count_proxy(struct change *);
void change_count_programs(struct change *, unsigned int n);
void change_uncount_toxics(struct change *); /* ... and programs */
enum answer_code change_count_name(struct change *);
void change_uncount_name(struct change *);
const struct proxy_key *change_key(const struct change *);
/* ANSWER_OK, or why whoever asked for it may not have it, by now. */
enum answer_code change_allowed(const struct change *);
int change_makes_a_proxy(const struct change *);
/* That what it makes is to be of; or none. */
const struct session_id *change_session(const struct change *);
const struct endpoint *change_endpoint(
    const struct change *, enum answer_stage *);
/*
 * A lease that is asked for: see lease.h.  ANSWER_OK, or it is longer than its
 * tenant may have; and the one of what is made without, which may be 0: none.
 */
enum answer_code change_lease_allowed(struct change *, int64_t lease);
int64_t change_lease_unasked(const struct change *);
int change_toxic_is_offered(const struct toxic_spec *);
int change_read_toxic(struct change *, const struct msg *);

#endif
