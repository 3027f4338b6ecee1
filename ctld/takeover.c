/* SPDX-License-Identifier: ISC */
/* A ctld that follows another: see takeover.h. */

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agenda.h"
#include "agreed.h"
#include "api.h"
#include "api_socket.h"
#include "child.h"
#include "clients.h"
#include "clock.h"
#include "config_file.h"
#include "due.h"
#include "event_make.h"
#include "gate.h"
#include "halting.h"
#include "handed_toxic.h"
#include "health.h"
#include "heart.h"
#include "heritage.h"
#include "in_hand.h"
#include "inquiries.h"
#include "journal.h"
#include "later.h"
#include "leases.h"
#include "tenant_limits.h"
#include "limits_tell.h"
#include "listeners.h"
#include "log.h"
#include "loss_pool.h"
#include "loss_row.h"
#include "losses.h"
#include "mishaps.h"
#include "mode.h"
#include "msg.h"
#include "nitems.h"
#include "ports.h"
#include "proxies.h"
#include "replica.h"
#include "restarts.h"
#include "rules_tell.h"
#include "selects.h"
#include "state.h"
#include "store.h"
#include "takeover.h"
#include "toxic_list.h"
#include "toxic_spec.h"
#include "toxics_done.h"
#include "toxid.h"
#include "truth_load.h"
#include "truth_save.h"
#include "upgrade.h"
#include "vitals.h"
#include "watches.h"
#include "workers.h"

#define ANSWER_WITHIN (5 * NS_PER_S)

/* Meanwhile ctld lives so long that toxid does not count what was before. */
#define REST (CTLD_LIVES + NS_PER_S)

/*
 * Bytes, for what the rest of a start takes: the times of all that there may
 * be, half of it; and of each proxy, for what is taken over of it.
 */
#define ROOM (1 << 20)
#define ROOM_OF_PROXY (sizeof(struct child) + 256)

/* ---- what this one may lack */

static int64_t began;

static void
rest(void)
{
	int64_t left = began + REST - clock_now();

	if (!mode.quit && left > 0)
		(void)poll(NULL, 0, (int)(left / NS_PER_MS));
}

void
takeover_rests(void)
{
	began = clock_now();
	if (ctld.start.follows != PRIV_FIRST)
		(void)atexit(rest);
}

/* ---- what earlier ctlds have died of */

static int
is_poison(enum role role, const struct proxy *p)
{
	static const char why[] = "control processes died of what it said";

	if (!in_hand_is_poison(role, p != NULL ? p->was.worker : 0))
		return 0;
	log_event(LOG_WARN, "A child is not heard any more",
	    LOG_STR("child", role_name(role)), LOG_PROXY(proxy_key_of(p)),
	    LOG_STR("reason", why));
	mishap_note(role, p, why);
	return 1;
}

/* Those of which there is one: the next comes later. */
static void
rest_roles(void)
{
	static const enum role roles[] = { ROLE_APID, ROLE_DIALD, ROLE_RESOLVD,
		ROLE_STORED };
	size_t i;

	for (i = 0; i < nitems(roles); i++) {
		if (is_poison(roles[i], NULL))
			restarts_rest(roles[i], REST);
	}
}

/* ---- what goes on */

/* toxid's id of the diald before, which is killed when all workers know. */
static uint32_t last_diald;

static struct child *
adopt(const struct priv_taken *taken, int channel)
{
	struct child *c = child_adopt(taken, channel, CHILD_GREETED);

	if (c == NULL)
		fatal("%s", __func__);
	c->was_ready = 1;
	c->started = clock_now();
	return c;
}

static void
greet(struct child *c)
{
	heart_awaits(c, ANSWER_WITHIN);
	child_send_nothing(c, MSG_HELLO, ctld.start.epoch);
}

/*
 * diald ends with the ctld that had it: said to the workers, as an upgrade says
 * it before, it is not what they had asked of it that it died of.
 */
static void
greet_worker(struct child *c)
{
	greet(c);
	if (ctld.start.follows == PRIV_DIED)
		child_send_nothing(c, MSG_RELAY_DIALER, 0);
}

static void
adopt_diald(void)
{
	struct priv_taken taken;
	int channel = heritage_role(ROLE_DIALD, &taken);

	if (channel == -1)
		return;
	close(channel);
	last_diald = taken.id;
}

int
takeover_diald_may_start(void)
{
	if (later_waits())
		return 0;
	if (last_diald != 0)
		toxid_kill(last_diald);
	last_diald = 0;
	return 1;
}

