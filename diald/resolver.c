/* SPDX-License-Identifier: ISC */
/*
 * Names by getaddrinfo(3), so that they mean what they mean elsewhere on this
 * host.  It blocks, for half a minute if a name server is dead, and cannot be
 * interrupted: threads call it, as many as it takes.  Who asks for what is
 * being looked up already gets the same answer.  Nothing is kept.
 */

#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "diald.h"
#include "log.h"
#include "nitems.h"

/* How many may be looked up at once, each by a thread of its own. */
static const unsigned int running_max[] = {
	[TO_DIAL] = 448, [TO_LISTEN] = 64, /* these are given up after 2 s, and
					      go on */
};
_Static_assert(nitems(running_max) == PURPOSE_MAX, "a purpose has no limit");
#define THREADS_MAX (448 + 64)
#define THREAD_STACK ((size_t)256 * 1024)
/* Look-ups that no thread has time for yet; more are answered with an error. */
#define QUEUE_MAX 4096

/* The loop's, but for what a thread reads (host, service) and writes. */
struct lookup {
	TAILQ_ENTRY(lookup) entry; /* of all that are asked */
	TAILQ_ENTRY(lookup) queue; /* of jobs, then of answers */
	enum purpose purpose;
	int is_taken; /* by a thread; under lock */
	char host[HOST_MAX + 1];
	char service[SERVICE_MAX + 1];
	TAILQ_HEAD(, waiter) waiters;
	struct lookup_result result;
};
TAILQ_HEAD(queue, lookup);

static TAILQ_HEAD(, lookup) lookups = TAILQ_HEAD_INITIALIZER(lookups);
static unsigned int nlookups;

/* Between the loop and the threads, all under lock. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t there_are_jobs = PTHREAD_COND_INITIALIZER;
static struct queue jobs[PURPOSE_MAX];
static unsigned int njobs, running[PURPOSE_MAX], nthreads, nidle;
static struct queue answers = TAILQ_HEAD_INITIALIZER(answers);
static int answers_fd; /* eventfd: there are some */

/* ---- in a thread */

static uint8_t
error_of(int error)
{
	switch (error) {
	case EAI_SERVICE:
		return ENDPOINT_UNKNOWN_PORT;
	case EAI_NONAME:
	case EAI_NODATA:
	case EAI_ADDRFAMILY:
		return ENDPOINT_NO_SUCH_HOST;
	default:
		return ENDPOINT_LOOKUP_FAILED;
	}
}

static void
look_up(struct lookup *l)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM,
		.ai_flags = AI_PASSIVE };
	struct lookup_result *r = &l->result;
	struct addrinfo *found, *ai;
	int error;

	error = getaddrinfo(l->host[0] != '\0' ? l->host : NULL,
	    l->service[0] != '\0' ? l->service : "0", &hints, &found);
	if (error != 0) {
		r->error = error_of(error);
		r->sys_errno = error == EAI_SYSTEM ? errno : 0;
		return;
	}
	for (ai = found; ai != NULL && r->n < ADDRESSES_MAX; ai = ai->ai_next) {
		if (address_from_sockaddr(&r->addresses[r->n], ai->ai_addr) ==
		    0)
			r->n++;
	}
	freeaddrinfo(found);
	if (r->n == 0)
		r->error = ENDPOINT_NO_SUCH_HOST;
}

/* With the lock held: one that may be looked up now, or NULL. */
static struct lookup *
take_job(void)
{
	struct lookup *l;
	int purpose;

	for (purpose = 0; purpose < PURPOSE_MAX; purpose++) {
		l = TAILQ_FIRST(&jobs[purpose]);
		if (l == NULL || running[purpose] == running_max[purpose])
			continue;
		TAILQ_REMOVE(&jobs[purpose], l, queue);
		njobs--;
		running[purpose]++;
		l->is_taken = 1;
		return l;
	}
	return NULL;
}

static struct lookup *
wait_for_job(void)
{
	struct lookup *l;

	pthread_mutex_lock(&lock);
	nidle++;
	while ((l = take_job()) == NULL)
		pthread_cond_wait(&there_are_jobs, &lock);
	nidle--;
	pthread_mutex_unlock(&lock);
	return l;
}

static void *
thread(void *arg)
{
	const uint64_t one = 1;
	struct lookup *l;

	(void)arg;
	for (;;) {
		l = wait_for_job();
		look_up(l);
		pthread_mutex_lock(&lock);
		running[l->purpose]--;
		TAILQ_INSERT_TAIL(&answers, l, queue);
		pthread_mutex_unlock(&lock);
		if (write(answers_fd, &one, sizeof(one)) == -1)
			fatal("%s", __func__);
	}
	return NULL;
}

/* ---- in the loop */

static struct lookup *
take_answer(void)
{
	struct lookup *l;

	pthread_mutex_lock(&lock);
	if ((l = TAILQ_FIRST(&answers)) != NULL)
		TAILQ_REMOVE(&answers, l, queue);
	pthread_mutex_unlock(&lock);
	return l;
}

