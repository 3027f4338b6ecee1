/* SPDX-License-Identifier: ISC */
/* The calls of the API, in a loop: each is a request, and who is told. */

#include "event.h"

struct toxi_call *
toxi_event_version(struct toxi_event *client, toxi_event_fn *fn, void *arg)
{
	struct request r;

	request_version(&r);
	return event_start(client, &r, fn, arg);
}

struct toxi_call *
toxi_event_metrics(struct toxi_event *client, toxi_event_fn *fn, void *arg)
{
	struct request r;

	request_metrics(&r);
	return event_start(client, &r, fn, arg);
}

struct toxi_call *
toxi_event_whoami(struct toxi_event *client, toxi_event_fn *fn, void *arg)
{
	struct request r;

	request_whoami(&r);
	return event_start(client, &r, fn, arg);
}

struct toxi_call *
toxi_event_halt(struct toxi_event *client, toxi_event_fn *fn, void *arg)
{
	struct request r;

	request_halt(&r);
	return event_start(client, &r, fn, arg);
}

struct toxi_call *
toxi_event_resume(struct toxi_event *client, toxi_event_fn *fn, void *arg)
{
	struct request r;

	request_resume(&r);
	return event_start(client, &r, fn, arg);
}

struct toxi_call *
toxi_event_halted(struct toxi_event *client, toxi_event_fn *fn, void *arg)
{
	struct request r;

	request_halted(&r);
	return event_start(client, &r, fn, arg);
}

struct toxi_call *
toxi_event_history(struct toxi_event *client, uint64_t after,
    unsigned int wait_ms, toxi_event_fn *fn, void *arg)
{
	struct request r;

	request_history(&r, after, wait_ms);
	return event_start(client, &r, fn, arg);
}

struct toxi_call *
toxi_event_proxy_session_list(struct toxi_event *client,
    const struct toxi_proxy_session_filter *filter, toxi_event_fn *fn,
    void *arg)
{
	struct request r;

	request_proxy_session_list(&r, filter);
	return event_start(client, &r, fn, arg);
}

struct toxi_call *
toxi_event_proxy_session_get(struct toxi_event *client, const char *proxy,
    const char *id, toxi_event_fn *fn, void *arg)
{
	struct request r;

	request_proxy_session_get(&r, proxy, id);
	return event_start(client, &r, fn, arg);
}

struct toxi_call *
toxi_event_proxy_session_end(struct toxi_event *client, const char *proxy,
    const char *id, enum toxi_ending ending, toxi_event_fn *fn, void *arg)
{
	struct request r;

	request_proxy_session_end(&r, proxy, id, ending);
	return event_start(client, &r, fn, arg);
}

struct toxi_call *
toxi_event_token_create(struct toxi_event *client,
    const struct toxi_token *token, toxi_event_fn *fn, void *arg)
{
	struct request r;

	request_token_create(&r, token);
	return event_start(client, &r, fn, arg);
}

struct toxi_call *
toxi_event_token_list(struct toxi_event *client, toxi_event_fn *fn, void *arg)
{
	struct request r;

	request_token_list(&r);
	return event_start(client, &r, fn, arg);
}

struct toxi_call *
toxi_event_token_revoke(
    struct toxi_event *client, const char *name, toxi_event_fn *fn, void *arg)
{
	struct request r;

	request_token_revoke(&r, name);
	return event_start(client, &r, fn, arg);
}

struct toxi_call *
toxi_event_proxy_create(struct toxi_event *client,
    const struct toxi_proxy *proxy, toxi_event_fn *fn, void *arg)
{
	struct request r;

	request_proxy_create(&r, proxy);
	return event_start(client, &r, fn, arg);
}

struct toxi_call *
toxi_event_proxy_get(
    struct toxi_event *client, const char *name, toxi_event_fn *fn, void *arg)
{
	struct request r;

	request_proxy_get(&r, name);
	return event_start(client, &r, fn, arg);
}

struct toxi_call *
toxi_event_proxy_list(struct toxi_event *client, toxi_event_fn *fn, void *arg)
{
	struct request r;

	request_proxy_list(&r);
	return event_start(client, &r, fn, arg);
}

struct toxi_call *
toxi_event_proxy_update(struct toxi_event *client,
    const struct toxi_proxy *proxy, toxi_event_fn *fn, void *arg)
{
	struct request r;

	request_proxy_update(&r, proxy);
	return event_start(client, &r, fn, arg);
}

