/* SPDX-License-Identifier: ISC */
/* Each call of the API, as what is asked of the server. */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "encode.h"
#include "failure.h"
#include "request.h"
#include "request_parts.h"

void
request_begin(
    struct request *r, const char *call, const char *method, enum answer answer)
{
	memset(r, 0, sizeof(*r));
	r->error.call = call;
	r->method = method;
	r->answer = answer;
}

void
request_free(struct request *r)
{
	free(r->path);
	free(r->header);
	json_decref(r->ask);
}

static int
is_plain(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || (c != '\0' && strchr("-._~", c) != NULL);
}

char *
request_escape(const char *name)
{
	int is_dots = strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
	char *escaped, *p;

	if ((escaped = malloc(strlen(name) * 3 + 1)) == NULL)
		return NULL;
	for (p = escaped; *name != '\0'; name++)
		if (is_plain(*name) && !is_dots)
			*p++ = *name;
		else
			p += sprintf(p, "%%%02X", (unsigned char)*name);
	*p = '\0';
	return escaped;
}

char *
request_path(
    struct request *r, const char *before, const char *what, const char *name)
{
	char *escaped, *path;

	if (name == NULL || *name == '\0') {
		fail(&r->error, TOXI_ERR_ARGUMENT, "no name of a %s", what);
		return NULL;
	}
	if ((escaped = request_escape(name)) == NULL ||
	    asprintf(&path, "%s/%s", before, escaped) == -1) {
		fail_nomem(&r->error);
		path = NULL;
	}
	free(escaped);
	return path;
}

static void
at(struct request *r, const char *path)
{
	if ((r->path = strdup(path)) == NULL)
		fail_nomem(&r->error);
}

void
request_behind(struct request *r, const char *behind)
{
	char *before = r->path;

	if (before == NULL)
		return;
	if (asprintf(&r->path, "%s%s", before, behind) == -1) {
		r->path = NULL;
		fail_nomem(&r->error);
	}
	free(before);
}

void
request_step(struct request *r, const char *what, const char *name)
{
	char *before = r->path;

	if (before == NULL)
		return;
	r->path = request_path(r, before, what, name);
	free(before);
}

void
request_at_proxy(struct request *r, const char *proxy, const char *behind)
{
	r->path = request_path(r, "/proxies", "proxy", proxy);
	request_behind(r, behind);
}

static void
at_proxy(struct request *r, const char *proxy)
{
	r->path = request_path(r, "/proxies", "proxy", proxy);
}

static void
at_toxics(struct request *r, const char *proxy)
{
	request_at_proxy(r, proxy, "/toxics");
}

static void
at_toxic(struct request *r, const char *proxy, const char *toxic)
{
	at_toxics(r, proxy);
	request_step(r, "toxic", toxic);
}

/* Nothing is asked for when there is no place to ask at. */
static int
has_failed(const struct request *r)
{
	return r->error.code != TOXI_OK;
}

void
request_version(struct request *r)
{
	request_begin(r, "toxi_version", "GET", ANSWER_VERSION);
	at(r, "/version");
}

void
request_metrics(struct request *r)
{
	request_begin(r, "toxi_metrics", "GET", ANSWER_METRICS);
	at(r, "/metrics");
}

void
request_whoami(struct request *r)
{
	request_begin(r, "toxi_whoami", "GET", ANSWER_CALLER);
	r->lack = "the server does not say who asks it";
	at(r, "/tenant");
}

static void
about_halts(
    struct request *r, const char *call, const char *method, const char *path)
{
	request_begin(r, call, method, ANSWER_HALTS);
	r->lack = "the server has no way to hold its toxics off";
	at(r, path);
}

void
request_halt(struct request *r)
{
	about_halts(r, "toxi_halt", "POST", "/halt");
}

void
request_resume(struct request *r)
{
	about_halts(r, "toxi_resume", "POST", "/resume");
}

void
request_halted(struct request *r)
{
	about_halts(r, "toxi_halted", "GET", "/halt");
}

static const char no_tokens[] = "the server has no tokens to tell of";

void
request_token_create(struct request *r, const struct toxi_token *token)
{
	request_begin(r, "toxi_token_create", "POST", ANSWER_TOKEN);
	r->lack = no_tokens;
	at(r, "/tokens");
	if (!has_failed(r))
		r->ask = encode_token(token, &r->error);
}

void
request_token_list(struct request *r)
{
	request_begin(r, "toxi_token_list", "GET", ANSWER_TOKENS);
	r->lack = no_tokens;
	at(r, "/tokens");
}

void
request_token_revoke(struct request *r, const char *name)
{
	request_begin(r, "toxi_token_revoke", "DELETE", ANSWER_NOTHING);
	r->lack = no_tokens;
	r->path = request_path(r, "/tokens", "token", name);
}

void
request_proxy_create(struct request *r, const struct toxi_proxy *proxy)
{
	request_begin(r, "toxi_proxy_create", "POST", ANSWER_PROXY);
	at(r, "/proxies");
	if (!has_failed(r))
		r->ask = encode_proxy(proxy, &r->error);
}

void
request_proxy_get(struct request *r, const char *name)
{
	request_begin(r, "toxi_proxy_get", "GET", ANSWER_PROXY);
	at_proxy(r, name);
}

void
request_proxy_list(struct request *r)
{
	request_begin(r, "toxi_proxy_list", "GET", ANSWER_PROXIES);
	at(r, "/proxies");
}

/*
 * Changes are POSTs: the newest Toxiproxy knows PATCH too, the older ones do
 * not.
 */
static void
change_proxy(
    struct request *r, const char *call, const struct toxi_proxy *proxy)
{
	request_begin(r, call, "POST", ANSWER_PROXY);
	at_proxy(r, proxy->name);
	if (!has_failed(r))
		r->ask = encode_proxy_change(proxy, &r->error);
}

