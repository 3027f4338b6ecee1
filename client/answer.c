/* SPDX-License-Identifier: ISC */
/* What came of a request: a result that was asked for, or an error. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "answer.h"
#include "caller.h"
#include "decode.h"
#include "desired.h"
#include "failure.h"
#include "halts.h"
#include "health.h"
#include "history.h"
#include "profiles.h"
#include "proxy_session.h"
#include "scenarios.h"
#include "stats.h"
#include "tokens.h"

void
result_free(struct result *r)
{
	toxi_proxy_free(r->proxy);
	toxi_proxies_free(r->proxies);
	toxi_toxic_free(r->toxic);
	toxi_toxics_free(r->toxics);
	health_free(r->health);
	healths_free(r->healths);
	caller_free(r->caller);
	token_free(r->token);
	tokens_free(r->tokens);
	halts_free(r->halts);
	history_free(r->history);
	proxy_session_free(r->session);
	proxy_sessions_free(r->sessions);
	stats_free(r->stats);
	waited_free(r->waited);
	profile_free(r->profile);
	profiles_free(r->profiles);
	scenario_free(r->scenario);
	scenarios_free(r->scenarios);
	desired_free(r->desired);
	sources_free(r->sources);
	free(r->text);
}

static void
keep_text(struct result *r, const char *text, size_t len)
{
	if ((r->text = strndup(text, len)) == NULL)
		fail_nomem(&r->error);
}

static void
read_version(struct result *r, json_t *json)
{
	const char *version = decode_text(json, "version");

	if (version == NULL)
		fail(&r->error, TOXI_ERR_PROTOCOL, "the answer has no version");
	else
		keep_text(r, version, strlen(version));
}

static void
read_json(struct result *r, enum answer answer, json_t *json)
{
	switch (answer) {
	case ANSWER_VERSION:
		read_version(r, json);
		break;
	case ANSWER_PROXY:
		r->proxy = decode_proxy(json, &r->error);
		break;
	case ANSWER_PROXIES:
		r->proxies = decode_proxies(json, &r->error);
		break;
	case ANSWER_POPULATED:
		r->proxies =
		    decode_proxies(json_object_get(json, "proxies"), &r->error);
		break;
	case ANSWER_TOXIC:
		r->toxic = decode_toxic(json, &r->error);
		break;
	case ANSWER_TOXICS:
		r->toxics = decode_toxics(json, &r->error);
		break;
	case ANSWER_HEALTH:
		r->health = health_decode(json, &r->error);
		break;
	case ANSWER_HEALTHS:
		r->healths = healths_decode(json, &r->error);
		break;
	case ANSWER_CALLER:
		r->caller = caller_decode(json, &r->error);
		break;
	case ANSWER_TOKEN:
		r->token = token_decode(json, &r->error);
		break;
	case ANSWER_TOKENS:
		r->tokens = tokens_decode(json, &r->error);
		break;
	case ANSWER_HALTS:
		r->halts = halts_decode(json, &r->error);
		break;
	case ANSWER_HISTORY:
		r->history = history_decode(json, &r->error);
		break;
	case ANSWER_PROXY_SESSION:
		r->session = proxy_session_decode(json, &r->error);
		break;
	case ANSWER_PROXY_SESSIONS:
		r->sessions = proxy_sessions_decode(json, &r->error);
		break;
	case ANSWER_STATS:
		r->stats = stats_decode(json, &r->error);
		break;
	case ANSWER_WAITED:
		r->waited = waited_decode(json, &r->error);
		break;
	case ANSWER_PROFILE:
		r->profile = profile_decode(json, &r->error);
		break;
	case ANSWER_PROFILES:
		r->profiles = profiles_decode(json, &r->error);
		break;
	case ANSWER_SCENARIO:
		r->scenario = scenario_decode(json, &r->error);
		break;
	case ANSWER_SCENARIOS:
		r->scenarios = scenarios_decode(json, &r->error);
		break;
	case ANSWER_DESIRED:
		r->desired = desired_decode(json, &r->error);
		break;
	case ANSWER_SOURCES:
		r->sources = sources_decode(json, &r->error);
		break;
	case ANSWER_NOTHING:
	case ANSWER_METRICS:
		break;
	}
}

/* Before 2.1.5, Toxiproxy's version was no JSON. */
static int
is_bare_version(const struct request *request, const char *body, size_t len)
{
	return request->answer == ANSWER_VERSION && len > 0 && len < 64 &&
	    body[0] >= '0' && body[0] <= '9';
}