static void
adopt_worker(struct proxy *p)
{
	struct priv_taken taken;
	int channel;

	if (is_poison(ROLE_RELAYD, p)) {
		p->restart_delay = REST;
		p->restart_at = clock_now() + REST;
		return;
	}
	if ((channel = heritage_child(p->was.worker, &taken)) == -1)
		return; /* it has died meanwhile */
	p->worker = adopt(&taken, channel);
	p->worker->proxy = p;
	later(p->worker, greet_worker);
}

static void
adopt_proxy(struct proxy *p)
{
	const int fd = heritage_listener(p->was.listener);

	if (p->enabled)
		p->listen_fd = fd;
	else
		p->held_fd = fd;
	if (fd == -1 && (p->enabled || ports_hold(p)))
		p->bind_at = clock_now(); /* see restore.c */
	adopt_worker(p);
	if (p->enabled && p->worker == NULL && p->restart_at == CLOCK_NEVER)
		p->restart_at = clock_now();
	proxy_due(p);
}

static void
adopt_retired(void)
{
	const struct retired *r;
	struct priv_taken taken;
	struct child *c;
	size_t n, i;
	int channel;

	r = truth_retired_workers(&n);
	for (i = 0; i < n; i++) {
		if ((channel = heritage_child(r[i].id, &taken)) == -1)
			continue;
		c = child_adopt(&taken, channel, CHILD_RETIRED);
		if (c == NULL)
			fatal("%s", __func__);
		c->is_dismissed = 1;
		c->retired_from = r[i].proxy_id;
		lease_adopt(c, r[i].lent, 0);
		c->pace.share = r[i].pace;
		lease_belongs(c, limits_state(r[i].tenant));
		gate_adopt_retired(c, r[i].tenant, r[i].inside);
	}
}

/* In an upgrade it has ended before. */
static void
adopt_apid(void)
{
	struct priv_taken taken;
	struct child *apid;
	int channel;

	if (restarts.at[ROLE_APID] > clock_now() ||
	    (channel = heritage_role(ROLE_APID, &taken)) == -1)
		return;
	apid = adopt(&taken, channel);
	apid->serves = 1;
	greet(apid);
	child_send_nothing(apid, MSG_REPLICA_BEGIN, 0);
	replica_feed();
	child_send_nothing(apid, MSG_REPLICA_END, 0);
}

static void
log_follows(void)
{
	unsigned int nclients;

	(void)clients_all(&nclients);
	if (ctld.start.follows == PRIV_UPGRADED)
		log_event(LOG_INFO, "Upgraded",
		    LOG_STR("version", TOXID_VERSION),
		    LOG_INT("proxies", proxies.n),
		    LOG_INT("clients", nclients));
	else
		log_event(LOG_WARN, "Control process was replaced",
		    LOG_INT("proxies", proxies.n));
	event_follows(ctld.start.follows == PRIV_UPGRADED);
}

static void
adopt_all(uint32_t msg_version)
{
	struct proxy *p;

	TAILQ_FOREACH (p, &proxies.all, entry) {
		if (msg_version != MSG_VERSION)
			p->was.worker = 0; /* it would not understand */
		adopt_proxy(p);
	}
	adopt_retired();
	adopt_diald();
	if (msg_version == MSG_VERSION)
		adopt_apid();
}

int
takeover_begin(void)
{
	int i, found, journals[JOURNALS];
	uint32_t msg_version;

	rest_roles();
	for (i = 0; i < JOURNALS; i++) {
		journals[i] = toxid_take(PRIV_MEMORY, (uint32_t)i, NULL);
		if (journals[i] == -1)
			fatalx("%s: there is no journal", __func__);
	}
	truth_files(journals);
	if ((found = truth_load(journals, &msg_version)) == -1)
		fatalx("%s: the journal cannot be read", __func__);
	heritage_open();
	/* they are bound once, in toxid's life */
	api_listens(heritage_api(LISTENER_API));
	api_socket_open(heritage_api(LISTENER_API_SOCKET));
	heritage_clients();
	if (found)
		adopt_all(msg_version);
	heritage_close();
	listeners_go_on();
	truth_loaded();
	if (found) {
		truth_open();
		log_follows();
	}
	return found;
}

/* ---- in the trial of an upgrade */

/* After the exec there is no way back: is there room for the rest, too? */
static int
has_room(void)
{
	/* volatile: a compiler may take it that there is always some */
	void *volatile room = malloc(proxies.n * ROOM_OF_PROXY + ROOM +
	    LOSS_POOL * sizeof(struct loss_row)); /* see loss_rows.h */
	int has_both =
	    room != NULL && truth_reserve(proxies.n, proxies.ntoxics, 0) == 0;

	free(room);
	return has_both;
}

void
takeover_try(const int files[JOURNALS])
{
	uint32_t msg_version;

	if (truth_load(files, &msg_version) != 1 || !has_room())
		_exit(1);
	_exit(msg_version == MSG_VERSION ? TRIAL_SAME : TRIAL_OTHER);
}

