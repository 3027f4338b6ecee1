/* SPDX-License-Identifier: ISC */
/*
 * The truth as stored says it at the start: checked row by row, bounded, and
 * not waited for without an end.
 */

#include <stdio.h>
#include <string.h>

#include "agenda.h"
#include "agreed.h"
#include "change.h"
#include "child.h"
#include "children.h"
#include "clock.h"
#include "config_file.h"
#include "event_ring.h"
#include "expiry.h"
#include "give_up.h"
#include "halts.h"
#include "log.h"
#include "msg.h"
#include "proxies.h"
#include "proxy_spec.h"
#include "restore.h"
#include "scenario_load.h"
#include "source_load.h"
#include "sources.h"
#include "state.h"
#include "store.h"
#include "store_load.h"
#include "store_send.h"
#include "tenants.h"
#include "terms.h"
#include "text_put.h"
#include "toxic_owner.h"
#include "truth_save.h"

/* A database as large as can be takes a second. */
#define LOAD_WITHIN (60 * NS_PER_S)
#define LOAD_IS_SLOW (3 * NS_PER_S)
#define LOAD_DEATHS_MAX 3

static void __attribute__((__noreturn__)) state_is_bad(const char *why)
{
	char text[512];

	snprintf(text, sizeof(text), "state directory %s: %s",
	    ctld.options.state, why);
	give_up(text);
}

void
store_load(void)
{
	struct store *s = &store;

	s->serial = change_serial();
	s->loading_since = clock_now();
	s->tell_at = s->loading_since + LOAD_IS_SLOW;
	store_send_nothing(MSG_STORE_LOAD, s->serial);
}

/* A load that stored died in is begun again; but not for ever. */
void
store_died_loading(int was_ready)
{
	struct store *s = &store;
	char proxy[PROXY_KEY_TEXT_MAX + 1], why[sizeof(proxy) + 128];
	struct proxy *p;

	s->load_deaths += was_ready != 0;
	if (s->load_deaths == LOAD_DEATHS_MAX) {
		proxy_key_text(proxy_key_of(s->loading), proxy);
		snprintf(why, sizeof(why),
		    "the database cannot be read: stored died %d times, the "
		    "last time behind proxy \"%s\"",
		    LOAD_DEATHS_MAX, proxy);
		state_is_bad(why);
	}
	s->loading = NULL;
	s->is_dropping = 0;
	tenants_drop_stored();
	halts_clear();
	scenario_load_forget();
	source_load_forget();
	sources_clear();
	while ((p = TAILQ_FIRST(&proxies.all)) != NULL)
		proxy_remove(p);
}

/*
 * A configuration file that is not the one that was, or cannot be read, would
 * give what is theirs to whoever comes, as without tenants nobody is asked who
 * he is.
 */
void
store_refuse_to_open(const char *tenant, const char *what)
{
	char why[384];

	if (tenant[0] == '\0' || tenants_now()->n > 0)
		return;
	snprintf(why, sizeof(why),
	    "it has %s of tenant \"%s\", and no configuration file says who "
	    "that is: start with one that has tenants",
	    what, tenant);
	state_is_bad(why);
}

/* It was over before toxid began; stored is told so. */
static void
drop(const struct proxy_key *key, const char *toxic)
{
	store.has_dropped = 1;
	log_event(LOG_INFO,
	    *toxic != '\0' ? "Lease over: toxic dropped"
			   : "Lease over: proxy dropped",
	    LOG_PROXY(key), LOG_STR("toxic", toxic));
}

/*
 * Nobody's, where there is no row of its source; that is told, before another
 * source gets that id.
 */
static uint32_t
owner_of(const struct stored_proxy *stored)
{
	const uint32_t id = source_known(stored->source);

	if (id != stored->source)
		store.has_dropped = 1;
	return id;
}

int
store_loads_proxy(const struct stored_proxy *stored)
{
	const int64_t lease = term_of_wall(stored->spec.lease);
	struct store *s = &store;
	struct proxy *p;

	if (s->serial == 0 || scenario_load_is_on() || source_load_is_on() ||
	    proxies.n >= (unsigned int)ctld.options.max_proxies ||
	    proxy_find(&stored->spec.key) != NULL)
		return -1;
	store_refuse_to_open(stored->spec.key.tenant, "proxies");
	s->is_dropping = lease == TERM_IS_OVER;
	if (s->is_dropping) {
		drop(&stored->spec.key, "");
		return 0;
	}
	if ((p = proxy_new(&stored->spec)) == NULL || expiry_reserve() == -1)
		give_up("out of memory");
	text_put(p->given, sizeof(p->given), stored->given);
	p->enabled = stored->spec.enabled;
	p->config_print = stored->config_print;
	p->source = owner_of(stored);
	p->lease = lease;
	proxy_enter(p, NULL);
	expiry_set(p);
	s->loading = p;
	return 0;
}

