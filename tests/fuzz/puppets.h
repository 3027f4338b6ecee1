/* SPDX-License-Identifier: ISC */
#ifndef PUPPETS_H
#define PUPPETS_H

#include "chan.h"
#include "msg.h"
#include "priv.h"

/*
 * In place of toxid and the kernel, for ctld: children that are no processes,
 * addresses that nobody has, a clock that stands still.  ctld asks for them by
 * priv_ask(), as ever; that it asks for nothing that it has not is seen here.
 */

#define PUPPETS_MAX 64

/* A child as toxid has it, and its end of the channel. */
extern struct puppet {
	uint32_t id;    /* 0: there is none here */
	enum role role; /* ROLE_CTLD: the trial of another one */
	int has_died, status;
	int is_stopped; /* and ctld does not know */
	struct chan chan;
	int ctlds_end;      /* of the channel, as toxid keeps it; -1 */
	uint32_t asked[16]; /* what it was to do, and has not answered */
	size_t nasked;
	uint32_t nproxies;   /* that it has told of, reading the file */
	uint64_t assignment; /* a worker's */
	uint32_t wants_page; /* the id of a question of sessions; or 0 */
} puppets[PUPPETS_MAX];

extern int64_t puppet_now;

/* What toxid keeps for a ctld that follows another. */
extern int puppet_journals[2];

/* Before all else: CHAN_FD and DOORBELL_FD are there afterwards. */
void puppets_open(void);

/*
 * There is no news, nothing in the journal, and whoever had stopped listening
 * listens again.
 */
void puppets_begin(void);

/* ctld hears of it when it asks. */
void puppet_die(struct puppet *, int status);
void puppet_stop(struct puppet *);
int puppet_is_there(uint32_t id);    /* nobody has been told of its death */
void puppet_signal(enum priv_event); /* UPGRADE, QUIT, REMARK */
void puppet_asks_to_reload(int waits_for_answer);

/* How many listeners toxid has, and how many wait for the answer to that. */
unsigned int puppets_listeners(void);
unsigned int puppets_waiting(void);

/* Those that have died are no more: as if ctld had been told. */
void puppets_bury(void);

/* toxid ends, with all that it has. */
void puppets_end(void);

#endif
