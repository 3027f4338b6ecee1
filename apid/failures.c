/* SPDX-License-Identifier: ISC */

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <sys/queue.h>

#include "clients.h"
#include "clock.h"
#include "failures.h"
#include "log.h"
#include "nitems.h"

#define ADDRESSES_MAX 256
#define FREE 3U /* somebody has mistyped it */
#define DELAY_MIN (100 * NS_PER_MS)
#define DELAY_MAX (3200 * NS_PER_MS)
/* One is forgotten so much later, and an address with the last of them. */
#define FORGET_EVERY (10 * NS_PER_S)
#define FAILURES_MAX 1000000U

struct failing {
	TAILQ_ENTRY(failing) entry;
	uint8_t address[16];
	unsigned int n;
	int64_t since; /* n was counted down to here */
};

/* Who failed last is first; the last one makes room for another. */
static TAILQ_HEAD(failings, failing) all = TAILQ_HEAD_INITIALIZER(all);
static struct failing table[ADDRESSES_MAX];
static size_t used;

static struct failing *
failing_of(const uint8_t address[16], int64_t now)
{
	struct failing *f;

	TAILQ_FOREACH (f, &all, entry) {
		if (memcmp(f->address, address, sizeof(f->address)) == 0)
			break;
	}
	if (f == NULL) {
		f = used < nitems(table) ? &table[used++]
					 : TAILQ_LAST(&all, failings);
		if (f->since != 0)
			TAILQ_REMOVE(&all, f, entry);
		memcpy(f->address, address, sizeof(f->address));
		f->n = 0;
		f->since = now;
	} else {
		TAILQ_REMOVE(&all, f, entry);
	}
	TAILQ_INSERT_HEAD(&all, f, entry);
	return f;
}

static void
forget(struct failing *f, int64_t now)
{
	int64_t n = (now - f->since) / FORGET_EVERY;

	f->n = n < (int64_t)f->n ? f->n - (unsigned int)n : 0;
	f->since += n * FORGET_EVERY;
}

/* At 4, 8, 16, ... of them: so it cannot fill the log. */
static void
say(const struct failing *f)
{
	char text[INET6_ADDRSTRLEN];
	uint32_t uid;

	if (f->n <= FREE || (f->n & (f->n - 1)) != 0)
		return;
	if (holder_user(f->address, &uid))
		snprintf(text, sizeof(text), "uid %u", uid);
	else
		inet_ntop(AF_INET6, f->address, text, sizeof(text));
	log_event(LOG_WARN, "Wrong tokens", LOG_STR("address", text),
	    LOG_INT("failures", f->n));
}

int64_t
failures_add(const uint8_t address[16], int64_t now)
{
	struct failing *f = failing_of(address, now);
	int64_t delay = DELAY_MIN;
	unsigned int i;

	forget(f, now);
	if (f->n < FAILURES_MAX)
		f->n++;
	say(f);
	if (f->n <= FREE)
		return 0;
	for (i = FREE + 1; i < f->n && delay < DELAY_MAX; i++)
		delay *= 2;
	return delay;
}
