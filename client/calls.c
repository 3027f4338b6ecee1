/* SPDX-License-Identifier: ISC */
/* The calls of the API, blocking: each is a request, and what it brings. */

#include "caller.h"
#include "client.h"
#include "halts.h"
#include "health.h"
#include "history.h"
#include "profiles.h"
#include "proxy_session.h"
#include "stats.h"
#include "tokens.h"

int
toxi_version(struct toxi *toxi, char **version, struct toxi_error *err)
{
	struct request r;

	request_version(&r);
	return client_perform(
	    toxi, &r, &(struct wanted){ .text = version, .err = err });
}

int
toxi_metrics(struct toxi *toxi, char **metrics, struct toxi_error *err)
{
	struct request r;

	request_metrics(&r);
	return client_perform(
	    toxi, &r, &(struct wanted){ .text = metrics, .err = err });
}

int
toxi_whoami(
    struct toxi *toxi, struct toxi_caller **caller, struct toxi_error *err)
{
	struct request r;

	request_whoami(&r);
	return client_perform(
	    toxi, &r, &(struct wanted){ .caller = caller, .err = err });
}

void
toxi_caller_free(struct toxi_caller *caller)
{
	caller_free(caller);
}

int
toxi_halt(struct toxi *toxi, struct toxi_halts **halts, struct toxi_error *err)
{
	struct request r;

	request_halt(&r);
	return client_perform(
	    toxi, &r, &(struct wanted){ .halts = halts, .err = err });
}

int
toxi_resume(
    struct toxi *toxi, struct toxi_halts **halts, struct toxi_error *err)
{
	struct request r;

	request_resume(&r);
	return client_perform(
	    toxi, &r, &(struct wanted){ .halts = halts, .err = err });
}

int
toxi_halted(
    struct toxi *toxi, struct toxi_halts **halts, struct toxi_error *err)
{
	struct request r;

	request_halted(&r);
	return client_perform(
	    toxi, &r, &(struct wanted){ .halts = halts, .err = err });
}

void
toxi_halts_free(struct toxi_halts *halts)
{
	halts_free(halts);
}

int
toxi_history(struct toxi *toxi, uint64_t after, unsigned int wait_ms,
    struct toxi_history **history, struct toxi_error *err)
{
	struct request r;

	request_history(&r, after, wait_ms);
	return client_perform(
	    toxi, &r, &(struct wanted){ .history = history, .err = err });
}

void
toxi_history_free(struct toxi_history *history)
{
	history_free(history);
}

int
toxi_proxy_session_list(struct toxi *toxi,
    const struct toxi_proxy_session_filter *filter,
    struct toxi_proxy_sessions **sessions, struct toxi_error *err)
{
	struct request r;

	request_proxy_session_list(&r, filter);
	return client_perform(
	    toxi, &r, &(struct wanted){ .sessions = sessions, .err = err });
}

int
toxi_proxy_session_get(struct toxi *toxi, const char *proxy, const char *id,
    struct toxi_proxy_session **session, struct toxi_error *err)
{
	struct request r;

	request_proxy_session_get(&r, proxy, id);
	return client_perform(
	    toxi, &r, &(struct wanted){ .session = session, .err = err });
}

int
toxi_proxy_session_end(struct toxi *toxi, const char *proxy, const char *id,
    enum toxi_ending ending, struct toxi_error *err)
{
	struct request r;

	request_proxy_session_end(&r, proxy, id, ending);
	return client_perform(toxi, &r, &(struct wanted){ .err = err });
}

void
toxi_proxy_session_free(struct toxi_proxy_session *session)
{
	proxy_session_free(session);
}

void
toxi_proxy_sessions_free(struct toxi_proxy_sessions *sessions)
{
	proxy_sessions_free(sessions);
}

int
toxi_proxy_stats(struct toxi *toxi, const char *name, struct toxi_stats **stats,
    struct toxi_error *err)
{
	struct request r;

	request_proxy_stats(&r, name);
	return client_perform(
	    toxi, &r, &(struct wanted){ .stats = stats, .err = err });
}

void
toxi_stats_free(struct toxi_stats *stats)
{
	stats_free(stats);
}

