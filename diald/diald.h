/* SPDX-License-Identifier: ISC */
#ifndef DIALD_H
#define DIALD_H

#include <stdint.h>
#include <sys/queue.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "agreed.h"
#include "clock.h"
#include "events.h"
#include "names.h"

/*
 * diald: connects, for workers that may not.  A worker's channel leads to one
 * upstream, and the worker cannot say where.  Names are resolvd's: what comes
 * in here are addresses.
 */

/* resolver.c: the line to resolvd */

void resolver_open(void);
/* There is a new line: owns fd.  Suspects: see names_found(). */
void resolver_connect(int fd, uint32_t number, uint32_t hold_suspects_ms);
void resolver_flush(void); /* after every pass of the loop */
void resolver_close(void);

/* own.c: this host */

void own_open(void); /* before the filter */
/* Nobody listens at "any address": this host is what it means. */
struct address address_to_reach(const struct address *);
int address_is_loopback(const struct address *);
/* 1 if this host has that address, 0 if not; -1: there is no telling. */
int own_has(const struct address *);
/* Some proxy listens at it; as often as it does. */
void own_port_opened(uint16_t port);
void own_port_closed(uint16_t port);
int own_port_is_open(uint16_t port);

/* inside.c: addresses that have others in them */

#define INSIDE_MAX 8

/*
 * The address itself, or IPv4 in IPv6's clothes as IPv4; and each IPv4 address
 * that something on the way may find in it.  Returns how many, 1 at least.
 */
size_t addresses_inside(const struct address *, struct address all[INSIDE_MAX]);

/* policy.c: whom a proxy may reach */

void policies_begin(const struct dial_rules *);
int policies_add(const struct policy_rule *); /* -1: it is none of them */
void policies_end(void);                      /* they count from now on */
/* 1: there are tenants, each of a policy of its own; 0: all is nobody's. */
int policies_have_tenants(void);
/*
 * May a proxy of that policy connect there, for its upstream?  ENDPOINT_OK, or
 * what is to be in the dial's result: its error, and its rule.
 */
void policy_judge(uint32_t policy_id, const struct endpoint *upstream,
    const struct address *, struct dial_result *);

/* circle.c: does a proxy lead to itself? */

/* A proxy listens there, and leads to that upstream; or does so no more. */
void circle_proxy(const struct dial_policy *);
void circle_forget(uint32_t proxy_id);
/* What the name of its upstream was found to be. */
void circle_leads_to(uint32_t proxy_id, const struct lookup_result *);
/* 1 if a connection of this proxy to that address would close a circle. */
int circle_would_close(uint32_t proxy_id, const struct address *);

/* share.c: descriptors, between tenants, and between the workers of each */

struct share {
	unsigned int held;  /* sockets, and answers that may not be read yet */
	uint32_t policy_id; /* whose it is: each tenant has its own */
};

void shares_divide(uint32_t npolicies); /* so many are there */
/* One worker more, which holds nothing, or fewer: each is a descriptor. */
void share_join(struct share *, uint32_t policy_id);
void share_leave(void);
int share_may_take(const struct share *);
void share_take(struct share *);
void share_give(struct share *, unsigned int n);

/* sockets.c: one for that address, and the address; -1 and errno */

int socket_open(const struct address *, struct sockaddr_storage *, socklen_t *);

/* dials.c: one connection, to the first address that answers */

struct attempt {
	struct dial *dial;
	int fd; /* -1: over, or not begun */
	struct event writable;
	uint8_t is_writable; /* it was said so */
};

/*
 * It has one of its worker's share from its start to the time when its answer
 * has been read, and one more for each attempt beside the first.
 */
