/* SPDX-License-Identifier: ISC */
/*
 * What has been asked.  An asker has each name once, and takes back what nobody
 * waits for any more, so that a proxy has one look-up under way, that of its
 * upstream; there is room for as many as there may be proxies.  Where there is
 * less, for want of descriptors, the others wait their turn, each behind those
 * of its tenant alone.
 */

#include <netdb.h>
#include <nss.h>
#include <stdlib.h>
#include <string.h>

#include "agreed.h"
#include "container_of.h"
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
	struct queue *queue;
	uint32_t id;
	int is_running;
	struct endpoint endpoint;
	struct event deadline; /* TO_LISTEN */
	struct search search;
};

/*
 * Of a tenant, by its policy.  Of those that ctld asks for it keeps each
 * tenant's share itself, and says no policy.
 */
struct queue {
	TAILQ_ENTRY(queue) turn; /* of those in which some wait */
	TAILQ_HEAD(, lookup) waiting;
	uint32_t policy_id;
};
static struct queue queues[PURPOSE_MAX][POLICIES_MAX];
static TAILQ_HEAD(, queue) waiting[PURPOSE_MAX];
static unsigned int running[PURPOSE_MAX];

static unsigned int
room(enum purpose purpose)
{
	rlim_t share = resolvd.descriptors_max / running_max[purpose].share;

	return share < running_max[purpose].max ? (unsigned int)share
						: running_max[purpose].max;
}

/* ---- whose turn it is */

static void
set_running(struct lookup *l, int is_running)
{
	running[l->asker->purpose] +=
	    (unsigned int)(is_running - l->is_running);
	l->is_running = is_running;
	if (l->asker->purpose != TO_DIAL)
		return;
	if (is_running)
		part_take(l->queue->policy_id);
	else
		part_give(l->queue->policy_id);
}

static void
wait_for_turn(struct lookup *l)
{
	if (TAILQ_EMPTY(&l->queue->waiting))
		TAILQ_INSERT_TAIL(&waiting[l->asker->purpose], l->queue, turn);
	TAILQ_INSERT_TAIL(&l->queue->waiting, l, turn);
}

static void
wait_no_more(struct lookup *l)
{
	TAILQ_REMOVE(&l->queue->waiting, l, turn);
	if (TAILQ_EMPTY(&l->queue->waiting))
		TAILQ_REMOVE(&waiting[l->asker->purpose], l->queue, turn);
}

/* ---- look-ups */

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
	if (l->is_running) {
		set_running(l, 0);
		search_stop(&l->search);
	} else {
		wait_no_more(l);
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
	struct lookup *l = container_of(s, struct lookup, search);
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

	wait_no_more(l);
	set_running(l, 1);
	l->search.done = search_done;
	(void)numbers_port(l->endpoint.service, &port);
	if (search_start(&l->search, l->endpoint.host, port, purpose) == 1)
		finish(l, &l->search.result);
}

/* The first of the queue that has waited for its turn longest; or NULL. */
static struct lookup *
next_of(enum purpose purpose)
{
	struct queue *q;

	TAILQ_FOREACH (q, &waiting[purpose], turn) {
		if (purpose == TO_DIAL && !part_has_room(q->policy_id))
			continue;
		TAILQ_REMOVE(&waiting[purpose], q, turn);
		TAILQ_INSERT_TAIL(&waiting[purpose], q, turn);
		return TAILQ_FIRST(&q->waiting);
	}
	return NULL;
}

static void
start_some(enum purpose purpose)
{
	struct lookup *l;

	while (
	    running[purpose] < room(purpose) && (l = next_of(purpose)) != NULL)
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
lookup_new(struct asker *a, uint32_t id, const struct lookup_request *r)
{
	const struct timeval within = { .tv_sec = LISTEN_NAME_WITHIN_S };
	struct lookup *l;

	if ((l = calloc(1, sizeof(*l))) == NULL)
		fatal("%s", __func__);
	l->asker = a;
	l->id = id;
	l->endpoint = r->endpoint;
	l->queue = &queues[a->purpose][r->policy_id];
	if (a->purpose == TO_DIAL)
		parts_divide(room(TO_DIAL), r->npolicies);
	evtimer_assign(&l->deadline, resolvd.base, deadline_passed, l);
	if (a->purpose == TO_LISTEN)
		evtimer_add(&l->deadline, &within);
	TAILQ_INSERT_TAIL(&a->lookups, l, entry);
	wait_for_turn(l);
	a->n++;
	start_some(a->purpose);
}

int
asker_lookup(struct asker *a, const struct msg *m)
{
	struct lookup_result known = { .error = ENDPOINT_OK };
	const struct lookup_request *r = msg_get_lookup_request(m);

	if (is_known(&r->endpoint, &known))
		say(a, m->id, &known);
	else if (a->n == NAMES_MAX)
		say_error(a, m->id, ENDPOINT_LOOKUP_FAILED);
	else
		lookup_new(a, m->id, r);
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

static void
queues_open(enum purpose purpose)
{
	struct queue *q = queues[purpose];
	uint32_t i;

	TAILQ_INIT(&waiting[purpose]);
	for (i = 0; i < POLICIES_MAX; i++) {
		TAILQ_INIT(&q[i].waiting);
		q[i].policy_id = i;
	}
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
		queues_open((enum purpose)i);
	if (ares_library_init(ARES_LIB_INIT_ALL) != ARES_SUCCESS ||
	    __nss_configure_lookup("services", "files") != 0)
		fatalx("%s", __func__);
}