/* A number without a point, too large for an integer, that ends in "00". */
static int
is_large(const char *number, size_t len)
{
	if (len < 19 || strspn(number, "-0123456789") < len ||
	    strncmp(number + len - 2, "00", 2) != 0)
		return 0;
	errno = 0;
	strtoll(number, NULL, 10);
	return errno == ERANGE;
}

/*
 * A share, or a toxicity, of 2^64 is shown as 18446744073709552000, which is
 * larger than any integer.  "184467440737095520e2" is the same, and none.
 */
static void
respell_large(char *body)
{
	int in_string = 0;
	size_t len;

	for (; *body != '\0'; body += len) {
		len = in_string ? 0 : strspn(body, "0123456789+-.eE");
		if (is_large(body, len))
			memcpy(body + len - 2, "e2", 2);
		if (in_string && body[0] == '\\' && body[1] != '\0')
			len = 2;
		else if (*body == '"')
			in_string = !in_string;
		if (len == 0)
			len = 1;
	}
}

/* The text is ours to change. */
static json_t *
parse_large(char *body, json_error_t *why)
{
	json_t *json;

	respell_large(body);
	json = json_loads(body, 0, why);
	return json == NULL &&
		json_error_code(why) == json_error_numeric_overflow
	    ? json_loads(body, JSON_DECODE_INT_AS_REAL, why)
	    : json;
}

static json_t *
parse(const char *body, size_t len, struct toxi_error *err)
{
	json_error_t why;
	json_t *json = json_loadb(body, len, 0, &why);
	char *copy;

	if (json == NULL &&
	    json_error_code(&why) == json_error_numeric_overflow) {
		if ((copy = strndup(body, len)) == NULL) {
			fail_nomem(err);
			return NULL;
		}
		json = parse_large(copy, &why);
		free(copy);
	}
	if (json != NULL)
		return json;
	if (json_error_code(&why) == json_error_out_of_memory)
		fail_nomem(err);
	else
		fail(err, TOXI_ERR_PROTOCOL, "the answer is no JSON: %s",
		    why.text);
	return NULL;
}

/*
 * Toxiproxy skips the toxics of a new proxy; so a proxy that was to have some
 * and has none shows a server that does not know them.
 */
static void
check_toxics(
    struct result *r, const json_t *asked, const struct toxi_proxy *made)
{
	const char *name = decode_text(asked, "name");

	if (json_array_size(json_object_get(asked, "toxics")) == 0 ||
	    made->toxics.n > 0 || strcmp(name, made->name) != 0)
		return;
	fail(&r->error, TOXI_ERR_UNSUPPORTED,
	    "the server has proxy %s, but without its toxics", name);
}

static void
check_all_toxics(struct result *r, const json_t *asked)
{
	size_t i;

	if (r->proxy != NULL)
		check_toxics(r, asked, r->proxy);
	/* They come back in the order in which they were asked for. */
	for (i = 0; r->proxies != NULL && i < r->proxies->n; i++)
		check_toxics(r, json_array_get(asked, i), &r->proxies->list[i]);
}

static int
is_asked(const struct result *r, const json_t *asked, const char *key)
{
	return r->error.code == TOXI_OK &&
	    json_object_size(json_object_get(asked, key)) > 0;
}

/* ... and the select of one, which would be on all connections. */
static void
check_select(struct result *r, const json_t *asked)
{
	if (is_asked(r, asked, "select") && r->toxic != NULL &&
	    r->toxic->select == NULL)
		fail(&r->error, TOXI_ERR_UNSUPPORTED,
		    "the server has toxic %s, but on all connections",
		    r->toxic->name);
}