int
store_loads_toxic(const struct toxic_create *t)
{
	const int64_t lease = term_of_wall(t->spec.lease);
	struct store *s = &store;
	struct toxic *loaded;

	if (s->is_dropping) /* with its proxy */
		return 0;
	if (s->loading == NULL ||
	    proxy_key_compare(&s->loading->key, &t->proxy) != 0 ||
	    s->loading->scenario != NULL || scenario_load_is_on() ||
	    s->loading->ntoxics == PROXY_TOXICS_MAX ||
	    proxies.ntoxics == TOXICS_MAX || t->spec.name[0] == '\0' ||
	    toxic_owner_kind(&t->spec) == OWNER_SCENARIO ||
	    proxy_toxic_find(s->loading, t->spec.name) != NULL)
		return -1;
	if (lease == TERM_IS_OVER) {
		drop(&t->proxy, t->spec.name);
		return 0;
	}
	if ((loaded = proxy_toxic_add(s->loading, &t->spec)) == NULL)
		give_up("out of memory");
	loaded->spec->lease = lease;
	expiry_set(s->loading);
	return 0;
}

/* The file's tenants and tokens are known by now, and come first. */
int
store_loads_token(const struct credential *c)
{
	const struct credential *same = tenants_credential(&c->digest);
	size_t n;

	if (store.serial == 0 || !c->is_stored)
		return -1;
	if (same == NULL)
		same = tenants_token(c->tenant, c->name, &n);
	else
		n = 0;
	if ((same != NULL && same->is_stored) ||
	    n >= (size_t)2 * TENANT_TOKENS_MAX)
		return -1;
	store_refuse_to_open(c->tenant, "tokens");
	if (same != NULL || !tenants_have(c->tenant)) {
		store.has_dropped = 1;
		tenants_log_dropped(
		    c, same != NULL ? TOKEN_IS_FILES : TENANT_IS_GONE);
		return 0;
	}
	if (tenants_token_room() == -1)
		give_up("out of memory");
	tenants_token_add(c);
	return 0;
}

/* Whoever it is, and has gone from the file: nobody has said that its toxics
 * are to be on again. */
int
store_loads_halt(const struct halt *h)
{
	if (store.serial == 0 || halts_have(h->tenant) || halts_room() == -1)
		return -1;
	halts_add(h);
	halts_log(h, "Toxics are still halted");
	return 0;
}

/* Starting with nothing would look as if all had been lost, and lose it. */
void
store_loaded(const struct store_result *r)
{
	struct store *s = &store;
	char why[256];

	if (r->code != STORE_OK) {
		snprintf(why, sizeof(why), "the database cannot be read: %s",
		    r->why);
		state_is_bad(why);
	}
	s->is_loaded = 1;
	s->is_synced = !s->has_dropped; /* else it is told so at once */
	s->is_populated = (int)r->is_populated;
	s->loading = NULL;
	s->is_dropping = 0;
	log_event(LOG_INFO, "State restored",
	    LOG_STR("state", ctld.options.state),
	    LOG_INT("proxies", proxies.n));
	if (s->is_populated && config_fd() != -1) {
		log_event(LOG_INFO,
		    "Config file not read: the state directory has the truth",
		    LOG_STR("config", ctld.options.config));
		config_has_no_say();
	}
	event_ring_begin(r->event_block);
	truth_open(); /* before, it is the database that has the truth */
	restore_all();
	agenda_add(AGENDA_START); /* apid may come */
}

/* The API waits for it: how far it is, only the log can say. */
void
store_watch_load(int64_t now)
{
	struct store *s = &store;

	if (s->is_loaded || s->serial == 0 || !store_is_there())
		return;
	if (now - s->loading_since >= LOAD_WITHIN) {
		child_kill(children.stored, "does not load the state");
	} else if (now >= s->tell_at) {
		s->tell_at = now + LOAD_IS_SLOW;
		log_event(LOG_WARN, "Loading the state takes long",
		    LOG_STR("state", ctld.options.state),
		    LOG_INT("proxies", proxies.n),
		    LOG_INT("toxics", proxies.ntoxics),
		    LOG_INT("seconds", (now - s->loading_since) / NS_PER_S));
	}
}
