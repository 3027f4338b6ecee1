/* SPDX-License-Identifier: ISC */
/*
 * libtoxi-event: the calls of <toxi.h> for a program that has a libevent
 * loop.  Nothing blocks, name look-ups included; any number may be under way.
 * See toxi(3).
 *
 * A call returns at once, and its function is called later from the loop,
 * once, whatever happens: also when the call makes no sense, when it is
 * cancelled, or when its client is freed.  All that a call is given has been
 * read when it returns.  Only when it returns NULL, for want of memory or
 * because its client is being freed, the function will not be called.
 *
 * What can be made to fail, and how, is as beside the call of that name
 * without "event_" in <toxi.h>.  All of this belongs to the thread of the
 * loop.
 */
#ifndef TOXI_EVENT_H
#define TOXI_EVENT_H

#include <toxi_watch.h>

#ifdef __cplusplus
extern "C" {
#endif
#ifdef __GNUC__
#pragma GCC visibility push(default)
#endif

struct event_base;
struct toxi_event;
struct toxi_call;

/* What came of a call: all of it lives until the function returns. */
struct toxi_reply {
	const struct toxi_error *error; /* NULL: it went well */
	const struct toxi_proxy *proxy;
	const struct toxi_proxies *proxies;
	const struct toxi_toxic *toxic;
	const struct toxi_toxics *toxics;
	const char *text; /* of version and metrics */
	const struct toxi_health *health;
	const struct toxi_healths *healths;
	const struct toxi_caller *caller;
	const struct toxi_token *token;
	const struct toxi_tokens *tokens;
	const struct toxi_halts *halts;
	const struct toxi_history *history;
	const struct toxi_proxy_session *session;
	const struct toxi_proxy_sessions *sessions;
	const struct toxi_stats *stats;
	const struct toxi_waited *waited; /* with a 408, too */
	const struct toxi_profile *profile;
	const struct toxi_profiles *profiles;
	const struct toxi_scenario *scenario;
	const struct toxi_scenarios *scenarios;
};

/* It may make calls, cancel others, and free the client. */
typedef void toxi_event_fn(const struct toxi_reply *, void *);

/*
 * A client.  As toxi_new(); and TOXI_ERR_UNSUPPORTED, if libcurl was built
 * so that looking up a name blocks.
 */
struct toxi_event *toxi_event_new(
    struct event_base *, const struct toxi_options *, struct toxi_error *);

/* Cancels all that is under way; before its event base goes.  Takes NULL. */
void toxi_event_free(struct toxi_event *);

/*
 * Its function is called at once, from here, with TOXI_ERR_CANCELLED.  What
 * the server was asked may happen all the same.  A call ends when its
 * function is called; after that it can't be cancelled.
 */
void toxi_event_cancel(struct toxi_call *);

struct toxi_call *toxi_event_version(
    struct toxi_event *, toxi_event_fn *, void *);
struct toxi_call *toxi_event_metrics(
    struct toxi_event *, toxi_event_fn *, void *);
struct toxi_call *toxi_event_whoami(
    struct toxi_event *, toxi_event_fn *, void *);

struct toxi_call *toxi_event_halt(struct toxi_event *, toxi_event_fn *, void *);
struct toxi_call *toxi_event_resume(
    struct toxi_event *, toxi_event_fn *, void *);
struct toxi_call *toxi_event_halted(
    struct toxi_event *, toxi_event_fn *, void *);

struct toxi_call *toxi_event_history(struct toxi_event *, uint64_t after,
    unsigned int wait_ms, toxi_event_fn *, void *);

struct toxi_call *toxi_event_proxy_session_list(struct toxi_event *,
    const struct toxi_proxy_session_filter *, toxi_event_fn *, void *);
struct toxi_call *toxi_event_proxy_session_get(struct toxi_event *,
    const char *proxy, const char *id, toxi_event_fn *, void *);
struct toxi_call *toxi_event_proxy_session_end(struct toxi_event *,
    const char *proxy, const char *id, enum toxi_ending, toxi_event_fn *,
    void *);

struct toxi_call *toxi_event_proxy_session_toxic_add(struct toxi_event *,
    const char *proxy, const char *id, struct toxi_toxic, toxi_event_fn *,
    void *);
struct toxi_call *toxi_event_proxy_session_toxic_get(struct toxi_event *,
    const char *proxy, const char *id, const char *name, toxi_event_fn *,
    void *);
struct toxi_call *toxi_event_proxy_session_toxic_list(struct toxi_event *,
    const char *proxy, const char *id, toxi_event_fn *, void *);
struct toxi_call *toxi_event_proxy_session_toxic_update(struct toxi_event *,
    const char *proxy, const char *id, struct toxi_toxic, toxi_event_fn *,
    void *);
struct toxi_call *toxi_event_proxy_session_toxic_remove(struct toxi_event *,
    const char *proxy, const char *id, const char *name, toxi_event_fn *,
    void *);

struct toxi_call *toxi_event_token_create(
    struct toxi_event *, const struct toxi_token *, toxi_event_fn *, void *);
struct toxi_call *toxi_event_token_list(
    struct toxi_event *, toxi_event_fn *, void *);
struct toxi_call *toxi_event_token_revoke(
    struct toxi_event *, const char *name, toxi_event_fn *, void *);

struct toxi_call *toxi_event_proxy_create(
    struct toxi_event *, const struct toxi_proxy *, toxi_event_fn *, void *);
struct toxi_call *toxi_event_proxy_get(
    struct toxi_event *, const char *name, toxi_event_fn *, void *);
struct toxi_call *toxi_event_proxy_list(
    struct toxi_event *, toxi_event_fn *, void *);
struct toxi_call *toxi_event_proxy_update(
    struct toxi_event *, const struct toxi_proxy *, toxi_event_fn *, void *);
struct toxi_call *toxi_event_proxy_enable(
    struct toxi_event *, const char *name, toxi_event_fn *, void *);
struct toxi_call *toxi_event_proxy_disable(
    struct toxi_event *, const char *name, toxi_event_fn *, void *);
struct toxi_call *toxi_event_proxy_delete(
    struct toxi_event *, const char *name, toxi_event_fn *, void *);
struct toxi_call *toxi_event_proxy_health(
    struct toxi_event *, const char *name, toxi_event_fn *, void *);
struct toxi_call *toxi_event_proxy_stats(
    struct toxi_event *, const char *name, toxi_event_fn *, void *);
struct toxi_call *toxi_event_wait(struct toxi_event *, const char *proxy,
    const struct toxi_wait *, toxi_event_fn *, void *);
struct toxi_call *toxi_event_proxy_lease(struct toxi_event *, const char *name,
    int64_t ttl_ms, toxi_event_fn *, void *);
struct toxi_call *toxi_event_proxy_connect(struct toxi_event *,
    const char *name, struct toxi_connect, toxi_event_fn *, void *);
struct toxi_call *toxi_event_profile_list(
    struct toxi_event *, toxi_event_fn *, void *);
struct toxi_call *toxi_event_profile_get(
    struct toxi_event *, const char *proxy, toxi_event_fn *, void *);
struct toxi_call *toxi_event_profile_apply(struct toxi_event *,
    const char *proxy, const char *name, toxi_event_fn *, void *);
struct toxi_call *toxi_event_profile_remove(
    struct toxi_event *, const char *proxy, toxi_event_fn *, void *);
struct toxi_call *toxi_event_scenario_start(
    struct toxi_event *, const struct toxi_scenario *, toxi_event_fn *, void *);
struct toxi_call *toxi_event_scenario_get(
    struct toxi_event *, const char *name, toxi_event_fn *, void *);
struct toxi_call *toxi_event_scenario_list(
    struct toxi_event *, toxi_event_fn *, void *);
struct toxi_call *toxi_event_scenario_stop(
    struct toxi_event *, const char *name, toxi_event_fn *, void *);
struct toxi_call *toxi_event_scenario_stop_one(struct toxi_event *,
    const char *name, const char *id, toxi_event_fn *, void *);
struct toxi_call *toxi_event_health_list(
    struct toxi_event *, toxi_event_fn *, void *);
struct toxi_call *toxi_event_populate(
    struct toxi_event *, struct toxi_proxies, toxi_event_fn *, void *);
struct toxi_call *toxi_event_reset(
    struct toxi_event *, toxi_event_fn *, void *);

struct toxi_call *toxi_event_toxic_add(struct toxi_event *, const char *proxy,
    struct toxi_toxic, toxi_event_fn *, void *);
struct toxi_call *toxi_event_toxic_get(struct toxi_event *, const char *proxy,
    const char *name, toxi_event_fn *, void *);
struct toxi_call *toxi_event_toxic_list(
    struct toxi_event *, const char *proxy, toxi_event_fn *, void *);
struct toxi_call *toxi_event_toxic_update(struct toxi_event *,
    const char *proxy, struct toxi_toxic, toxi_event_fn *, void *);
struct toxi_call *toxi_event_toxic_remove(struct toxi_event *,
    const char *proxy, const char *name, toxi_event_fn *, void *);
struct toxi_call *toxi_event_toxic_lease(struct toxi_event *, const char *proxy,
    const char *name, int64_t ttl_ms, toxi_event_fn *, void *);

/*
 * A session of the server's, for the client: what its calls make from the reply
 * on is there until toxi_event_free(), or as long as the process is, and then
 * the server takes it away within a second.  The loop holds on to it, and comes
 * back where its connection breaks.  TOXI_ERR_UNSUPPORTED: the server is an
 * older toxid, or a Toxiproxy; TOXI_ERR_ARGUMENT: the client has one.
 */
struct toxi_call *toxi_event_session_open(
    struct toxi_event *, toxi_event_fn *, void *);

/*
 * A proxy with a name and a port that nobody else has: in the reply, listen
 * is where to connect to, as toxi_tunnel_address().  It is taken away by
 * toxi_event_proxy_delete().
 */
struct toxi_call *toxi_event_tunnel_open(
    struct toxi_event *, const char *upstream, toxi_event_fn *, void *);

#ifdef __GNUC__
#pragma GCC visibility pop
#endif
#ifdef __cplusplus
}
#endif
#endif
