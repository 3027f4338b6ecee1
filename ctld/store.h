/* SPDX-License-Identifier: ISC */
#ifndef STORE_H
#define STORE_H

#include <stdint.h>

#include "child.h"
#include "msg.h"

/* The truth as it is kept, and back at the next start. */

struct change;
struct proxy;

/* Where the truth is kept: store.c, store_load.c and store_tell.c write here.
 */
extern struct store {
	int is_loaded, is_synced;
	int is_populated;      /* the configuration file is in the truth */
	int is_stale;          /* the sync under way does not say it all */
	uint32_t serial;       /* of the load or sync that is under way; or 0 */
	uint32_t populated;    /* serial of that change; or 0 */
	uint32_t uses;         /* serial of when tokens were used; or 0 */
	unsigned int nlapses;  /* that it has not answered: of STORE_LAPSE */
	int64_t uses_since;    /* not yet sent, s since 1970; 0: all is */
	int has_dropped;       /* of what it told: it is to be told so */
	struct proxy *loading; /* its toxics are still coming */
	int is_dropping;       /* they are, of one whose lease is over */
	int64_t loading_since, tell_at;
	unsigned int load_deaths, sync_deaths;
	uint32_t probe;   /* the proxy that it has in hand; 0: none */
	uint32_t ping;    /* what its PONG is waited for; or 0 */
	int64_t retry_at; /* of proxies that were left out; 0: there are none */
	uint32_t suspect; /* the one of the last death */
	int64_t sync_at;  /* the next try */
	unsigned int nsent;         /* changes that it has not answered */
	struct store_result result; /* of the last thing that was asked */
	struct changes storing;     /* sent to stored, or waiting for one */
	/* what became of a change, which is not in its hands any more */
	void (*stored)(struct change *, enum store_code);
} store;

/* The serial of all commits of what has ended by itself. */
#define STORE_LAPSE UINT32_MAX

/* What may be about all proxies is waited for so much longer. */
#define WHOLE_WITHIN (20 * NS_PER_S)

/* Before the first change. */
void store_open(void (*stored)(struct change *, enum store_code));
void store_init(void);
/* As an earlier ctld had it. */
void store_take(const struct store_result *, int is_populated);
int store_is_used(void);
int store_is_failing(void);
void store_start(void); /* there is a new stored */
void store_died(struct child *);
void store_populated(void);
void store_change(struct change *);
void store_lapsed(enum msg_type, const void *payload, size_t size);
void store_resync(void); /* the truth has changed, by more than a change */
/* A token that is kept: in that minute, s since 1970. */
void store_token_used(int64_t at);
void store_tick(int64_t now);
int store_waits(void); /* 1: something is to come to its time */
int store_stored(uint32_t id, const struct store_result *);
/* What a change that it could not store is answered. */
enum answer_code store_answer(enum store_code);

#endif
