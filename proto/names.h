/* SPDX-License-Identifier: ISC */
#ifndef NAMES_H
#define NAMES_H

#include <sys/queue.h>

#include "msg.h"

/*
 * Addresses of endpoints, for ctld and diald: what is no number is asked of
 * resolvd.  Who asks for a name that is being looked up already gets the same
 * answer; nothing is kept.  resolvd may die at any time: what it had not
 * answered is asked of the next one, but not what it has died of.
 *
 * Tenants, by their policies, wait for none but their own: resolvd gives each
 * its part of what it does at once.
 */

struct name;

/* Somebody who wants to know. */
struct waiter {
	TAILQ_ENTRY(waiter) entry;
	struct name *name;  /* NULL: does not wait */
	uint32_t policy_id; /* whose it is */
	void (*done)(struct waiter *, const struct lookup_result *);
};

/* say() tells resolvd; it is not called but while there is one. */
void names_open(
    void (*say)(enum msg_type, uint32_t id, const void *payload, size_t size));

/* So many policies there are, from now on; at first there is one. */
void names_divide(uint32_t npolicies);

/* done may be called at once, or later by names_serve(). */
void names_ask(struct waiter *, const struct endpoint *);
void names_forget(struct waiter *); /* harmless if it does not wait */

/* 0, or -1: malformed, or not what was asked for. */
int names_answered(const struct msg *);

/*
 * In each turn of the loop: tells a few of those whose answer is there.  No
 * answer keeps the loop from others, however many have waited for it.
 */
void names_serve(void);
int names_have_answers(void); /* 1: more are to be told, so do not sleep */

/*
 * There is a new resolvd: it is asked again.  Names that may have been the
 * death of the last one are not, until suspects_from (ns, as clock_now()).
 */
void names_found(int64_t suspects_from);
void names_lost(void);        /* it has died */
void names_interrupted(void); /* ... and not of what it was asked */

/* What has come due by now.  When there will be something again (ns), or
 * CLOCK_NEVER. */
int64_t names_tick(int64_t now);

/* 1: there may be something that comes due. */
int names_wait(void);

/* How long, in ms, suspects of others had better wait for those of ours. */
uint32_t names_hold_ms(void);

#endif
