/* SPDX-License-Identifier: ISC */
#ifndef CTLD_CHILD_H
#define CTLD_CHILD_H

#include <stdint.h>
#include <sys/queue.h>
#include <sys/types.h>
#include <time.h>

#include "callers.h"
#include "chan.h"
#include "deadlines.h"
#include "handler.h"
#include "names.h"
#include "proxies.h"
#include "priv.h"
#include "quota.h"
#include "watch.h"

/* A process and its channel. */

struct proxy;

enum child_state {
	CHILD_STARTING, /* no READY yet; what is sent to it waits */
	CHILD_RUNNING,
	CHILD_GREETED, /* an earlier ctld's, until it has said how it is */
	CHILD_RETIRED, /* of an earlier version: ends with its sessions */
	CHILD_KILLED   /* not reaped yet; nothing it says counts */
};

struct limit_state;
struct change;
TAILQ_HEAD(changes, change);

/* A worker's: see gate.h. */
struct child_gate {
	uint32_t id;            /* of the last RELAY_GATE; 0: it does not ask */
	uint32_t inside;        /* sessions that are counted for it */
	uint32_t wants;         /* clients for whom it waits */
	int is_new;             /* it has not said yet how many it has */
	struct limit_state *of; /* its tenant's; or NULL */
};

/* A worker's: see paces.h. */
struct child_pace {
	uint64_t share;   /* bytes a second, as it was told; 0: any number */
	uint64_t counted; /* bytes that it had read when it was looked at */
	uint64_t used;    /* bytes a second, before that */
	uint64_t weight;  /* among the others */
};

/* A worker's: see halting.h. */
struct child_halting {
	int is_halted;        /* as it was told */
	uint32_t asked, done; /* the last id that it was asked with, answered */
	uint64_t since;       /* that it is awaited: see halting.c */
	int64_t by;           /* it is to answer */
};

/* A worker's: see inquiries.h. */
struct child_inquiry {
	struct changes waiting; /* for a page; the first is under way */
	uint32_t owed;          /* the id of what it has to answer; or 0 */
	int is_awaited;         /* ... the first still waits for that */
	unsigned int nworks;    /* of its answer, so far */
	struct relay_ask ask;   /* as it was asked */
};

struct child {
	TAILQ_ENTRY(child) entry;
	enum role role;
	enum child_state state;
	uint32_t id;     /* toxid's */
	pid_t pid;       /* for people, and the clock of its process */
	clockid_t clock; /* ... once that is known; or 0 */
	struct chan chan;
	struct watch watch; /* of its channel */
	uint32_t polls;     /* EPOLL*, as it is registered */
	int rests;          /* it has cost too much: not read for a moment */
	struct deadline wake;
	TAILQ_ENTRY(child) flood; /* while it is put off: see quota.c */
	struct debt time;
	int64_t time_began;
	int64_t started; /* ns, as all times here; or got its proxy */
	int64_t pong_by; /* READY or PONG is due; CLOCK_NEVER: not asked */
	int64_t ping_at; /* ... or looked at, if it rests: see heart.c */
	int64_t pinged_at;
	struct deadline due;  /* the nearest of all its times: see due.c */
	int64_t ping_cpu;     /* what it had used at the last look */
	int64_t answer_costs; /* what it may use until the next one */
	struct vitals vitals; /* as of the last PONG: they grow */
	int was_ready;        /* it has had its work */
	int broke_protocol;
	int serves;         /* apid: it accepts */
	unsigned int lines; /* diald: that it got, and has not blamed */
	int is_blamed;      /* why it was killed has been said */
	int is_dismissed;   /* ends because it is not needed */
	void (*tell)(struct child *); /* not yet: see later.h; or NULL */
	TAILQ_ENTRY(child) later;     /* while there is that */

	/* apid */
	int has_config;       /* it populates from the file before it serves */
	uint32_t asked_id;    /* of its last request */
	struct caller caller; /* whom it has named for what comes next */
	uint32_t first_id; /* greeted: of the first that we have read; or 0 */
	uint32_t nunread;  /* toxics to come that there is no memory for */
	int finishes;      /* accepts no more, and gives its clients back */

	/* relayd */
	uint32_t retired_from;    /* id of its proxy, once it is retired */
	uint32_t line;            /* to diald; 0: it has none */
	int64_t line_at;          /* when it is to get one */
	struct proxy *proxy;      /* NULL: spare, or dismissed */
	struct counters counters; /* since this worker's start */
	struct changes waiting;   /* for its RELAY_DONE, or its death */
	struct toxics here;       /* greeted: those that it has said it has */
	unsigned int nhere;
	uint64_t given;      /* toxics, in its life: see toxics_done.h */
	uint32_t own_toxics; /* of its sessions' own, as they are counted */
	int is_drained;      /* accepts no more; counters are of then */
	uint64_t lent;       /* bytes: see leases.c */
	uint64_t lent_keep;  /* recalled down to it; or UINT64_MAX */
	uint64_t borrows;    /* wants so many more; or 0 */
	TAILQ_ENTRY(child) borrower;
	struct limit_state *lease_of; /* its tenant's; or NULL */
	struct loss_row *loss;        /* by which it loses segments; or NULL */
	int has_unplug;               /* by which it loses all of a session */
	int64_t programs_at;          /* it gets again what was lost; or 0 */
	int is_short; /* it waits for what its tenant may have, not for all's */
	struct child_gate gate;
	struct child_pace pace;
	struct child_halting halting;
	struct child_inquiry inquiry;
};
TAILQ_HEAD(child_list, child);

/* What is to be known of a role: see roles.c. */
struct role_row {
	uint64_t memory_max; /* 0: as the options say */
	/* See dispatch.h. */
	const struct handler *(*may_say)(
	    const struct child *, unsigned int *state);
	int (*may_start)(void);
	void (*starts)(void);
	void (*died)(struct child *);
};

void child_init(const struct role_row rows[ROLE_MAX]);
const struct role_row *child_role(const struct child *);
struct child *child_new(enum role);
struct child *child_adopt(
    const struct priv_taken *, int chan_fd, enum child_state);
void child_end(struct child *);
void child_kill(struct child *, const char *why); /* ... and say so */
void child_send_sized(struct child *, enum msg_type, uint32_t id,
    const void *payload, size_t size, int fd);
#define child_send(child, type, id, payload, fd) \
	child_send_sized(child, type, id, payload, sizeof(*(payload)), fd)
void child_send_nothing(struct child *, enum msg_type, uint32_t id);
void child_writable(struct child *); /* what waited can go */
void child_hold(struct child *);     /* it is told nothing before release */
void child_release(struct child *);
void child_free_dead(void); /* at the end of a turn of the loop */

#endif
