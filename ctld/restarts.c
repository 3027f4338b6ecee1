/* SPDX-License-Identifier: ISC */
/*
 * How soon a child that died comes back: ten times at once, and once more for
 * each second that one has lived; after that it waits, longer each time.
 */

#include <string.h>

#include "agenda.h"
#include "clock.h"
#include "log.h"
#include "msg.h"
#include "restarts.h"

#define AGAIN NS_PER_S /* what could not be started */
#define TOKENS_MAX 10
#define BACKOFF_MIN (100 * NS_PER_MS)
#define BACKOFF_MAX (5 * NS_PER_S)

struct role_restarts restarts;

void
restarts_init(struct restarts *r)
{
	r->tokens = TOKENS_MAX;
	r->backoff = BACKOFF_MIN;
	r->count = 0;
}

/*
 * Only life earns tokens: a child that dies as it starts would otherwise earn
 * them while it waits, and never be slowed down for long.
 */
int64_t
restarts_delay(struct restarts *r, int64_t lived)
{
	int64_t earned = lived / NS_PER_S, delay;

	r->count++;
	if (earned > 0)
		r->backoff = BACKOFF_MIN;
	r->tokens = earned > TOKENS_MAX - r->tokens ? TOKENS_MAX
						    : r->tokens + (int)earned;
	if (r->tokens > 0) {
		r->tokens--;
		return 0;
	}
	delay = r->backoff;
	r->backoff = delay * 2 > BACKOFF_MAX ? BACKOFF_MAX : delay * 2;
	return delay;
}

void
restarts_init_roles(void)
{
	int role;

	memset(&restarts, 0, sizeof(restarts));
	for (role = 0; role < ROLE_MAX; role++)
		restarts_init(&restarts.of[role]);
}

void
restarts_take(const struct restarts of[ROLE_MAX])
{
	memcpy(restarts.of, of, sizeof(restarts.of));
}

/* A child has died that its role has to have again: when? */
void
restarts_hold_off(enum role role, int64_t lived)
{
	struct restarts *r = &restarts.of[role];
	int64_t delay = restarts_delay(r, lived);

	agenda_add(AGENDA_HEALTH);
	restarts.delay[role] = delay;
	restarts.at[role] = clock_now() + delay;
	if (delay == 0)
		return;
	log_event(LOG_WARN, "Child restarts too often",
	    LOG_STR("child", role_name(role)),
	    LOG_INT("restarts", (int64_t)r->count),
	    LOG_INT("delay_ms", delay / NS_PER_MS));
}

static void
put_off(enum role role, int64_t now, int64_t delay)
{
	agenda_add(AGENDA_HEALTH);
	restarts.delay[role] = delay;
	restarts.at[role] = now + delay;
}

void
restarts_put_off(enum role role, int64_t now)
{
	put_off(role, now, AGAIN);
}

void
restarts_rest(enum role role, int64_t ns)
{
	put_off(role, clock_now(), ns);
}

/* A worker of a proxy: the restarts of that say when the next one comes. */
void
restarts_count_worker(void)
{
	restarts.of[ROLE_RELAYD].count++;
}