struct toxi_call *
toxi_event_proxy_enable(
    struct toxi_event *client, const char *name, toxi_event_fn *fn, void *arg)
{
	struct request r;

	request_proxy_enable(&r, name);
	return event_start(client, &r, fn, arg);
}

struct toxi_call *
toxi_event_proxy_disable(
    struct toxi_event *client, const char *name, toxi_event_fn *fn, void *arg)
{
	struct request r;

	request_proxy_disable(&r, name);
	return event_start(client, &r, fn, arg);
}

struct toxi_call *
toxi_event_proxy_delete(
    struct toxi_event *client, const char *name, toxi_event_fn *fn, void *arg)
{
	struct request r;

	request_proxy_delete(&r, name);
	return event_start(client, &r, fn, arg);
}

struct toxi_call *
toxi_event_proxy_health(
    struct toxi_event *client, const char *name, toxi_event_fn *fn, void *arg)
{
	struct request r;

	request_proxy_health(&r, name);
	return event_start(client, &r, fn, arg);
}

struct toxi_call *
toxi_event_proxy_stats(
    struct toxi_event *client, const char *name, toxi_event_fn *fn, void *arg)
{
	struct request r;

	request_proxy_stats(&r, name);
	return event_start(client, &r, fn, arg);
}

struct toxi_call *
toxi_event_wait(struct toxi_event *client, const char *proxy,
    const struct toxi_wait *wait, toxi_event_fn *fn, void *arg)
{
	struct request r;

	request_wait(&r, proxy, wait);
	return event_start(client, &r, fn, arg);
}

struct toxi_call *
toxi_event_health_list(struct toxi_event *client, toxi_event_fn *fn, void *arg)
{
	struct request r;

	request_health_list(&r);
	return event_start(client, &r, fn, arg);
}

struct toxi_call *
toxi_event_populate(struct toxi_event *client, struct toxi_proxies proxies,
    toxi_event_fn *fn, void *arg)
{
	struct request r;

	request_populate(&r, proxies);
	return event_start(client, &r, fn, arg);
}

struct toxi_call *
toxi_event_reset(struct toxi_event *client, toxi_event_fn *fn, void *arg)
{
	struct request r;

	request_reset(&r);
	return event_start(client, &r, fn, arg);
}

struct toxi_call *
toxi_event_toxic_add(struct toxi_event *client, const char *proxy,
    struct toxi_toxic toxic, toxi_event_fn *fn, void *arg)
{
	struct request r;

	request_toxic_add(&r, proxy, &toxic);
	return event_start(client, &r, fn, arg);
}

struct toxi_call *
toxi_event_toxic_get(struct toxi_event *client, const char *proxy,
    const char *name, toxi_event_fn *fn, void *arg)
{
	struct request r;

	request_toxic_get(&r, proxy, name);
	return event_start(client, &r, fn, arg);
}

struct toxi_call *
toxi_event_toxic_list(
    struct toxi_event *client, const char *proxy, toxi_event_fn *fn, void *arg)
{
	struct request r;

	request_toxic_list(&r, proxy);
	return event_start(client, &r, fn, arg);
}

struct toxi_call *
toxi_event_toxic_update(struct toxi_event *client, const char *proxy,
    struct toxi_toxic toxic, toxi_event_fn *fn, void *arg)
{
	struct request r;

	request_toxic_update(&r, proxy, &toxic);
	return event_start(client, &r, fn, arg);
}

struct toxi_call *
toxi_event_toxic_remove(struct toxi_event *client, const char *proxy,
    const char *name, toxi_event_fn *fn, void *arg)
{
	struct request r;

	request_toxic_remove(&r, proxy, name);
	return event_start(client, &r, fn, arg);
}

struct toxi_call *
toxi_event_tunnel_open(struct toxi_event *client, const char *upstream,
    toxi_event_fn *fn, void *arg)
{
	struct request r;

	request_tunnel(&r, upstream, settings_listen(event_settings(client)));
	return event_start_tunnel(client, &r, fn, arg);
}

struct toxi_call *
toxi_event_proxy_lease(struct toxi_event *client, const char *name,
    int64_t ttl_ms, toxi_event_fn *fn, void *arg)
{
	struct request r;

	request_proxy_lease(&r, name, ttl_ms);
	return event_start(client, &r, fn, arg);
}

struct toxi_call *
toxi_event_proxy_connect(struct toxi_event *client, const char *name,
    struct toxi_connect connect, toxi_event_fn *fn, void *arg)
{
	struct request r;

