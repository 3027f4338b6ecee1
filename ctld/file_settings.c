/* SPDX-License-Identifier: ISC */
/* See file_settings.h. */

#include <stdio.h>

#include "callers.h"
#include "child.h"
#include "children.h"
#include "file_settings.h"
#include "limits_tell.h"
#include "lines.h"
#include "log.h"
#include "msg.h"
#include "ports.h"
#include "proxies.h"
#include "rules_tell.h"
#include "state.h"
#include "truth_save.h"

/* ---- being read */

/* By its place in the file, until file_settings_apply(). */
static int
read_tenant(struct file_settings *s, const struct tenant *t)
{
	return t->policy_id == s->tenants.n + 1 ? tenants_add(&s->tenants, t)
						: -1;
}

static int
read_rule(struct file_settings *s, const struct policy_rule *r)
{
	return r->policy_id <= s->tenants.n ? rules_add(&s->rules, r) : -1;
}

/* Tenants are said before. */
static int
read_clients(struct file_settings *s, const struct proxy_clients *c)
{
	if (c->key.tenant[0] != '\0' &&
	    tenants_find(&s->tenants, c->key.tenant) == NULL)
		return -1;
	return clients_lists_add(&s->clients, c);
}

static int
read_limits(struct file_settings *s, const struct tenant_limits *l)
{
	if (l->tenant[0] != '\0' &&
	    tenants_find(&s->tenants, l->tenant) == NULL)
		return -1;
	return limits_add(&s->limits, l);
}

int
file_settings_read(struct file_settings *s, const struct msg *m)
{
	switch (m->type) {
	case MSG_CONFIG_HOST:
		return api_settings_add_host(&s->api, msg_get_api_host(m));
	case MSG_CONFIG_TENANT:
		return read_tenant(s, msg_get_tenant(m));
	case MSG_CONFIG_CREDENTIAL:
		return tenants_add_credential(
		    &s->tenants, msg_get_credential(m));
	case MSG_CONFIG_PROXY_CLIENTS:
		return read_clients(s, msg_get_proxy_clients(m));
	case MSG_CONFIG_PROFILE_TOXIC:
		return file_profiles_add(&s->profiles, msg_get_toxic_spec(m));
	case MSG_CONFIG_LIMITS:
		return read_limits(s, msg_get_tenant_limits(m));
	default:
		return read_rule(s, msg_get_policy_rule(m));
	}
}

int
file_settings_end(struct file_settings *s)
{
	if (tenants_end(&s->tenants) == -1 || limits_end(&s->limits) == -1 ||
	    rules_end(&s->rules) == -1)
		return -1;
	return clients_lists_end(&s->clients);
}

void
file_settings_free(struct file_settings *s)
{
	tenants_free(&s->tenants);
	rules_free(&s->rules);
	clients_lists_free(&s->clients);
	limits_free(&s->limits);
	file_profiles_free(&s->profiles);
}

size_t
file_settings_room(const struct file_settings *s)
{
	return settings_size(s->rules.n, s->clients.n, s->tenants.n,
	    s->tenants.ncredentials, s->limits.n, s->profiles.n);
}

int
file_settings_inherit(struct file_settings *s)
{
	return tenants_inherit(&s->tenants);
}

int
file_settings_clash(const struct file_settings *s)
{
	return s->tenants.n > 0 && callers_have_one_token();
}

/* A tenant that goes has no proxies but those that go with the file's. */
int
file_settings_orphans(const struct file_settings *s, char *why, size_t size)
{
	struct proxy_names names = { .len = 0 };
	const struct proxy *p;

	TAILQ_FOREACH (p, &proxies.all, entry) {
		if (p->leaving != STAYS || p->key.tenant[0] == '\0' ||
		    !tenants_have(p->key.tenant) ||
		    tenants_find(&s->tenants, p->key.tenant) != NULL)
			continue;
		if (!proxy_names_add(&names, p, NULL))
			break;
	}
	snprintf(why, size,
	    "%s: a tenant that is no more in it has proxies: %s",
	    ctld.options.config, names.text);
	return names.len > 0 ? -1 : 0;
}

/* ---- in force */

/* Those of tenants that were in no file before. */
static struct policies_changed
new_policies(const struct tenants *next)
{
	struct policies_changed new = { .are = { 0 } };
	size_t i;

	for (i = 0; i < next->n; i++)
		new.are[next->all[i].policy_id] =
		    !tenants_have(next->all[i].name);
	return new;
}

/*
 * Those whose tenant's rules, or whose own list, are others now.  One of a
 * tenant that was in no file, as the store may have them, could dial nothing.
 */
static void
tell_workers(const struct policies_changed *new,
    const struct policies_changed *changed, const struct clients_lists *before)
{
	const struct clients_lists *lists = clients_lists_now();
	struct child *c;
	uint32_t id;

	TAILQ_FOREACH (c, &children.all, entry) {
		if (c->role != ROLE_RELAYD || c->proxy == NULL)
			continue;
		id = tenants_policy(c->proxy->key.tenant);
		if (new->are[id])
			line_renew(c);
		if (new->are[id] || changed->are[id] ||
		    !clients_lists_agree(before, lists, &c->proxy->key))
			rules_feed_worker(c, 0);
	}
}

static void
take_api(const struct api_settings *api)
{
	if (!api_settings_take(api))
		return;
	log_event(LOG_INFO, "Names of the API are those of the file",
	    LOG_INT("names", (int64_t)api->n));
	if (children.apid != NULL)
		api_settings_feed(children.apid);
}

/* What of it is new. */
struct news {
	int tenants, rules, lists, limits;
};

static void
log_news(const struct news *news, const struct file_settings *s)
{
	if (news->tenants)
		log_event(LOG_INFO, "Tenants are those of the file",
		    LOG_INT("tenants", (int64_t)s->tenants.n));
	if (news->rules || news->lists)
		log_event(LOG_INFO,
		    "Rules of upstreams and clients are in force: open "
		    "sessions stay",
		    LOG_INT("rules", (int64_t)s->rules.n),
		    LOG_INT("proxies", (int64_t)s->clients.n));
	if (news->limits)
		log_event(LOG_INFO,
		    "Limits of tenants are in force: what there is stays",
		    LOG_INT("limited_tenants", (int64_t)s->limits.n));
}

/* Tenants first: a rule is one of theirs. */
void
file_settings_apply(struct file_settings *s)
{
	const struct file_settings read = *s; /* for its numbers */
	uint32_t ids[TENANTS_MAX + 1];
	struct policies_changed new, changed;
	struct news news;

	take_api(&s->api);
	if (file_profiles_take(&s->profiles) && children.apid != NULL)
		file_profiles_feed(children.apid);
	tenants_keep_policies(&s->tenants, ids);
	rules_map(&s->rules, ids);
	new = new_policies(&s->tenants);
	news.tenants = tenants_take(&s->tenants);
	news.rules = rules_take(&s->rules, &changed);
	news.lists = clients_lists_take(&s->clients);
	news.limits = limits_take(&s->limits);
	log_news(&news, &read);
	if ((news.tenants || news.limits) && children.apid != NULL)
		callers_feed(children.apid);
	if (news.limits) {
		limits_tell_all();
		ports_apply();
	}
	if (news.tenants || news.rules)
		rules_feed(NULL);
	if (news.tenants || news.rules || news.lists)
		tell_workers(&new, &changed, &s->clients);
	clients_lists_free(&s->clients);
}