/* ... and the waves of one, whose attributes would stay as they are. */
static void
check_waves(struct result *r, const json_t *asked)
{
	if (is_asked(r, asked, "wave") && r->toxic != NULL &&
	    r->toxic->waves == NULL)
		fail(&r->error, TOXI_ERR_UNSUPPORTED,
		    "the server has toxic %s, but without its waves",
		    r->toxic->name);
}

/* ... and the ttl of one.  Of many, some may have been left as they were. */
static void
check_lease(struct result *r, const json_t *asked)
{
	const json_t *ttl = json_object_get(asked, "ttl");

	if (json_integer_value(ttl) == 0 || r->error.code != TOXI_OK ||
	    (r->proxy != NULL
		    ? r->proxy->expires_in_ms != 0
		    : r->toxic == NULL || r->toxic->expires_in_ms != 0))
		return;
	fail(&r->error, TOXI_ERR_UNSUPPORTED,
	    "the server has %s %s, but for good",
	    r->proxy != NULL ? "proxy" : "toxic",
	    r->proxy != NULL ? r->proxy->name : r->toxic->name);
}

/* What its clients are to meet they do not.  {} is as usual. */
static void
check_connect(struct result *r, const json_t *asked)
{
	if (is_asked(r, asked, "connect") && r->proxy != NULL &&
	    r->proxy->connect == NULL)
		fail(&r->error, TOXI_ERR_UNSUPPORTED,
		    "the server has proxy %s, but without its connect",
		    r->proxy->name);
}

static void
read_good(struct result *r, const struct request *request, const char *body,
    size_t len)
{
	json_t *json;

	if (request->answer == ANSWER_NOTHING)
		return;
	if (request->answer == ANSWER_METRICS ||
	    is_bare_version(request, body, len)) {
		keep_text(r, body, len);
		return;
	}
	if ((json = parse(body, len, &r->error)) == NULL)
		return;
	read_json(r, request->answer, json);
	json_decref(json);
	if (request->ask != NULL) {
		check_all_toxics(r, request->ask);
		check_lease(r, request->ask);
		check_select(r, request->ask);
		check_waves(r, request->ask);
		check_connect(r, request->ask);
	}
}

/* A reply that is none of a Toxiproxy's is a page: its first line will do. */
static void
refuse(struct result *r, const char *text, size_t len)
{
	while (len > 0 && (text[len - 1] == '\n' || text[len - 1] == '\r'))
		len--;
	if (len == 0)
		fail(&r->error, TOXI_ERR_HTTP, "status %d and no reason",
		    r->error.status);
	else
		fail(&r->error, TOXI_ERR_HTTP, "%.*s",
		    (int)(len > 500 ? 500 : len), text);
}

static void
read_bad(struct result *r, const struct request *request, const char *body,
    size_t len)
{
	const char *text;
	struct toxi_error ignored;
	json_t *json;

	if (request->answer == ANSWER_METRICS && r->error.status == 404) {
		fail(&r->error, TOXI_ERR_UNSUPPORTED,
		    "the server was started without metrics");
		return;
	}
	json = json_loadb(body, len, 0, NULL);
	text = decode_text(json, "error");
	if (text == NULL && request->lack != NULL && r->error.status == 404)
		fail(&r->error, TOXI_ERR_UNSUPPORTED, "%s", request->lack);
	else if (text != NULL)
		refuse(r, text, strlen(text));
	else
		refuse(r, body, strcspn(body, "\r\n"));
	/* What was made before the failure. */
	if (request->answer == ANSWER_POPULATED)
		r->proxies =
		    decode_proxies(json_object_get(json, "proxies"), &ignored);
	/* ... and how far it has come until then. */
	if (request->answer == ANSWER_WAITED && r->error.status == 408)
		r->waited = waited_decode(json, &ignored);
	/* ... and all that is wrong with what was to be. */
	if (request->answer == ANSWER_DESIRED)
		r->desired = desired_decode_refused(json, &ignored);
	json_decref(json);
}

void
answer_read(struct result *r, const struct request *request, long status,
    const char *body, size_t len)
{
	r->error.status = (int)status;
	if (status >= 200 && status < 300)
		read_good(r, request, body, len);
	else
		read_bad(r, request, body, len);
}