	request_proxy_connect(&r, name, &connect);
	return event_start(client, &r, fn, arg);
}

struct toxi_call *
toxi_event_toxic_lease(struct toxi_event *client, const char *proxy,
    const char *name, int64_t ttl_ms, toxi_event_fn *fn, void *arg)
{
	struct request r;

	request_toxic_lease(&r, proxy, name, ttl_ms);
	return event_start(client, &r, fn, arg);
}

struct toxi_call *
toxi_event_profile_list(struct toxi_event *client, toxi_event_fn *fn, void *arg)
{
	struct request r;

	request_profile_list(&r);
	return event_start(client, &r, fn, arg);
}

struct toxi_call *
toxi_event_profile_get(
    struct toxi_event *client, const char *proxy, toxi_event_fn *fn, void *arg)
{
	struct request r;

	request_profile_get(&r, proxy);
	return event_start(client, &r, fn, arg);
}

struct toxi_call *
toxi_event_profile_apply(struct toxi_event *client, const char *proxy,
    const char *name, toxi_event_fn *fn, void *arg)
{
	struct request r;

	request_profile_apply(&r, proxy, name);
	return event_start(client, &r, fn, arg);
}

struct toxi_call *
toxi_event_profile_remove(
    struct toxi_event *client, const char *proxy, toxi_event_fn *fn, void *arg)
{
	struct request r;

	request_profile_remove(&r, proxy);
	return event_start(client, &r, fn, arg);
}

struct toxi_call *
toxi_event_scenario_start(struct toxi_event *client,
    const struct toxi_scenario *scenario, toxi_event_fn *fn, void *arg)
{
	struct request r;

	request_scenario_start(&r, scenario);
	return event_start(client, &r, fn, arg);
}

struct toxi_call *
toxi_event_scenario_get(
    struct toxi_event *client, const char *name, toxi_event_fn *fn, void *arg)
{
	struct request r;

	request_scenario_get(&r, name);
	return event_start(client, &r, fn, arg);
}

struct toxi_call *
toxi_event_scenario_list(
    struct toxi_event *client, toxi_event_fn *fn, void *arg)
{
	struct request r;

	request_scenario_list(&r);
	return event_start(client, &r, fn, arg);
}

struct toxi_call *
toxi_event_scenario_stop(
    struct toxi_event *client, const char *name, toxi_event_fn *fn, void *arg)
{
	struct request r;

	request_scenario_stop(&r, name);
	return event_start(client, &r, fn, arg);
}

struct toxi_call *
toxi_event_scenario_stop_one(struct toxi_event *client, const char *name,
    const char *id, toxi_event_fn *fn, void *arg)
{
	struct request r;

	request_scenario_stop_one(&r, name, id);
	return event_start(client, &r, fn, arg);
}

struct toxi_call *
toxi_event_proxy_session_toxic_add(struct toxi_event *client, const char *proxy,
    const char *id, struct toxi_toxic toxic, toxi_event_fn *fn, void *arg)
{
	struct request r;

	request_proxy_session_toxic_add(&r, proxy, id, &toxic);
	return event_start(client, &r, fn, arg);
}

struct toxi_call *
toxi_event_proxy_session_toxic_get(struct toxi_event *client, const char *proxy,
    const char *id, const char *name, toxi_event_fn *fn, void *arg)
{
	struct request r;

	request_proxy_session_toxic_get(&r, proxy, id, name);
	return event_start(client, &r, fn, arg);
}

struct toxi_call *
toxi_event_proxy_session_toxic_list(struct toxi_event *client,
    const char *proxy, const char *id, toxi_event_fn *fn, void *arg)
{
	struct request r;

	request_proxy_session_toxic_list(&r, proxy, id);
	return event_start(client, &r, fn, arg);
}

struct toxi_call *
toxi_event_proxy_session_toxic_update(struct toxi_event *client,
    const char *proxy, const char *id, struct toxi_toxic toxic,
    toxi_event_fn *fn, void *arg)
{
	struct request r;

	request_proxy_session_toxic_update(&r, proxy, id, &toxic);
	return event_start(client, &r, fn, arg);
}

struct toxi_call *
toxi_event_proxy_session_toxic_remove(struct toxi_event *client,
    const char *proxy, const char *id, const char *name, toxi_event_fn *fn,
    void *arg)
{
	struct request r;

	request_proxy_session_toxic_remove(&r, proxy, id, name);
	return event_start(client, &r, fn, arg);
}
