/* SPDX-License-Identifier: ISC */
/* resolvd: what it may say, and who is to talk with it. */

#include <unistd.h>

#include "chan.h"
#include "child.h"
#include "children.h"
#include "clock.h"
#include "dispatch.h"
#include "dispatch_resolvd.h"
#include "endpoint.h"
#include "log.h"
#include "mishaps.h"
#include "msg.h"
#include "names.h"

/* The line between the two: its number, and when diald said it was bad. */
static uint32_t line;
static int64_t bad_since = CLOCK_NEVER;
static int is_denounced;   /* that is why it was killed */
static int lacks_resolver; /* there is none, for want of what it takes */

/* It may be that resolvd has died, which is known by then. */
#define BAD_FOR (NS_PER_S / 10)

/*
 * Where diald says so more often in a minute, nobody can tell which of them is
 * no good.  So neither is ended for it: they have no line for a while.  Numbers
 * are dialled as before, and names of `listen` are looked up.
 */
#define BLAMES 8
#define APART_FOR (10 * NS_PER_S)
static int64_t apart_until;

static int
on_looked_up(struct msg *m)
{
	return names_answered(m);
}

static const struct handler from_resolvd[MSG_MAX] = {
	[MSG_LOOKED_UP] = { on_looked_up, RUNS },
};

const struct handler *
resolvd_may_say(const struct child *c, unsigned int *state)
{
	(void)c;
	*state = RUNS;
	return from_resolvd;
}

static void
say(enum msg_type type, uint32_t id, const void *payload, size_t size)
{
	child_send_sized(children.resolvd, type, id, payload, size, -1);
}

void
resolver_open(void)
{
	names_open(say);
}

/* A new line between the two: one of them is new. */
void
resolver_connect(void)
{
	const struct dial_resolver resolver = { .hold_ms = names_hold_ms() };
	const struct nothing nothing = { 0 };
	int fds[2];

	lacks_resolver = 0;
	if (children.diald == NULL || children.resolvd == NULL)
		return; /* the other one's start comes here again */
	lacks_resolver = clock_now() < apart_until || chan_pair(fds) == -1;
	if (lacks_resolver)
		return; /* ... or resolver_tick() */
	bad_since = CLOCK_NEVER;
	if (++line == 0)
		line = 1;
	child_send(children.diald, MSG_DIAL_RESOLVER, line, &resolver, fds[0]);
	child_send(children.resolvd, MSG_RESOLVER_CLIENT, 0, &nothing, fds[1]);
}

/* Of one that there is not any more, it comes late. */
int
resolver_is_bad(uint32_t number)
{
	if (number == 0 || number > line)
		return -1;
	if (number == line)
		bad_since = clock_now();
	return 0;
}

static void
keep_apart(int64_t now)
{
	apart_until = now + APART_FOR;
	lacks_resolver = 1;
	log_event(LOG_ERROR,
	    "diald and resolvd do not understand each other: names are not "
	    "dialled for a while",
	    LOG_INT("seconds", APART_FOR / NS_PER_S));
	mishap_note(ROLE_RESOLVD, NULL, "diald finds none good");
}

/* Of the two, one is no good: resolvd at first. */
static void
end_the_bad_one(int64_t now)
{
	static int64_t minute;
	static unsigned int blames;

	bad_since = CLOCK_NEVER;
	if (children.diald == NULL || children.resolvd == NULL)
		return;
	if (now - minute > 60 * NS_PER_S) {
		minute = now;
		blames = 0;
	}
	if (++blames > BLAMES) {
		keep_apart(now);
		return;
	}
	is_denounced = 1;
	child_kill(children.resolvd, "broke the protocol towards diald");
}

/* What diald has said of it is no fault of the names that we have asked for. */
void
resolver_died(void)
{
	if (is_denounced)
		names_interrupted();
	else
		names_lost();
	is_denounced = 0;
}

int
resolver_waits(void)
{
	return bad_since != CLOCK_NEVER || lacks_resolver || names_wait();
}

void
resolver_tick(int64_t now)
{
	if (bad_since != CLOCK_NEVER && now - bad_since > BAD_FOR)
		end_the_bad_one(now);
	if (lacks_resolver)
		resolver_connect();
	(void)names_tick(now);
}

/* IPv4 before IPv6, as the original binds. */
struct address
resolver_to_bind(const struct lookup_result *r)
{
	struct address a;
	size_t i;

	for (i = 0; i < r->n; i++) {
		a = address_unmapped(&r->addresses[i]);
		if (a.family == 4)
			return a;
	}
	return r->addresses[0];
}