struct dial {
	LIST_ENTRY(dial) entry; /* of its worker's that are active */
	TAILQ_ENTRY(dial) due;  /* of those that can go on */
	uint8_t is_due;         /* it is one of them */
	uint8_t is_late;        /* its timer has expired */
	struct worker *worker;
	uint32_t id;
	struct waiter waiter;
	struct address addresses[ADDRESSES_MAX];
	struct attempt attempts[ADDRESSES_MAX];
	size_t naddresses;
	size_t next;                /* the address to be tried next */
	size_t open;                /* attempts that have not failed */
	int retries;                /* for want of a descriptor */
	struct event timer;         /* the next attempt is due */
	struct dial_result failure; /* the first one */
	/* Its end: it is gone afterwards.  Owns fd, -1 for none. */
	void (*done)(struct dial *, const struct dial_result *, int fd);
};
LIST_HEAD(active_dials, dial);
TAILQ_HEAD(due_dials, dial);

/* done may be called at once. */
void dial_start(struct dial *);
/* One step of a dial that is due, at its worker's turn; it may be its end. */
void dial_go_on(struct dial *);
void dial_stop(struct dial *);
/* The rules have changed: what they have under way may be forbidden now. */
void dials_judge(struct active_dials *);

/* workers.c: workers, and their dials */

#define SLOTS_PER_CHUNK 64

enum slot_state {
	SLOT_FREE,
	SLOT_WAITING, /* for its turn, and for a share */
	SLOT_ACTIVE
};

/* One of the DIALS_MAX ids that a worker may use. */
struct slot {
	TAILQ_ENTRY(slot) entry; /* of those that wait */
	struct dial *dial;       /* while it is active */
	uint16_t id;
	uint8_t state; /* enum slot_state */
};
TAILQ_HEAD(slots, slot);

enum worker_queue {
	QUEUE_NONE,
	QUEUE_HUNGRY, /* to be read, or has dials that wait */
	QUEUE_GREEDY, /* ... and has had more than others */
	QUEUE_STARVED /* has dials that wait, and its share already */
};

struct worker {
	LIST_ENTRY(worker) entry;
	TAILQ_ENTRY(worker) queued; /* for its turn: see queue */
	int64_t owes_until;         /* ns: see turns.c */
	TAILQ_ENTRY(worker) answered;
	LIST_ENTRY(worker) broken; /* or leaving */
	struct peer peer;
	uint32_t line;     /* by which ctld knows it */
	uint32_t proxy_id; /* whose */
	uint32_t policy_id;
	struct proxy_key key;
	struct endpoint upstream;
	struct slot *chunks[DIALS_MAX / SLOTS_PER_CHUNK];
	struct slots waiting;
	struct active_dials active;
	struct due_dials due;
	struct share share;
	unsigned int unread; /* answers since it was seen to have read all */
	int64_t read_by;     /* by when it has to, while there are any */
	uint8_t queue;       /* enum worker_queue */
	uint8_t has_said;    /* what has not been read */
	uint8_t is_broken;   /* to be closed after this pass of the loop */
	uint8_t is_leaving;  /* it is closed, and not all of its dials are */
};
TAILQ_HEAD(workers, worker);

/* turns.c: whose turn it is */

/* serve does a few things for a worker; 1: there may be more to do for it. */
/* serve(): so many of each kind of work at most; 1: there may be more to do. */
void turns_open(int (*serve)(struct worker *, int most));
void turn_wanted(struct worker *);
void turn_put_off(struct worker *);     /* it has its share already */
void turn_wanted_last(struct worker *); /* behind all others */
void turn_not_wanted(struct worker *);  /* any more; harmless if it was not */
/* It has made diald do something: read a message, or begin to connect. */
void turn_costs(struct worker *);
void turns_take(void);  /* after every pass of the loop */
void turns_go_on(void); /* behind it: in the next pass, which does not wait */

/* workers.c */

void workers_open(void);
/* Owns fd. */
void worker_open(int fd, uint32_t line, const struct dial_policy *);
void workers_flush(void); /* after every pass of the loop */
void workers_judge(void); /* all of their dials */
void workers_close(void);

/* dispatch.c */

void ctld_readable(evutil_socket_t, short, void *);

struct diald {
	struct event_base *base;
	struct peer ctld;
	rlim_t descriptors_max;
	int has_ended;
};
extern struct diald diald;

#endif