void
request_proxy_update(struct request *r, const struct toxi_proxy *proxy)
{
	change_proxy(r, "toxi_proxy_update", proxy);
}

void
request_proxy_enable(struct request *r, const char *name)
{
	const struct toxi_proxy proxy = { .name = name, .state = TOXI_ENABLED };

	change_proxy(r, "toxi_proxy_enable", &proxy);
}

void
request_proxy_disable(struct request *r, const char *name)
{
	const struct toxi_proxy proxy = { .name = name,
		.state = TOXI_DISABLED };

	change_proxy(r, "toxi_proxy_disable", &proxy);
}

void
request_proxy_connect(
    struct request *r, const char *name, const struct toxi_connect *connect)
{
	const struct toxi_proxy proxy = { .name = name, .connect = connect };

	change_proxy(r, "toxi_proxy_connect", &proxy);
}

void
request_proxy_delete(struct request *r, const char *name)
{
	request_begin(r, "toxi_proxy_delete", "DELETE", ANSWER_NOTHING);
	at_proxy(r, name);
}

static const char no_health[] = "the server does not say how its proxies are";

void
request_proxy_health(struct request *r, const char *name)
{
	request_begin(r, "toxi_proxy_health", "GET", ANSWER_HEALTH);
	r->lack = no_health;
	request_at_proxy(r, name, "/health");
}

/* r->path is of what it is of. */
static void
lease(struct request *r, int64_t ttl_ms)
{
	r->lack = "the server has no leases";
	request_behind(r, "/lease");
	if (!has_failed(r))
		r->ask = encode_lease(ttl_ms, &r->error);
}

void
request_proxy_lease(struct request *r, const char *name, int64_t ttl_ms)
{
	request_begin(r, "toxi_proxy_lease", "POST", ANSWER_NOTHING);
	at_proxy(r, name);
	lease(r, ttl_ms);
}

void
request_toxic_lease(
    struct request *r, const char *proxy, const char *name, int64_t ttl_ms)
{
	request_begin(r, "toxi_toxic_lease", "POST", ANSWER_NOTHING);
	at_toxic(r, proxy, name);
	lease(r, ttl_ms);
}

void
request_health_list(struct request *r)
{
	request_begin(r, "toxi_health_list", "GET", ANSWER_HEALTHS);
	r->lack = no_health;
	at(r, "/health/proxies");
}

void
request_populate(struct request *r, struct toxi_proxies proxies)
{
	request_begin(r, "toxi_populate", "POST", ANSWER_POPULATED);
	at(r, "/populate");
	if (!has_failed(r))
		r->ask = encode_proxies(proxies, &r->error);
}

void
request_reset(struct request *r)
{
	request_begin(r, "toxi_reset", "POST", ANSWER_NOTHING);
	at(r, "/reset");
}

void
request_toxic_add(
    struct request *r, const char *proxy, const struct toxi_toxic *toxic)
{
	request_begin(r, "toxi_toxic_add", "POST", ANSWER_TOXIC);
	at_toxics(r, proxy);
	if (!has_failed(r))
		r->ask = encode_toxic(toxic, &r->error);
}

void
request_toxic_get(struct request *r, const char *proxy, const char *name)
{
	request_begin(r, "toxi_toxic_get", "GET", ANSWER_TOXIC);
	at_toxic(r, proxy, name);
}

void
request_toxic_list(struct request *r, const char *proxy)
{
	request_begin(r, "toxi_toxic_list", "GET", ANSWER_TOXICS);
	at_toxics(r, proxy);
}

/* A toxic without a name has got one from the server. */
static void
at_given_toxic(
    struct request *r, const char *proxy, const struct toxi_toxic *toxic)
{
	char *name;

	if (toxic->name != NULL || toxic->type == NULL) {
		at_toxic(r, proxy, toxic->name);
		return;
	}
	if (asprintf(&name, "%s_%s", toxic->type,
		toxic->stream == TOXI_UPSTREAM ? "upstream" : "downstream") ==
	    -1) {
		fail_nomem(&r->error);
		return;
	}
	at_toxic(r, proxy, name);
	free(name);
}

void
request_toxic_update(
    struct request *r, const char *proxy, const struct toxi_toxic *toxic)
{
	request_begin(r, "toxi_toxic_update", "POST", ANSWER_TOXIC);
	at_given_toxic(r, proxy, toxic);
	if (!has_failed(r))
		r->ask = encode_toxic_change(toxic, &r->error);
}

void
request_toxic_remove(struct request *r, const char *proxy, const char *name)
{
	request_begin(r, "toxi_toxic_remove", "DELETE", ANSWER_NOTHING);
	at_toxic(r, proxy, name);
}

void
request_session(struct request *r, const char *id)
{
	request_begin(r, "toxi_session_open", "POST", ANSWER_NOTHING);
	r->lack = "the server has no sessions";
	r->session = id;
	at(r, "/session");
}

void
request_tunnel(struct request *r, const char *upstream, const char *listen)
{
	char name[sizeof("tunnel-0123456789abcdef")];
	const struct toxi_proxy proxy = {
		.name = name, .listen = listen, .upstream = upstream
	};
	uint64_t unique;

	request_begin(r, "toxi_tunnel_open", "POST", ANSWER_PROXY);
	if (getrandom(&unique, sizeof(unique), 0) != sizeof(unique)) {
		fail_system(&r->error, errno, "getrandom");
		return;
	}
	snprintf(name, sizeof(name), "tunnel-%016" PRIx64, unique);
	at(r, "/proxies");
	if (!has_failed(r))
		r->ask = encode_proxy(&proxy, &r->error);
}