/* A waiter's done() may ask again: its look-up is then a new one. */
static void
answer(struct lookup *l)
{
	struct waiter *w;

	TAILQ_REMOVE(&lookups, l, entry);
	nlookups--;
	while ((w = TAILQ_FIRST(&l->waiters)) != NULL) {
		resolver_forget(w);
		w->done(w, &l->result);
	}
	free(l);
}

static void
answers_readable(evutil_socket_t fd, short what, void *arg)
{
	struct lookup *l;
	uint64_t n;

	(void)what;
	(void)arg;
	if (read(fd, &n, sizeof(n)) == -1 && errno != EAGAIN)
		fatal("%s", __func__);
	while ((l = take_answer()) != NULL)
		answer(l);
}

/* With the lock held.  A thread that cannot be had is done without. */
static void
start_thread(void)
{
	pthread_attr_t attr;
	pthread_t t;

	if (pthread_attr_init(&attr) != 0)
		return;
	if (pthread_attr_setstacksize(&attr, THREAD_STACK) == 0 &&
	    pthread_create(&t, &attr, thread, NULL) == 0)
		nthreads++;
	pthread_attr_destroy(&attr);
}

static void
queue_job(struct lookup *l)
{
	pthread_mutex_lock(&lock);
	TAILQ_INSERT_TAIL(&jobs[l->purpose], l, queue);
	if (++njobs > nidle && nthreads < THREADS_MAX)
		start_thread();
	pthread_cond_signal(&there_are_jobs);
	pthread_mutex_unlock(&lock);
}

static struct lookup *
lookup_new(const struct endpoint *e, enum purpose purpose)
{
	struct lookup *l;

	if ((l = calloc(1, sizeof(*l))) == NULL)
		fatal("%s", __func__);
	memcpy(l->host, e->host, sizeof(l->host));
	memcpy(l->service, e->service, sizeof(l->service));
	l->purpose = purpose;
	TAILQ_INIT(&l->waiters);
	TAILQ_INSERT_TAIL(&lookups, l, entry);
	nlookups++;
	queue_job(l);
	return l;
}

static struct lookup *
find(const struct endpoint *e, enum purpose purpose)
{
	struct lookup *l;

	TAILQ_FOREACH (l, &lookups, entry) {
		if (l->purpose == purpose && strcmp(l->host, e->host) == 0 &&
		    strcmp(l->service, e->service) == 0)
			break;
	}
	return l;
}

void
resolver_ask(struct waiter *w, const struct endpoint *e, enum purpose purpose)
{
	struct lookup_result known = { .error = e->error };
	struct lookup *l;

	if (e->error == ENDPOINT_OK && e->literal) {
		known.n = 1;
		known.addresses[0] = e->address;
		w->done(w, &known);
		return;
	}
	l = find(e, purpose);
	if (known.error == ENDPOINT_OK && l == NULL && nlookups >= QUEUE_MAX)
		known.error = ENDPOINT_LOOKUP_FAILED;
	if (known.error != ENDPOINT_OK) {
		w->done(w, &known);
		return;
	}
	w->lookup = l != NULL ? l : lookup_new(e, purpose);
	TAILQ_INSERT_TAIL(&w->lookup->waiters, w, entry);
}

/* 1 if no thread has it yet, and none will. */
static int
take_back(struct lookup *l)
{
	int is_taken;

	pthread_mutex_lock(&lock);
	is_taken = l->is_taken;
	if (!is_taken) {
		TAILQ_REMOVE(&jobs[l->purpose], l, queue);
		njobs--;
	}
	pthread_mutex_unlock(&lock);
	return !is_taken;
}

/* A look-up that has begun goes on: nothing can stop it. */
void
resolver_forget(struct waiter *w)
{
	struct lookup *l = w->lookup;

	if (l == NULL)
		return;
	TAILQ_REMOVE(&l->waiters, w, entry);
	w->lookup = NULL;
	if (TAILQ_EMPTY(&l->waiters) && take_back(l)) {
		TAILQ_REMOVE(&lookups, l, entry);
		nlookups--;
		free(l);
	}
}

/* After the lockdown: Landlock is handed down to threads, not across. */
void
resolver_open(void)
{
	static struct event readable;
	int i;

	if ((answers_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) == -1)
		fatal("%s", __func__);
	if (event_assign(&readable, diald.base, answers_fd,
		EV_READ | EV_PERSIST, answers_readable, NULL) == -1 ||
	    event_add(&readable, NULL) == -1)
		fatalx("%s", __func__);
	for (i = 0; i < PURPOSE_MAX; i++)
		TAILQ_INIT(&jobs[i]);
	pthread_mutex_lock(&lock);
	start_thread();
	pthread_mutex_unlock(&lock);
	if (nthreads == 0)
		fatalx("%s: no thread", __func__);
}
