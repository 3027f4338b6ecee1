/* SPDX-License-Identifier: ISC */
/*
 * The truth as it is kept by stored.  At the start it is loaded; from then on
 * ctld's own is what counts, and the database is its copy: a new
 * stored, or one that could not keep something, is told all of it anew (sync).
 * Until it has that, changes are refused; nothing else waits for a disk.
 */

#include <stdio.h>
#include <string.h>

#include "agenda.h"
#include "agreed.h"
#include "change.h"
#include "child.h"
#include "children.h"
#include "clock.h"
#include "log.h"
#include "mishaps.h"
#include "msg.h"
#include "proxies.h"
#include "requests.h"
#include "scenario_load.h"
#include "source_load.h"
#include "state.h"
#include "store.h"
#include "store_load.h"
#include "store_send.h"
#include "store_tell.h"

#define SYNC_EVERY NS_PER_S

/* What may have been stored is waited for so long: until that is undone. */
#define UNSURE_WITHIN NS_PER_S

/* A proxy that stored died of is tried again. */
#define RETRY_AFTER (600 * NS_PER_S)

/* A change in hand at so many deaths of stored is the reason for them. */
#define CHANGE_DEATHS_MAX 2

void
store_open(void (*stored)(struct change *, enum store_code))
{
	memset(&store, 0, sizeof(store));
	TAILQ_INIT(&store.storing);
	store.stored = stored;
}

void
store_take(const struct store_result *result, int is_populated)
{
	store.result = *result;
	store.is_loaded = 1;
	store.is_populated = is_populated;
}

void
store_init(void)
{
	store.is_loaded = !store_is_used(); /* all of nothing */
}

int
store_is_used(void)
{
	return ctld.start.has_state != 0;
}

/*
 * A new stored.  What the last one was asked, and had not answered, may have
 * been kept or not: the truth without it, and then it again, comes to the same.
 */
void
store_start(void)
{
	if (store.is_loaded)
		store_sync_start();
	else
		store_load();
}

/* ---- its deaths: what it had in hand may be the reason */

/* It is answered when all has been said anew: then it is not there. */
static void
be_unsure(struct change *ch)
{
	ch->is_sent = 0;
	ch->is_unsure = 1;
	ch->deadline = clock_now() + UNSURE_WITHIN;
}

static void
blame_change(struct change *ch)
{
	ch->is_sent = 0;
	if (++ch->deaths < CHANGE_DEATHS_MAX)
		return;
	log_event(LOG_ERROR, "A change is refused: stored died of it, twice",
	    LOG_PROXY(change_key(ch)),
	    LOG_STR("change", msg_name(ch->request->type)));
	mishap_note(ROLE_STORED, ch->proxy, "died of a change, twice");
	be_unsure(ch);
}

/*
 * The same one twice: it is not kept, all others are.  For a while: it may have
 * been chance, or stored may be another then.
 */
static void
blame_proxy(void)
{
	struct store *s = &store;
	struct proxy *p;

	TAILQ_FOREACH (p, &proxies.all, entry) {
		if (p->id == s->probe)
			break;
	}
	if (p == NULL || s->suspect != s->probe) {
		s->suspect = s->probe;
		return;
	}
	p->is_left_out = 1;
	s->retry_at = clock_now() + RETRY_AFTER;
	log_event(LOG_ERROR, "A proxy is not stored: stored dies of it",
	    LOG_PROXY(&p->key));
	mishap_note(ROLE_STORED, p, "dies of it: it is not stored");
}

static void
retry_left_out(int64_t now)
{
	struct store *s = &store;
	struct proxy *p;

	if (s->retry_at == 0 || now < s->retry_at || !s->is_synced)
		return;
	s->retry_at = 0;
	TAILQ_FOREACH (p, &proxies.all, entry)
		p->is_left_out = 0;
	store_resync();
}

/* Of what it said itself, no proxy is the reason. */
static void
died_syncing(const struct child *c)
{
	struct store *s = &store;

	if (c->broke_protocol)
		return;
	s->sync_deaths++;
	if (s->probe != 0)
		blame_proxy();
}

