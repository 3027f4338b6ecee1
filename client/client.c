/* SPDX-License-Identifier: ISC */
/*
 * A blocking client: performs requests, for any number of threads.  Each
 * request has a libcurl handle, with its connection, to itself; those that
 * nobody uses wait for the next.
 */

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "client.h"
#include "failure.h"
#include "sigpipe.h"
#include "transfer.h"

#define IDLE_MAX 8

struct toxi {
	struct settings settings;
	pthread_mutex_t lock; /* over the idle */
	CURL *idle[IDLE_MAX];
	size_t n_idle;
};

struct toxi *
toxi_new(const struct toxi_options *options, struct toxi_error *err)
{
	struct toxi_error spare;
	struct toxi *toxi;

	err = failure_begin(err, &spare, __func__);
	if ((toxi = calloc(1, sizeof(*toxi))) == NULL) {
		fail_nomem(err);
		return NULL;
	}
	pthread_mutex_init(&toxi->lock, NULL); /* can't fail on Linux */
	if (settings_init(&toxi->settings, options, err) == 0)
		return toxi;
	toxi_free(toxi);
	return NULL;
}

void
toxi_free(struct toxi *toxi)
{
	struct sigpipe sigpipe;

	if (toxi == NULL)
		return;
	sigpipe_hold(&sigpipe, toxi->settings.may_sigpipe);
	while (toxi->n_idle > 0)
		curl_easy_cleanup(toxi->idle[--toxi->n_idle]);
	sigpipe_release(&sigpipe);
	settings_free(&toxi->settings);
	pthread_mutex_destroy(&toxi->lock);
	free(toxi);
}

const struct settings *
client_settings(const struct toxi *toxi)
{
	return &toxi->settings;
}

static CURL *
take_handle(struct toxi *toxi)
{
	CURL *easy = NULL;

	pthread_mutex_lock(&toxi->lock);
	if (toxi->n_idle > 0)
		easy = toxi->idle[--toxi->n_idle];
	pthread_mutex_unlock(&toxi->lock);
	return easy != NULL ? easy : curl_easy_init();
}

/* Its connections stay open. */
static void
give_handle(struct toxi *toxi, CURL *easy)
{
	if (easy == NULL)
		return;
	curl_easy_reset(easy);
	pthread_mutex_lock(&toxi->lock);
	if (toxi->n_idle < IDLE_MAX) {
		toxi->idle[toxi->n_idle++] = easy;
		easy = NULL;
	}
	pthread_mutex_unlock(&toxi->lock);
	curl_easy_cleanup(easy);
}

static void
fail_at_once(struct result *result, const struct toxi_error *why)
{
	memset(result, 0, sizeof(*result));
	result->error = *why;
}

static void
perform(struct toxi *toxi, struct request *request, struct result *result)
{
	struct sigpipe sigpipe;
	struct transfer t;
	CURL *easy;

	sigpipe_hold(&sigpipe, toxi->settings.may_sigpipe);
	easy = take_handle(toxi);
	if (transfer_init(&t, &toxi->settings, easy, request) == -1)
		fail_at_once(result, &t.request.error);
	else
		transfer_end(&t, curl_easy_perform(easy), result);
	give_handle(toxi, easy);
	transfer_free(&t);
	sigpipe_release(&sigpipe);
}

/* Moves what is wanted out of the result. */
#define MOVE(to, from)                  \
	do {                            \
		if ((to) != NULL) {     \
			*(to) = (from); \
			(from) = NULL;  \
		}                       \
	} while (0)

int
client_perform(
    struct toxi *toxi, struct request *request, const struct wanted *wanted)
{
	struct result result;
	int rc;

	if (toxi == NULL) {
		fail(&request->error, TOXI_ERR_ARGUMENT, "no client");
		fail_at_once(&result, &request->error);
		request_free(request);
	} else
		perform(toxi, request, &result);
	MOVE(wanted->proxy, result.proxy);
	MOVE(wanted->proxies, result.proxies);
	MOVE(wanted->toxic, result.toxic);
	MOVE(wanted->toxics, result.toxics);
	MOVE(wanted->health, result.health);
	MOVE(wanted->healths, result.healths);
	MOVE(wanted->caller, result.caller);
	MOVE(wanted->token, result.token);
	MOVE(wanted->tokens, result.tokens);
	MOVE(wanted->halts, result.halts);
	MOVE(wanted->history, result.history);
	MOVE(wanted->session, result.session);
	MOVE(wanted->sessions, result.sessions);
	MOVE(wanted->stats, result.stats);
	MOVE(wanted->waited, result.waited);
	MOVE(wanted->profile, result.profile);
	MOVE(wanted->profiles, result.profiles);
	MOVE(wanted->scenario, result.scenario);
	MOVE(wanted->scenarios, result.scenarios);
	MOVE(wanted->desired, result.desired);
	MOVE(wanted->sources, result.sources);
	MOVE(wanted->text, result.text);
	rc = result.error.code == TOXI_OK ? 0 : -1;
	if (wanted->err != NULL)
		*wanted->err = result.error;
	result_free(&result);
	return rc;
}
