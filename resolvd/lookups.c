/* SPDX-License-Identifier: ISC */
/*
 * What has been asked.  An asker has each name once, and takes back what nobody
 * waits for any more, so that a proxy has one look-up under way, that of its
 * upstream; there is room for as many as there may be proxies.  Where there is
 * less, for want of descriptors, the others wait their turn.
 */

#include <netdb.h>
#include <nss.h>
#include <stdlib.h>
#include <string.h>

#include "agreed.h"
#include "log.h"
#include "resolvd.h"

/*
 * Under way at once, each of 75 KB and mostly one descriptor; and at most so
 * many parts of all descriptors.
 */
static const struct {
	unsigned int max, share;
} running_max[PURPOSE_MAX] = {
	[TO_DIAL] = { 4096, 2 },
	[TO_LISTEN] = { LISTEN_LOOKUPS_MAX, LISTEN_LOOKUPS_PART },
};

struct lookup {
	TAILQ_ENTRY(lookup) entry; /* of its asker's */
	TAILQ_ENTRY(lookup) turn;  /* of those that wait for theirs */
	struct asker *asker;
	uint32_t id;
	int is_running;
	struct endpoint endpoint;
	struct event deadline; /* TO_LISTEN */
	struct search search;
};

static TAILQ_HEAD(, lookup) waiting[PURPOSE_MAX];
static unsigned int running[PURPOSE_MAX];

static unsigned int
room(enum purpose purpose)
{
	rlim_t share = resolvd.descriptors_max / running_max[purpose].share;

	return share < running_max[purpose].max ? (unsigned int)share
						: running_max[purpose].max;
}

static void
say(struct asker *a, uint32_t id, const struct lookup_result *r)
{
	if (chan_send(&a->peer->chan, MSG_LOOKED_UP, id, r, -1) == -1)
		a->has_gone = 1;
}

static void
say_error(struct asker *a, uint32_t id, enum endpoint_error error)
{
	const struct lookup_result r = { .error = (uint8_t)error };

	say(a, id, &r);
}

static void
lookup_free(struct lookup *l)
{
	enum purpose purpose = l->asker->purpose;

	if (l->is_running) {
		running[purpose]--;
		search_stop(&l->search);
	} else {
		TAILQ_REMOVE(&waiting[purpose], l, turn);
	}
	event_del(&l->deadline);
	TAILQ_REMOVE(&l->asker->lookups, l, entry);
	l->asker->n--;
	free(l);
}

static void
finish(struct lookup *l, const struct lookup_result *r)
{
	say(l->asker, l->id, r);
	lookup_free(l);
}

static void start_some(enum purpose);

static void
search_done(struct search *s)
{
	struct lookup *l =
	    (struct lookup *)((char *)s - offsetof(struct lookup, search));
	enum purpose purpose = l->asker->purpose;

	finish(l, &s->result);
	start_some(purpose);
}

/* What this host knows by itself has been found before. */
static void
start(struct lookup *l)
{
	enum purpose purpose = l->asker->purpose;
	uint16_t port;

	TAILQ_REMOVE(&waiting[purpose], l, turn);
	l->is_running = 1;
	running[purpose]++;
	l->search.done = search_done;
	(void)numbers_port(l->endpoint.service, &port);
	if (search_start(&l->search, l->endpoint.host, port, purpose) == 1)
		finish(l, &l->search.result);
}

static void
start_some(enum purpose purpose)
{
	struct lookup *l;

	while (running[purpose] < room(purpose) &&
	    (l = TAILQ_FIRST(&waiting[purpose])) != NULL)
		start(l);
}

static void
deadline_passed(evutil_socket_t fd, short what, void *arg)
{
	const struct lookup_result late = { .error = ENDPOINT_TIMED_OUT };
	struct lookup *l = arg;
	enum purpose purpose = l->asker->purpose;

	(void)fd;
	(void)what;
	finish(l, &late);
	start_some(purpose);
}

/* ---- what an asker says */

static struct lookup *
find(const struct asker *a, uint32_t id)
{
	struct lookup *l;

	TAILQ_FOREACH (l, &a->lookups, entry) {
		if (l->id == id)
			break;
	}
	return l;
}

/* 1 if that is the answer. */
static int
is_known(const struct endpoint *e, struct lookup_result *r)
{
	struct address *a = &r->addresses[0];
	enum endpoint_error error;
	uint16_t port;

	error = numbers_port(e->service, &port);
	if (error != ENDPOINT_OK ||
	    (numbers_address(e->host, a, &error) && error != ENDPOINT_OK)) {
		*r = (struct lookup_result){ .error = (uint8_t)error };
		return 1;
	}
	if (a->family == 0)
		return 0;
	a->port = port;
	r->n = 1;
	return 1;
}

static void
lookup_new(struct asker *a, uint32_t id, const struct endpoint *e)
{
	const struct timeval within = { .tv_sec = LISTEN_NAME_WITHIN_S };
	struct lookup *l;

	if ((l = calloc(1, sizeof(*l))) == NULL)
		fatal("%s", __func__);
	l->asker = a;
	l->id = id;
	l->endpoint = *e;
	evtimer_assign(&l->deadline, resolvd.base, deadline_passed, l);
	if (a->purpose == TO_LISTEN)
		evtimer_add(&l->deadline, &within);
	TAILQ_INSERT_TAIL(&a->lookups, l, entry);
	TAILQ_INSERT_TAIL(&waiting[a->purpose], l, turn);
	a->n++;
	start_some(a->purpose);
}

int
asker_lookup(struct asker *a, const struct msg *m)
{
	struct lookup_result known = { .error = ENDPOINT_OK };
	const struct endpoint *e = msg_get_endpoint(m);

	if (is_known(e, &known))
		say(a, m->id, &known);
	else if (a->n == NAMES_MAX)
		say_error(a, m->id, ENDPOINT_LOOKUP_FAILED);
	else
		lookup_new(a, m->id, e);
	return 0;
}

/* Its answer may have been on its way. */
int
asker_cancel(struct asker *a, const struct msg *m)
{
	struct lookup *l;

	if ((l = find(a, m->id)) == NULL)
		return 0;
	say_error(a, l->id, ENDPOINT_LOOKUP_FAILED);
	lookup_free(l);
	start_some(a->purpose);
	return 0;
}

void
asker_open(struct asker *a, struct peer *peer, enum purpose purpose)
{
	*a = (struct asker){ .peer = peer, .purpose = purpose };
	TAILQ_INIT(&a->lookups);
}

void
asker_close(struct asker *a)
{
	struct lookup *l;

	while ((l = TAILQ_FIRST(&a->lookups)) != NULL) {
		/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): was removed */
		lookup_free(l);
	}
	a->has_gone = 0;
}

/*
 * Before the lockdown.  services(5) is the file alone: the C library would load
 * a module for anything else that nsswitch.conf(5) has for it.
 */
void
lookups_open(void)
{
	int i;

	for (i = 0; i < PURPOSE_MAX; i++)
		TAILQ_INIT(&waiting[i]);
	if (ares_library_init(ARES_LIB_INIT_ALL) != ARES_SUCCESS ||
	    __nss_configure_lookup("services", "files") != 0)
		fatalx("%s", __func__);
}
