/* SPDX-License-Identifier: ISC */
/*
 * What ctld may ask of a worker, and when.  It is trusted: a message that it
 * may not send is a bug of ours, and ends the worker.
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "child.h"
#include "connect.h"
#include "log.h"
#include "loss.h"
#include "nitems.h"
#include "own_toxics.h"
#include "relayd.h"
#include "title.h"

/* Every change is at work on all sessions when it is answered. */
static void
answer(enum msg_type type, uint32_t id)
{
	sessions_run();
	if (id != 0 && chan_send_nothing(&relay.ctld.chan, type, id) == -1)
		log_warn("%s", __func__);
}

static void
done(uint32_t id)
{
	answer(MSG_RELAY_DONE, id);
}

static int
on_assign(struct msg *m)
{
	const struct relay_assign *assign = msg_get_relay_assign(m);
	char title[sizeof(relay.name) + 32];

	if (m->fd == -1)
		return -1;
	proxy_key_text(&assign->key, relay.name);
	memcpy(relay.upstream, assign->upstream, sizeof(relay.upstream));
	relay.assignment = assign->assignment;
	relay.first_session = assign->first_session;
	relay.earlier_sessions = assign->earlier_sessions;
	if (assign->lost_sessions > 0)
		ended_note_several((enum session_end)assign->lost_by,
		    assign->lost_sessions, NULL);
	snprintf(title, sizeof(title), "toxid: relayd [%s]", relay.name);
	title_set(title);
	listener_open(child_take_listener(msg_take_fd(m), LISTENER_FD));
	relay.state = RELAY_ASSIGNED;
	return 0;
}

static int
on_dialer(struct msg *m)
{
	if (m->id == 0)
		dialer_end();
	else
		dialer_open(msg_take_fd(m), m->id);
	return 0;
}

/*
 * Where its select begins now, ctld hears how many sessions there were: it says
 * so to the next worker.
 */
static void
toxic_is_done(uint32_t id, const struct toxic_spec *spec)
{
	struct toxic_select select;

	if (toxic_select_get(spec, &select) && select.base == SELECT_FROM_NOW)
		counters_answer(0);
	done(id);
}

static int
on_toxic_add(struct msg *m)
{
	const struct toxic_spec *spec = msg_get_toxic_spec(m);

	if (toxic_list_add(spec) == -1)
		return -1;
	toxic_is_done(m->id, spec);
	return 0;
}

static int
on_toxic_update(struct msg *m)
{
	const struct toxic_spec *spec = msg_get_toxic_spec(m);

	if (toxic_list_update(spec) == -1)
		return -1;
	toxic_is_done(m->id, spec);
	return 0;
}

static int
on_toxic_remove(struct msg *m)
{
	const struct toxic_name *name = msg_get_toxic_name(m);

	if (toxic_list_remove(name->name) == -1)
		return -1;
	done(m->id);
	return 0;
}

static int
on_halt(struct msg *m)
{
	toxic_list_halt();
	connect_look();
	answer(MSG_RELAY_HALTED, m->id);
	return 0;
}

static int
on_resume(struct msg *m)
{
	connect_ahead(&relay.connect);
	toxic_list_resume();
	connect_look();
	answer(MSG_RELAY_HALTED, m->id);
	return 0;
}

static int
on_clients(struct msg *m)
{
	client_rules_set(msg_get_relay_clients(m));
	return 0;
}

static int
on_proxy_clients(struct msg *m)
{
	client_rules_set_own(msg_get_relay_clients(m));
	return 0;
}

static int
on_connect(struct msg *m)
{
	connect_set(msg_get_connect_spec(m));
	done(m->id);
	return 0;
}

static int
on_loss_program(struct msg *m)
{
	loss_take_program(msg_take_fd(m));
	sessions_make_ready(); /* it may come late: see ctld/losses.c */
	return 0;
}

static int
on_unplug(struct msg *m)
{
	loss_take_unplug(msg_take_fd(m));
	sessions_make_ready();
	return 0;
}

static int
on_gate(struct msg *m)
{
	gate_set(m->id);
	return 0;
}

static int
on_entered(struct msg *m)
{
	return gate_entered(m->id, msg_get_relay_entered(m));
}

static int
on_pace(struct msg *m)
{
	pace_set(msg_get_relay_bytes(m)->bytes);
	return 0;
}

static int
on_watch(struct msg *m)
{
	counters_watched(m->id != 0);
	return 0;
}

static int
on_start(struct msg *m)
{
	(void)m;
	relay.state = RELAY_RUNNING;
	listener_start();
	return 0;
}

/* The sessions that there are go on to their own ends. */
static int
on_drain(struct msg *m)
{
	gate_shut(); /* ctld is not asked any more */
	listener_drain();
	late_clients_end();
	late_dials_end();
	relay.is_final = 1;
	sessions_make_ready();
	counters_answer(m->id);
	return 0;
}

/* Another worker has the same socket: it is not shut down. */
static int
on_retire(struct msg *m)
{
	(void)m;
	late_clients_end();
	late_dials_end();
	gate_shut();
	listener_close();
	relay.retires = relay.is_final = 1;
	sessions_make_ready();
	return 0;
}

