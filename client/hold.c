/* SPDX-License-Identifier: ISC */
/* A session of the server's, and the thread that holds on to it. */

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "failure.h"
#include "hold.h"

struct hold {
	const struct settings *settings;
	CURLM *multi;
	pthread_t thread;
	pid_t pid;            /* of the process that has the thread */
	int is_gone;          /* the session: the thread's own */
	pthread_mutex_t lock; /* over what follows */
	pthread_cond_t begun;
	char id[SESSION_ID_MAX + 1];
	int has_begun; /* there is an id, or an error */
	int is_over;
	struct toxi_error error;
};

static int
is_over(struct hold *h)
{
	int over;

	pthread_mutex_lock(&h->lock);
	over = h->is_over;
	pthread_mutex_unlock(&h->lock);
	return over;
}

/* There never was one. */
static int
is_refused(struct hold *h)
{
	int refused;

	pthread_mutex_lock(&h->lock);
	refused = h->error.code != TOXI_OK;
	pthread_mutex_unlock(&h->lock);
	return refused;
}

static void
begin(struct hold *h)
{
	h->has_begun = 1;
	pthread_cond_signal(&h->begun);
}

static void
heard(struct session_line *line)
{
	struct hold *h = line->arg;

	h->is_gone = 0;
	pthread_mutex_lock(&h->lock);
	memcpy(h->id, line->id, sizeof(h->id));
	begin(h);
	pthread_mutex_unlock(&h->lock);
}

/* The first to say how it is is heard by who has opened it. */
static void
failed(struct hold *h, const struct toxi_error *error)
{
	h->is_gone = failure_is_gone(error);
	pthread_mutex_lock(&h->lock);
	if (!h->has_begun)
		h->error = *error;
	begin(h);
	pthread_mutex_unlock(&h->lock);
}

/* ---- the thread */

/* Until the connection ends, or nobody wants it any more. */
static CURLcode
perform(struct hold *h, CURL *easy)
{
	CURLcode code = CURLE_ABORTED_BY_CALLBACK;
	int running = 1, left;
	CURLMsg *msg;

	if (curl_multi_add_handle(h->multi, easy) != CURLM_OK)
		return CURLE_OUT_OF_MEMORY;
	while (running && !is_over(h)) {
		if (curl_multi_perform(h->multi, &running) != CURLM_OK)
			break;
		if (running)
			curl_multi_poll(h->multi, NULL, 0, 1000, NULL);
	}
	while ((msg = curl_multi_info_read(h->multi, &left)) != NULL) {
		if (msg->msg == CURLMSG_DONE)
			code = msg->data.result;
	}
	curl_multi_remove_handle(h->multi, easy);
	return code;
}

/* 1: there was a session. */
static int
hold_once(struct hold *h)
{
	struct session_line line = { .heard = heard, .arg = h };
	CURLcode code = CURLE_OUT_OF_MEMORY;
	CURL *easy = curl_easy_init();
	struct toxi_error error;

	if (session_line_begin(
		&line, h->settings, easy, h->is_gone ? "" : h->id) == 0)
		code = perform(h, easy);
	session_line_end(&line, code, &error);
	if (error.code != TOXI_OK)
		failed(h, &error);
	curl_easy_cleanup(easy);
	transfer_free(&line.transfer);
	return error.code == TOXI_OK;
}

/* Only who has had one comes back to it. */
static void *
hold_on(void *arg)
{
	struct hold *h = arg;
	int ms = AGAIN_MS;

	while (!is_over(h)) {
		if (hold_once(h))
			ms = AGAIN_MS;
		else if (is_refused(h))
			break;
		if (!is_over(h))
			curl_multi_poll(h->multi, NULL, 0, ms, NULL);
		ms = ms < AGAIN_MAX_MS / 2 ? ms * 2 : AGAIN_MAX_MS;
	}
	return NULL;
}

/* ---- from outside */

static int
start(struct hold *h, struct toxi_error *err)
{
	sigset_t all, before;
	int rc;

	if ((h->multi = curl_multi_init()) == NULL)
		return fail_nomem(err);
	/* signals are for the threads that there were before */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	rc = pthread_create(&h->thread, NULL, hold_on, h);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return rc == 0 ? 0 : fail_system(err, rc, "a thread");
}

static void
drop(struct hold *h)
{
	if (h->multi != NULL)
		curl_multi_cleanup(h->multi);
	pthread_mutex_destroy(&h->lock);
	pthread_cond_destroy(&h->begun);
	free(h);
}

/* Waited for as long as for any answer; else .error is why not. */
static int
has_begun(struct hold *h)
{
	const int ms = h->settings->timeout_ms;
	struct timespec until;
	int rc = 0;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += ms / 1000;
	until.tv_nsec += ms % 1000 * 1000000L;
	if (until.tv_nsec >= 1000000000L) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000L;
	}
	pthread_mutex_lock(&h->lock);
	while (!h->has_begun && rc == 0)
		rc = ms > 0 ? pthread_cond_clockwait(
				  &h->begun, &h->lock, CLOCK_MONOTONIC, &until)
			    : pthread_cond_wait(&h->begun, &h->lock);
	if (!h->has_begun)
		fail(&h->error, TOXI_ERR_TIMEOUT,
		    "the server opens no session within %d ms", ms);
	h->has_begun = 1;
	rc = h->error.code == TOXI_OK;
	pthread_mutex_unlock(&h->lock);
	return rc;
}

struct hold *
hold_open(const struct settings *settings, struct toxi_error *err)
{
	const char *call = err->call;
	struct hold *h;

	if ((h = calloc(1, sizeof(*h))) == NULL) {
		fail_nomem(err);
		return NULL;
	}
	h->settings = settings;
	h->pid = getpid();
	pthread_mutex_init(&h->lock, NULL);
	pthread_cond_init(&h->begun, NULL);
	if (start(h, err) == -1) {
		drop(h);
		return NULL;
	}
	if (has_begun(h))
		return h;
	*err = h->error;
	err->call = call;
	hold_close(h);
	return NULL;
}

/* Of one that has gone, until there is another: nothing is made in none. */
void
hold_id(struct hold *h, char id[SESSION_ID_MAX + 1])
{
	pthread_mutex_lock(&h->lock);
	memcpy(id, h->id, SESSION_ID_MAX + 1);
	pthread_mutex_unlock(&h->lock);
}

void
hold_close(struct hold *h)
{
	if (h == NULL || h->pid != getpid())
		return;
	pthread_mutex_lock(&h->lock);
	h->is_over = 1;
	pthread_mutex_unlock(&h->lock);
	curl_multi_wakeup(h->multi);
	pthread_join(h->thread, NULL);
	drop(h);
}