int
toxi_wait(struct toxi *toxi, const char *proxy, const struct toxi_wait *wait,
    struct toxi_waited **waited, struct toxi_error *err)
{
	struct request r;

	request_wait(&r, proxy, wait);
	return client_perform(
	    toxi, &r, &(struct wanted){ .waited = waited, .err = err });
}

void
toxi_waited_free(struct toxi_waited *waited)
{
	waited_free(waited);
}

int
toxi_token_create(struct toxi *toxi, const struct toxi_token *token,
    struct toxi_token **made, struct toxi_error *err)
{
	struct request r;

	request_token_create(&r, token);
	return client_perform(
	    toxi, &r, &(struct wanted){ .token = made, .err = err });
}

int
toxi_token_list(
    struct toxi *toxi, struct toxi_tokens **tokens, struct toxi_error *err)
{
	struct request r;

	request_token_list(&r);
	return client_perform(
	    toxi, &r, &(struct wanted){ .tokens = tokens, .err = err });
}

int
toxi_token_revoke(struct toxi *toxi, const char *name, struct toxi_error *err)
{
	struct request r;

	request_token_revoke(&r, name);
	return client_perform(toxi, &r, &(struct wanted){ .err = err });
}

void
toxi_token_free(struct toxi_token *token)
{
	token_free(token);
}

void
toxi_tokens_free(struct toxi_tokens *tokens)
{
	tokens_free(tokens);
}

int
toxi_proxy_create(struct toxi *toxi, const struct toxi_proxy *proxy,
    struct toxi_proxy **made, struct toxi_error *err)
{
	struct request r;

	request_proxy_create(&r, proxy);
	return client_perform(
	    toxi, &r, &(struct wanted){ .proxy = made, .err = err });
}

int
toxi_proxy_get(struct toxi *toxi, const char *name, struct toxi_proxy **proxy,
    struct toxi_error *err)
{
	struct request r;

	request_proxy_get(&r, name);
	return client_perform(
	    toxi, &r, &(struct wanted){ .proxy = proxy, .err = err });
}

int
toxi_proxy_list(
    struct toxi *toxi, struct toxi_proxies **proxies, struct toxi_error *err)
{
	struct request r;

	request_proxy_list(&r);
	return client_perform(
	    toxi, &r, &(struct wanted){ .proxies = proxies, .err = err });
}

int
toxi_proxy_update(struct toxi *toxi, const struct toxi_proxy *proxy,
    struct toxi_proxy **updated, struct toxi_error *err)
{
	struct request r;

	request_proxy_update(&r, proxy);
	return client_perform(
	    toxi, &r, &(struct wanted){ .proxy = updated, .err = err });
}

int
toxi_proxy_enable(struct toxi *toxi, const char *name, struct toxi_error *err)
{
	struct request r;

	request_proxy_enable(&r, name);
	return client_perform(toxi, &r, &(struct wanted){ .err = err });
}

int
toxi_proxy_disable(struct toxi *toxi, const char *name, struct toxi_error *err)
{
	struct request r;

	request_proxy_disable(&r, name);
	return client_perform(toxi, &r, &(struct wanted){ .err = err });
}

int
toxi_proxy_connect(struct toxi *toxi, const char *name,
    struct toxi_connect connect, struct toxi_error *err)
{
	struct request r;

	request_proxy_connect(&r, name, &connect);
	return client_perform(toxi, &r, &(struct wanted){ .err = err });
}

int
toxi_proxy_delete(struct toxi *toxi, const char *name, struct toxi_error *err)
{
	struct request r;

	request_proxy_delete(&r, name);
	return client_perform(toxi, &r, &(struct wanted){ .err = err });
}

int
toxi_proxy_health(struct toxi *toxi, const char *name,
    struct toxi_health **health, struct toxi_error *err)
{
	struct request r;

	request_proxy_health(&r, name);
	return client_perform(
	    toxi, &r, &(struct wanted){ .health = health, .err = err });
}

int
toxi_proxy_lease(
    struct toxi *toxi, const char *name, int64_t ttl_ms, struct toxi_error *err)
{
	struct request r;

	request_proxy_lease(&r, name, ttl_ms);
	return client_perform(toxi, &r, &(struct wanted){ .err = err });
}