static int
on_ask(struct msg *m)
{
	const struct relay_ask *ask = msg_get_relay_ask(m);

	return session_wish_is_own(ask->wish) ? -1 : inquiry_take(m->id, ask);
}

static int
on_own_ask(struct msg *m)
{
	return inquiry_take_own(m->id, msg_get_own_toxic(m));
}

/*
 * What was asked before is one of them, if it is about one: it does not come
 * after all have gone.  Who hears that they have may make others: they are
 * counted no more by then.
 */
static int
on_own_gone(struct msg *m)
{
	inquiry_run_own();
	own_toxics_remove_all();
	counters_answer(0);
	done(m->id);
	return 0;
}

static int
on_lend(struct msg *m)
{
	const struct relay_bytes *lent = msg_get_relay_bytes(m);

	return lease_lent((size_t)lent->bytes);
}

static int
on_recall(struct msg *m)
{
	const struct relay_bytes *keep = msg_get_relay_bytes(m);

	lease_recalled((size_t)keep->bytes);
	return 0;
}

/* What another ctld has to know: what was sent before it may drop. */
static int
on_hello(struct msg *m)
{
	const struct lease *l = &relay.lease;
	struct relay_here here = { .state = relay.state,
		.is_final = (uint32_t)relay.is_final,
		.is_halted = (uint32_t)relay.is_halted,
		.given = relay.given,
		.connect = relay.connect,
		.lent = l->lent,
		.keep = l->keep,
		.borrows = l->borrowed };

	inquiry_forget();
	toxic_list_say(m->id);
	here.counters = relay.counters;
	here.counters.held = relay.budget.held;
	gate_say(&here);
	if (chan_send(&relay.ctld.chan, MSG_RELAY_HERE, m->id, &here, -1) == -1)
		log_warn("%s", __func__);
	return 0;
}

#define ASSIGNED_OR_RUNNING (RELAY_ASSIGNED | RELAY_RUNNING)

static const struct handler from_ctld[MSG_MAX] = {
	[MSG_PING] = { child_on_ping, RELAY_SPARE | ASSIGNED_OR_RUNNING },
	[MSG_HELLO] = { on_hello, RELAY_SPARE | ASSIGNED_OR_RUNNING },
	[MSG_RELAY_ASSIGN] = { on_assign, RELAY_SPARE },
	[MSG_RELAY_DIALER] = { on_dialer, ASSIGNED_OR_RUNNING },
	[MSG_RELAY_TOXIC_ADD] = { on_toxic_add, ASSIGNED_OR_RUNNING },
	[MSG_RELAY_TOXIC_UPDATE] = { on_toxic_update, ASSIGNED_OR_RUNNING },
	[MSG_RELAY_TOXIC_REMOVE] = { on_toxic_remove, ASSIGNED_OR_RUNNING },
	[MSG_RELAY_HALT] = { on_halt, ASSIGNED_OR_RUNNING },
	[MSG_RELAY_RESUME] = { on_resume, ASSIGNED_OR_RUNNING },
	[MSG_RELAY_CLIENTS] = { on_clients, ASSIGNED_OR_RUNNING },
	[MSG_RELAY_PROXY_CLIENTS] = { on_proxy_clients, ASSIGNED_OR_RUNNING },
	[MSG_RELAY_CONNECT] = { on_connect, ASSIGNED_OR_RUNNING },
	[MSG_RELAY_LOSS_PROGRAM] = { on_loss_program, ASSIGNED_OR_RUNNING },
	[MSG_RELAY_UNPLUG] = { on_unplug, ASSIGNED_OR_RUNNING },
	[MSG_RELAY_GATE] = { on_gate, ASSIGNED_OR_RUNNING },
	[MSG_RELAY_PACE] = { on_pace, ASSIGNED_OR_RUNNING },
	[MSG_RELAY_WATCH] = { on_watch, ASSIGNED_OR_RUNNING },
	[MSG_RELAY_ENTERED] = { on_entered, RELAY_RUNNING },
	[MSG_RELAY_START] = { on_start, RELAY_ASSIGNED },
	[MSG_RELAY_DRAIN] = { on_drain, RELAY_RUNNING },
	[MSG_RELAY_LEND] = { on_lend, RELAY_RUNNING },
	[MSG_RELAY_RECALL] = { on_recall, RELAY_RUNNING },
	[MSG_RELAY_ASK] = { on_ask, ASSIGNED_OR_RUNNING },
	[MSG_RELAY_OWN_ASK] = { on_own_ask, ASSIGNED_OR_RUNNING },
	[MSG_RELAY_OWN_GONE] = { on_own_gone, ASSIGNED_OR_RUNNING },
	[MSG_RELAY_RETIRE] = { on_retire, ASSIGNED_OR_RUNNING },
};

static unsigned int
state(void)
{
	return relay.state;
}

void
ctld_readable(struct watch *w, uint32_t events)
{
	(void)w;
	(void)events;
	if (child_receive(&relay.ctld.chan, from_ctld, state) == -1)
		relay.state = RELAY_ENDED;
}