/* A stored that had not even started has died of nothing of ours. */
void
store_died(struct child *c)
{
	struct store *s = &store;
	struct change *ch;

	if (!s->is_loaded)
		store_died_loading(c->was_ready);
	else if (s->serial != 0 && c->was_ready)
		died_syncing(c);
	s->serial = s->populated = s->uses = s->ping = s->probe = 0;
	s->is_synced = 0;
	s->nsent = s->nlapses = 0;
	TAILQ_FOREACH (ch, &store.storing, entry) {
		if (ch->is_sent)
			blame_change(ch);
	}
}

/* ---- changes, and the whole truth */

/* Could it not be kept, the last time that it was tried? */
int
store_is_failing(void)
{
	const struct store *s = &store;

	return !s->is_synced && s->result.code != STORE_OK;
}

static void
sync_if_due(int64_t now)
{
	const struct store *s = &store;

	if (s->is_loaded && !s->is_synced && s->serial == 0 && s->nsent == 0 &&
	    store_is_there() && now >= s->sync_at)
		store_sync_start();
}

/* From now on the change waits for store.stored(). */
void
store_change(struct change *ch)
{
	struct store *s = &store;

	ch->deadline = clock_now() + STORE_WITHIN +
	    (ch->request->is_of_all ? WHOLE_WITHIN : 0);
	ch->serial = change_serial();
	if (store_is_failing() && s->serial == 0) {
		store.stored(ch, (enum store_code)s->result.code);
		return;
	}
	TAILQ_INSERT_TAIL(&store.storing, ch, entry);
	store_send_waiting();
}

void
store_resync(void)
{
	struct store *s = &store;

	if (!store_is_used())
		return;
	s->is_synced = 0;
	s->is_stale = s->serial != 0;
	s->sync_at = 0;
	sync_if_due(clock_now());
}

/*
 * The first apid has said all that is in the file, and nobody else has said
 * anything yet: from now on the truth is what counts.  What clients ask for
 * comes behind it on the channel, and is stored with it or later.
 */
void
store_populated(void)
{
	struct store *s = &store;

	if (!store_is_used() || s->is_populated)
		return;
	s->is_populated = 1;
	if (!store_is_there() || !s->is_synced) {
		store_resync();
		return;
	}
	s->populated = change_serial();
	s->nsent++;
	store_send_nothing(MSG_STORE_POPULATED, 0);
	store_send_nothing(MSG_STORE_COMMIT, s->populated);
}

void
store_token_used(int64_t at)
{
	struct store *s = &store;

	if (!store_is_used())
		return;
	if (s->uses_since == 0 || at < s->uses_since)
		s->uses_since = at;
	store_send_uses();
}

/* ---- what stored says */

/* A failure is said once when it begins, and once when it ends. */
static void
note(const struct store_result *result)
{
	struct store_result as_failed = *result;
	const struct store_result *r = &as_failed;
	struct store *s = &store;

	if (r->code == STORE_UNSURE) /* only who asked has to know */
		as_failed.code = STORE_FAILED;

	if (r->code == STORE_OK && s->result.code != STORE_OK)
		log_info("The state is stored again");
	if (r->code != STORE_OK && s->result.code != r->code)
		log_event(LOG_ERROR, "The state cannot be stored",
		    LOG_STR("error", r->why));
	s->result = *r;
	agenda_add(AGENDA_HEALTH);
	if (r->code == STORE_OK)
		return;
	mishap_note(ROLE_STORED, NULL, r->why);
	s->is_synced = 0;
	s->sync_at = clock_now();
	if (r->code != STORE_CORRUPT) /* which a sync mends */
		s->sync_at += SYNC_EVERY;
}

static struct change *
find_change(uint32_t serial)
{
	struct change *ch;

	TAILQ_FOREACH (ch, &store.storing, entry) {
		if (ch->serial == serial)
			break;
	}
	return ch;
}

/* What was not sent, or is known to be undone, is not there. */
static void
refuse_waiting(enum store_code code)
{
	struct change *ch, *next;

	for (ch = TAILQ_FIRST(&store.storing); ch != NULL; ch = next) {
		next = TAILQ_NEXT(ch, entry);
		if (ch->is_sent || ch->is_unsure || ch->deaths > 0)
			continue;
		TAILQ_REMOVE(&store.storing, ch, entry);
		store.stored(ch, code);
	}
}