/* ---- what they say of themselves */

int
takeover_toxic_here(struct msg *m)
{
	struct child *c = m->from;

	if (m->id != ctld.start.epoch)
		return 0; /* to an earlier one */
	if (c->nhere == PROXY_TOXICS_MAX)
		return -1;
	if (toxics_add(&c->here, msg_get_toxic_spec(m)) == -1) {
		in_hand_end(); /* it is not of what the worker says */
		fatal("%s", __func__);
	}
	c->nhere++;
	return 0;
}

static int
is_like(const struct toxic_spec *a, const struct toxic_spec *b)
{
	return strcmp(a->name, b->name) == 0 && a->kind == b->kind &&
	    a->stream == b->stream;
}

static void
take_away(struct child *worker, const struct toxic *from)
{
	struct toxic_name name;

	for (; from != NULL; from = TAILQ_NEXT(from, entry)) {
		name = toxic_name_of(from);
		child_send(worker, MSG_RELAY_TOXIC_REMOVE, 0, &name, -1);
	}
}

/*
 * What the truth has and the worker has not, or otherwise: an earlier ctld died
 * before it had said it, or had said what was never true.
 */
static void
say_difference(struct child *worker, struct proxy *p)
{
	const struct toxic *is = TAILQ_FIRST(&worker->here);
	struct toxic *t = TAILQ_FIRST(&p->toxics);

	while (is != NULL && t != NULL && is_like(is->spec, t->spec)) {
		select_goes_on(p, t->spec, is->spec);
		if (!handed_toxic_is_same(is->spec, t->spec))
			child_send(
			    worker, MSG_RELAY_TOXIC_UPDATE, 0, t->spec, -1);
		toxic_goes_on(t, is);
		is = TAILQ_NEXT(is, entry);
		t = TAILQ_NEXT(t, entry);
	}
	take_away(worker, is);
	for (; t != NULL; t = TAILQ_NEXT(t, entry)) {
		worker_gets(worker, t);
		child_send(worker, MSG_RELAY_TOXIC_ADD, 0, t->spec, -1);
	}
	loss_go_on(worker);
	toxics_free(&worker->here);
}

static int
is_sound(const struct relay_here *here)
{
	return here->lent <= (uint64_t)ctld.options.worker_buffer &&
	    here->borrows <= (uint64_t)ctld.options.worker_buffer - here->lent;
}

int
takeover_worker_here(struct msg *m)
{
	const struct relay_here *here = msg_get_relay_here(m);
	struct child *c = m->from;

	if (m->id != ctld.start.epoch)
		return 0;
	if (!is_sound(here))
		return -1;
	if (here->state != RELAY_RUNNING ||
	    (here->is_final && !mode.is_draining)) {
		child_kill(c, "its ctld died too early, or too late, for it");
		return 0;
	}
	c->state = CHILD_RUNNING;
	c->lent_keep = here->keep < here->lent ? here->keep : UINT64_MAX;
	lease_adopt(c, here->lent, here->borrows);
	heart_beats(c);
	c->given = here->given;
	worker_has_counted(c, &here->counters);
	say_difference(c, c->proxy);
	worker_connect(c, &here->connect);
	halting_adopt(c, here);
	rules_feed_worker(c, 0);
	gate_adopt(c, here);
	limits_tell(c);
	watch_tell_worker(c->proxy);
	replica_counters(c->proxy);
	inquiries_go_on(c);
	agenda_add(AGENDA_HEALTH);
	agenda_add(AGENDA_CHANGES); /* they are not this worker's fault */
	return 0;
}

/*
 * What it has asked, and is not among what we have read, an earlier ctld had:
 * nobody knows what became of that.
 */
int
takeover_apid_here(struct msg *m)
{
	struct child *c = m->from;
	uint32_t asked = msg_get_api_here(m)->asked, lost = c->first_id;

	if (m->id != ctld.start.epoch)
		return 0;
	if (!msg_get_api_here(m)->serves) { /* the next one reads it anew */
		child_kill(c, "its ctld died while it read the file");
		return 0;
	}
	if (config_fd() != -1) {
		config_close();
		store_populated();
	}
	if (lost == 0) {
		c->asked_id = asked;
		lost = asked + 1 != 0 ? asked + 1 : 1;
	}
	c->state = CHILD_RUNNING;
	heart_beats(c);
	child_send_nothing(c, MSG_API_LOST, lost);
	api_feed(c); /* an earlier ctld may not have come to say so */
	api_remind(c);
	if (msg_get_api_here(m)->finishes)
		upgrade_apid_finishes();
	vitals_report();
	health_feed();
	agenda_add(AGENDA_HEALTH);
	return 0;
}
