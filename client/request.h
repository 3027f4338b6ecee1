/* SPDX-License-Identifier: ISC */
/*
 * Each call of the API, as what is asked of the server.  Both halves of the
 * library, blocking and event-driven, start here.
 */
#ifndef REQUEST_H
#define REQUEST_H

#include <jansson.h>

#include "toxi_watch.h"

/* What the answer is, if it is good. */
enum answer {
	ANSWER_NOTHING,
	ANSWER_VERSION,
	ANSWER_METRICS,
	ANSWER_PROXY,
	ANSWER_PROXIES,   /* an object, by name */
	ANSWER_POPULATED, /* an array in an object */
	ANSWER_TOXIC,
	ANSWER_TOXICS,
	ANSWER_HEALTH,
	ANSWER_HEALTHS, /* an object, by name */
	ANSWER_CALLER,
	ANSWER_TOKEN,
	ANSWER_TOKENS,
	ANSWER_HALTS,
	ANSWER_HISTORY,
	ANSWER_PROXY_SESSION,
	ANSWER_PROXY_SESSIONS,
	ANSWER_STATS,
	ANSWER_WAITED,
	ANSWER_PROFILE,
	ANSWER_PROFILES,
	ANSWER_SCENARIO,
	ANSWER_SCENARIOS,
	ANSWER_DESIRED,
	ANSWER_SOURCES
};

/*
 * One that could not be made (a name is missing, no memory) has an error, and
 * is not sent.  Either way it is to be freed.
 */
struct request {
	const char *method;
	enum answer answer;
	char *path;  /* "/proxies/redis" */
	json_t *ask; /* NULL: no body */
	/* What a Toxiproxy lacks, whose "404" has no JSON; NULL: nothing. */
	const char *lack;
	char *header; /* one more than others have, "If-Match: *"; or NULL */
	const char *session; /* borrowed, till it is sent: that it is of */
	int waits_ms;        /* it may take so much longer than others */
	struct toxi_error error;
};

void request_version(struct request *);
void request_metrics(struct request *);
void request_whoami(struct request *);
void request_halt(struct request *);
void request_resume(struct request *);
void request_halted(struct request *);
void request_history(struct request *, uint64_t after, unsigned int wait_ms);
void request_proxy_session_list(
    struct request *, const struct toxi_proxy_session_filter *);
void request_proxy_session_get(
    struct request *, const char *proxy, const char *id);
void request_proxy_session_end(
    struct request *, const char *proxy, const char *id, enum toxi_ending);
void request_proxy_session_toxic_add(struct request *, const char *proxy,
    const char *id, const struct toxi_toxic *);
void request_proxy_session_toxic_get(
    struct request *, const char *proxy, const char *id, const char *name);
void request_proxy_session_toxic_list(
    struct request *, const char *proxy, const char *id);
void request_proxy_session_toxic_update(struct request *, const char *proxy,
    const char *id, const struct toxi_toxic *);
void request_proxy_session_toxic_remove(
    struct request *, const char *proxy, const char *id, const char *name);
void request_token_create(struct request *, const struct toxi_token *);
void request_token_list(struct request *);
void request_token_revoke(struct request *, const char *name);
void request_proxy_create(struct request *, const struct toxi_proxy *);
void request_proxy_get(struct request *, const char *name);
void request_proxy_list(struct request *);
void request_proxy_update(struct request *, const struct toxi_proxy *);
void request_proxy_enable(struct request *, const char *name);
void request_proxy_disable(struct request *, const char *name);
void request_proxy_connect(
    struct request *, const char *name, const struct toxi_connect *);
void request_proxy_delete(struct request *, const char *name);
void request_proxy_health(struct request *, const char *name);
void request_proxy_lease(struct request *, const char *name, int64_t ttl_ms);
void request_proxy_stats(struct request *, const char *name);
void request_wait(
    struct request *, const char *proxy, const struct toxi_wait *);
void request_profile_list(struct request *);
void request_profile_get(struct request *, const char *proxy);
void request_profile_apply(
    struct request *, const char *proxy, const char *profile);
void request_profile_remove(struct request *, const char *proxy);
void request_scenario_start(struct request *, const struct toxi_scenario *);
void request_scenario_list(struct request *);
void request_scenario_get(struct request *, const char *name);
void request_scenario_stop(struct request *, const char *name);
void request_scenario_stop_one(
    struct request *, const char *name, const char *id);
void request_desired_put(struct request *, const struct toxi_document *);
void request_desired_get(struct request *, const char *source);
void request_desired_list(struct request *);
void request_desired_delete(struct request *, const char *source);
void request_health_list(struct request *);
void request_populate(struct request *, struct toxi_proxies);
void request_reset(struct request *);
void request_toxic_add(
    struct request *, const char *proxy, const struct toxi_toxic *);
void request_toxic_get(struct request *, const char *proxy, const char *name);
void request_toxic_list(struct request *, const char *proxy);
void request_toxic_update(
    struct request *, const char *proxy, const struct toxi_toxic *);
void request_toxic_remove(
    struct request *, const char *proxy, const char *name);
void request_toxic_lease(
    struct request *, const char *proxy, const char *name, int64_t ttl_ms);

/* A new one; or, with the number of one, back to that. */
void request_session(struct request *, const char *id);

/* As request_proxy_create(), of a proxy with a name that nobody else has. */
void request_tunnel(struct request *, const char *upstream, const char *listen);

void request_free(struct request *);

#endif