int
toxi_health_list(
    struct toxi *toxi, struct toxi_healths **healths, struct toxi_error *err)
{
	struct request r;

	request_health_list(&r);
	return client_perform(
	    toxi, &r, &(struct wanted){ .healths = healths, .err = err });
}

void
toxi_health_free(struct toxi_health *health)
{
	health_free(health);
}

void
toxi_healths_free(struct toxi_healths *healths)
{
	healths_free(healths);
}

int
toxi_populate(struct toxi *toxi, struct toxi_proxies proxies,
    struct toxi_proxies **made, struct toxi_error *err)
{
	struct request r;

	request_populate(&r, proxies);
	return client_perform(
	    toxi, &r, &(struct wanted){ .proxies = made, .err = err });
}

int
toxi_reset(struct toxi *toxi, struct toxi_error *err)
{
	struct request r;

	request_reset(&r);
	return client_perform(toxi, &r, &(struct wanted){ .err = err });
}

int
toxi_toxic_add(struct toxi *toxi, const char *proxy, struct toxi_toxic toxic,
    struct toxi_toxic **added, struct toxi_error *err)
{
	struct request r;

	request_toxic_add(&r, proxy, &toxic);
	return client_perform(
	    toxi, &r, &(struct wanted){ .toxic = added, .err = err });
}

int
toxi_toxic_get(struct toxi *toxi, const char *proxy, const char *name,
    struct toxi_toxic **toxic, struct toxi_error *err)
{
	struct request r;

	request_toxic_get(&r, proxy, name);
	return client_perform(
	    toxi, &r, &(struct wanted){ .toxic = toxic, .err = err });
}

int
toxi_toxic_list(struct toxi *toxi, const char *proxy,
    struct toxi_toxics **toxics, struct toxi_error *err)
{
	struct request r;

	request_toxic_list(&r, proxy);
	return client_perform(
	    toxi, &r, &(struct wanted){ .toxics = toxics, .err = err });
}

int
toxi_toxic_update(struct toxi *toxi, const char *proxy, struct toxi_toxic toxic,
    struct toxi_toxic **updated, struct toxi_error *err)
{
	struct request r;

	request_toxic_update(&r, proxy, &toxic);
	return client_perform(
	    toxi, &r, &(struct wanted){ .toxic = updated, .err = err });
}

int
toxi_toxic_remove(struct toxi *toxi, const char *proxy, const char *name,
    struct toxi_error *err)
{
	struct request r;

	request_toxic_remove(&r, proxy, name);
	return client_perform(toxi, &r, &(struct wanted){ .err = err });
}

int
toxi_toxic_lease(struct toxi *toxi, const char *proxy, const char *name,
    int64_t ttl_ms, struct toxi_error *err)
{
	struct request r;

	request_toxic_lease(&r, proxy, name, ttl_ms);
	return client_perform(toxi, &r, &(struct wanted){ .err = err });
}

int
toxi_profile_list(
    struct toxi *toxi, struct toxi_profiles **profiles, struct toxi_error *err)
{
	struct request r;

	request_profile_list(&r);
	return client_perform(
	    toxi, &r, &(struct wanted){ .profiles = profiles, .err = err });
}

int
toxi_profile_get(struct toxi *toxi, const char *proxy,
    struct toxi_profile **profile, struct toxi_error *err)
{
	struct request r;

	request_profile_get(&r, proxy);
	return client_perform(
	    toxi, &r, &(struct wanted){ .profile = profile, .err = err });
}

int
toxi_profile_apply(struct toxi *toxi, const char *proxy, const char *name,
    struct toxi_profile **applied, struct toxi_error *err)
{
	struct request r;

	request_profile_apply(&r, proxy, name);
	return client_perform(
	    toxi, &r, &(struct wanted){ .profile = applied, .err = err });
}

int
toxi_profile_remove(
    struct toxi *toxi, const char *proxy, struct toxi_error *err)
{
	struct request r;

	request_profile_remove(&r, proxy);
	return client_perform(toxi, &r, &(struct wanted){ .err = err });
}

void
toxi_profile_free(struct toxi_profile *profile)
{
	profile_free(profile);
}

void
toxi_profiles_free(struct toxi_profiles *profiles)
{
	profiles_free(profiles);
}