/* All has been said anew, and without them: now it is sure. */
static void
settle_unsure(void)
{
	struct change *ch, *next;

	for (ch = TAILQ_FIRST(&store.storing); ch != NULL; ch = next) {
		next = TAILQ_NEXT(ch, entry);
		if (!ch->is_unsure)
			continue;
		TAILQ_REMOVE(&store.storing, ch, entry);
		store.stored(ch, STORE_FAILED);
	}
}

static void
synced(const struct store_result *r)
{
	struct store *s = &store;

	s->serial = 0;
	s->is_synced = r->code == STORE_OK && !s->is_stale;
	note(r);
	if (r->code != STORE_OK) {
		refuse_waiting((enum store_code)s->result.code);
		return;
	}
	s->sync_deaths = 0;
	settle_unsure();
	if (s->is_stale)
		s->sync_at = 0;
}

static void
answered(struct change *ch, const struct store_result *r)
{
	store.nsent--;
	note(r);
	if (r->code == STORE_UNSURE) {
		be_unsure(ch);
		store.sync_at = 0; /* it is waited for */
		return;
	}
	TAILQ_REMOVE(&store.storing, ch, entry);
	store.stored(ch, (enum store_code)r->code);
}

enum answer_code
store_answer(enum store_code code)
{
	switch (code) {
	case STORE_FULL:
		return ANSWER_STORE_FULL;
	case STORE_UNSURE:
		return ANSWER_STORE_UNSURE;
	default:
		return ANSWER_STORE_FAILED;
	}
}

/* -1: nothing of that id was asked */
int
store_stored(uint32_t id, const struct store_result *r)
{
	struct store *s = &store;
	struct change *ch;

	if (!s->is_loaded && id == s->serial && id != 0) {
		if (r->code == STORE_OK &&
		    (scenario_load_is_on() || source_load_is_on()))
			return -1;
		s->serial = 0;
		store_loaded(r);
	} else if (id != 0 && id == s->serial && s->ping == 0) {
		synced(r);
	} else if (id != 0 && id == s->populated) {
		s->populated = 0;
		s->nsent--;
		note(r);
	} else if (id == STORE_LAPSE && s->nlapses > 0) {
		s->nlapses--;
		s->nsent--;
		note(r);
	} else if (id != 0 && id == s->uses) {
		s->uses = 0;
		s->nsent--;
		note(r);
	} else if ((ch = find_change(id)) != NULL && ch->is_sent) {
		answered(ch, r);
	} else {
		return -1;
	}
	sync_if_due(clock_now());
	store_send_waiting();
	store_send_uses();
	return 0;
}

/* ---- time */

/*
 * Nobody can say what has become of a change that was not answered.  The next
 * stored is told the truth without it; that it is so then, is waited for.  One
 * that is being told the truth is left to it, however long that takes: a change
 * that it has not got says nothing against it.
 */
static void
give_up_changes(const struct change *first)
{
	static const struct store_result late = { .code = STORE_FAILED,
		.why = "it takes too long" };
	struct change *ch;

	if (first->is_sent || store.serial == 0) {
		if (children.stored != NULL)
			child_kill(children.stored, "does not store a change");
		store.serial = store.ping = 0;
	}
	note(&late); /* what was queued behind them is refused at once */
	TAILQ_FOREACH (ch, &store.storing, entry) {
		if (!ch->is_unsure && (ch->is_sent || ch->deaths > 0))
			be_unsure(ch);
	}
	refuse_waiting(STORE_FAILED);
}

static int
is_late(const struct change *ch, int64_t now)
{
	return ch != NULL && now >= ch->deadline;
}

static struct change *
first_late(int is_unsure, int64_t now)
{
	struct change *ch;

	TAILQ_FOREACH (ch, &store.storing, entry) {
		if (ch->is_unsure == is_unsure && is_late(ch, now))
			break;
	}
	return ch;
}

int
store_waits(void)
{
	const struct store *s = &store;

	return store_is_used() &&
	    (!s->is_loaded || !s->is_synced || s->serial != 0 ||
		s->retry_at != 0 || !TAILQ_EMPTY(&store.storing));
}

void
store_tick(int64_t now)
{
	struct change *ch;

	store_watch_load(now);
	if ((ch = first_late(0, now)) != NULL)
		give_up_changes(ch);
	while ((ch = first_late(1, now)) != NULL) {
		TAILQ_REMOVE(&store.storing, ch, entry);
		store.stored(ch, STORE_UNSURE);
	}
	retry_left_out(now);
	sync_if_due(now);
}
