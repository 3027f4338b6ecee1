/* SPDX-License-Identifier: ISC */
/*
 * Names by getaddrinfo(3), so that they mean what they mean elsewhere on this
 * host.  It blocks, and cannot be interrupted: threads call it.  Who asks for
 * what is being looked up already gets the same answer.  Nothing is kept.
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

#define THREADS 16
#define THREAD_STACK ((size_t)256 * 1024)
/* Look-ups that no thread has time for yet; more are answered with an error. */
#define QUEUE_MAX 4096

/* The loop's, but for what a thread reads (host, service) and writes. */
struct lookup {
	TAILQ_ENTRY(lookup) entry;  /* of all that are asked */
	STAILQ_ENTRY(lookup) queue; /* of jobs, then of answers */
	char host[HOST_MAX + 1];
	char service[SERVICE_MAX + 1];
	TAILQ_HEAD(, waiter) waiters;
	struct lookup_result result;
};
STAILQ_HEAD(queue, lookup);

static TAILQ_HEAD(, lookup) lookups = TAILQ_HEAD_INITIALIZER(lookups);
static unsigned int nlookups;

/* Between the loop and the threads, all under lock. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t there_are_jobs = PTHREAD_COND_INITIALIZER;
static struct queue jobs = STAILQ_HEAD_INITIALIZER(jobs);
static struct queue answers = STAILQ_HEAD_INITIALIZER(answers);
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

static void *
thread(void *arg)
{
	const uint64_t one = 1;
	struct lookup *l;

	(void)arg;
	for (;;) {
		pthread_mutex_lock(&lock);
		while ((l = STAILQ_FIRST(&jobs)) == NULL)
			pthread_cond_wait(&there_are_jobs, &lock);
		STAILQ_REMOVE_HEAD(&jobs, queue);
		pthread_mutex_unlock(&lock);
		look_up(l);
		pthread_mutex_lock(&lock);
		STAILQ_INSERT_TAIL(&answers, l, queue);
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
	if ((l = STAILQ_FIRST(&answers)) != NULL)
		STAILQ_REMOVE_HEAD(&answers, queue);
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

static struct lookup *
lookup_new(const struct endpoint *e)
{
	struct lookup *l;

	if ((l = calloc(1, sizeof(*l))) == NULL)
		fatal("%s", __func__);
	memcpy(l->host, e->host, sizeof(l->host));
	memcpy(l->service, e->service, sizeof(l->service));
	TAILQ_INIT(&l->waiters);
	TAILQ_INSERT_TAIL(&lookups, l, entry);
	nlookups++;
	pthread_mutex_lock(&lock);
	STAILQ_INSERT_TAIL(&jobs, l, queue);
	pthread_cond_signal(&there_are_jobs);
	pthread_mutex_unlock(&lock);
	return l;
}

static struct lookup *
find(const struct endpoint *e)
{
	struct lookup *l;

	TAILQ_FOREACH (l, &lookups, entry) {
		if (strcmp(l->host, e->host) == 0 &&
		    strcmp(l->service, e->service) == 0)
			break;
	}
	return l;
}

void
resolver_ask(struct waiter *w, const struct endpoint *e)
{
	struct lookup_result known = { .error = e->error };
	struct lookup *l;

	if (e->error == ENDPOINT_OK && e->literal) {
		known.n = 1;
		known.addresses[0] = e->address;
		w->done(w, &known);
		return;
	}
	l = find(e);
	if (known.error == ENDPOINT_OK && l == NULL && nlookups >= QUEUE_MAX)
		known.error = ENDPOINT_LOOKUP_FAILED;
	if (known.error != ENDPOINT_OK) {
		w->done(w, &known);
		return;
	}
	w->lookup = l != NULL ? l : lookup_new(e);
	TAILQ_INSERT_TAIL(&w->lookup->waiters, w, entry);
}

/* The look-up itself goes on: nothing can stop it. */
void
resolver_forget(struct waiter *w)
{
	if (w->lookup == NULL)
		return;
	TAILQ_REMOVE(&w->lookup->waiters, w, entry);
	w->lookup = NULL;
}

/* After the lockdown: Landlock is handed down to threads, not across. */
void
resolver_open(void)
{
	static struct event readable;
	pthread_attr_t attr;
	pthread_t t;
	int i;

	if ((answers_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) == -1)
		fatal("%s", __func__);
	if (event_assign(&readable, diald.base, answers_fd,
		EV_READ | EV_PERSIST, answers_readable, NULL) == -1 ||
	    event_add(&readable, NULL) == -1)
		fatalx("%s", __func__);
	if ((errno = pthread_attr_init(&attr)) != 0 ||
	    (errno = pthread_attr_setstacksize(&attr, THREAD_STACK)) != 0)
		fatal("%s", __func__);
	for (i = 0; i < THREADS; i++) {
		if ((errno = pthread_create(&t, &attr, thread, NULL)) != 0)
			fatal("%s", __func__);
	}
	pthread_attr_destroy(&attr);
}
