/* SPDX-License-Identifier: ISC */
/* See losses.h. */

#include <unistd.h>

#include "agenda.h"
#include "agreed.h"
#include "change.h"
#include "child.h"
#include "children.h"
#include "clock.h"
#include "door.h"
#include "due.h"
#include "log.h"
#include "losses.h"
#include "loss_pool.h"
#include "loss_rows.h"
#include "msg.h"
#include "proxies.h"
#include "scenario.h"
#include "state.h"
#include "syn_loss.h"
#include "toxic_spec.h"
#include "toxid.h"

#define AGAIN_AFTER NS_PER_S /* what was lost is likely to be, once more */

static int is_lacking; /* some worker has none that is to have one */

static int
any(const struct toxics *toxics, int (*is)(const struct toxic_spec *))
{
	const struct toxic *t;

	TAILQ_FOREACH (t, toxics, entry) {
		if (is(t->spec))
			return 1;
	}
	return 0;
}

static int
lose(const struct toxics *toxics)
{
	return any(toxics, toxic_spec_loses);
}

/* Or will, in a step of its scenario. */
static int
loses(const struct proxy *p)
{
	return lose(&p->toxics) ||
	    (p->scenario != NULL && lose(&p->scenario->toxics));
}

/*
 * It keeps the one that it has had as long as it lives, whatever becomes of its
 * toxics, and of the ctld that gave it.
 */
static int
has_program(const struct child *worker)
{
	return worker != NULL && worker->role == ROLE_RELAYD &&
	    (worker->loss != NULL || loss_row_is_lent(worker->id));
}

static int
needs_program(const struct proxy *p)
{
	return loses(p) || has_program(p->worker);
}

/* It does, or will in a step of its scenario, or has it already. */
static int
needs_door(const struct proxy *p)
{
	return p->connect.syn_loss > 0 || syn_loss_has(p) ||
	    (p->scenario != NULL && scenario_syn_loss(&p->scenario->spec) > 0);
}

unsigned int
loss_programs_of(const struct proxy *p)
{
	return (unsigned int)needs_program(p) + (unsigned int)needs_door(p);
}

/* How many of toxid's programs are in use, or will be. */
static unsigned int
used(void)
{
	const struct proxy *p;
	const struct child *c;
	unsigned int n = change_counts.programs_to_be;

	TAILQ_FOREACH (c, &children.all, entry)
		n += c->proxy == NULL && has_program(c); /* it is retired */
	TAILQ_FOREACH (p, &proxies.all, entry)
		n += loss_programs_of(p);
	return n;
}

enum answer_code
loss_allowed(const struct proxy *p, const struct toxic_spec *spec)
{
	if (!toxic_spec_needs_program(spec))
		return ANSWER_OK;
	if (ctld.start.loss_lacks != LOSS_LACKS_NOTHING)
		return ANSWER_NO_LOSS;
	if (!toxic_spec_loses(spec) || (p != NULL && needs_program(p)))
		return ANSWER_OK;
	return used() < ctld.start.loss_pool ? ANSWER_OK : ANSWER_LOSS_TAKEN;
}

enum answer_code
loss_update_allowed(const struct toxic_spec *was, const struct toxic_spec *is)
{
	int slot;

	if (!toxic_spec_loses(is) ||
	    ctld.start.loss_lacks == LOSS_LACKS_NOTHING)
		return ANSWER_OK;
	for (slot = 0; slot < TCP_LOSS_NATTRIBUTES; slot++) {
		if (is->values[slot].fraction < was->values[slot].fraction ||
		    is->values[slot].fraction > was->values[slot].fraction)
			return ANSWER_NO_LOSS;
	}
	return ANSWER_OK;
}

enum answer_code
losses_allowed(struct change *ch, double syn_loss)
{
	const struct proxy *p = ch->proxy;
	const int is_at_door = syn_loss > 0;
	unsigned int n = 0;

	if (!is_at_door && !any(&ch->toxics, toxic_spec_needs_program))
		return ANSWER_OK;
	if (ctld.start.loss_lacks != LOSS_LACKS_NOTHING)
		return ANSWER_NO_LOSS;
	if (lose(&ch->toxics))
		n += p == NULL || !needs_program(p);
	if (is_at_door)
		n += p == NULL || !needs_door(p);
	if (n > 0 && used() + n > ctld.start.loss_pool + ch->programs_back)
		return ANSWER_LOSS_TAKEN;
	change_count_programs(ch, n);
	return ANSWER_OK;
}

/* toxid knows whose it is, also if another ctld has asked. */
static struct loss_row *
lend(const struct child *worker, int *program)
{
	struct priv_taken taken;
	struct loss_row *row;

	*program = toxid_take(PRIV_LOSS_PROGRAM, worker->id, &taken);
	if (*program == -1)
		return NULL;
	row = loss_row_of(taken.row, worker->id, worker->proxy,
	    proxy_first_session(worker->proxy));
	if (row == NULL)
		close(*program);
	return row;
}

/* 0: there is none to be had. */
static int
send_program(struct child *worker)
{
	static const struct nothing nothing;
	struct loss_row *row;
	int fd;

	if ((row = lend(worker, &fd)) == NULL)
		return 0;
	worker->loss = row;
	child_send(worker, MSG_RELAY_LOSS_PROGRAM, 0, &nothing, fd);
	return 1;
}

static int
send_unplug(struct child *worker)
{
	static const struct nothing nothing;
	int fd;

	if ((fd = toxid_take(PRIV_LOSS_SHARED, LOSS_UNPLUG, NULL)) == -1)
		return 0;
	worker->has_unplug = 1;
	child_send(worker, MSG_RELAY_UNPLUG, 0, &nothing, fd);
	return 1;
}

/* 0: it has not what that toxic needs. */
static int
give(struct child *worker, const struct toxic_spec *spec)
{
	if (!toxic_spec_needs_program(spec))
		return 1;
	if (ctld.start.loss_lacks != LOSS_LACKS_NOTHING)
		return 0;
	if (toxic_spec_loses(spec))
		return worker->loss != NULL || send_program(worker);
	return worker->has_unplug || send_unplug(worker);
}

/* Where there are any: that they are all in use has its end. */
void
loss_give(struct child *worker, const struct toxic_spec *spec)
{
	const int is_late = ctld.start.loss_lacks == LOSS_LACKS_NOTHING;

	if (give(worker, spec))
		return;
	is_lacking |= is_late;
	log_event(LOG_WARN,
	    is_late ? "No segment is lost yet: all programs are in use"
		    : "No segment can be lost: see /health",
	    LOG_PROXY(&worker->proxy->key), LOG_STR("toxic", spec->name));
}

/* 0: it has not all that it needs. */
static int
give_again(const struct proxy *p)
{
	const int had = p->worker->loss != NULL;
	const struct toxic *t;
	int has = 1;

	TAILQ_FOREACH (t, &p->toxics, entry)
		has &= give(p->worker, t->spec);
	if (p->worker->loss != NULL && !had) {
		loss_look(p);
		log_event(LOG_INFO, "Segments are lost now: a program was free",
		    LOG_PROXY(&p->key));
	}
	return has;
}

static void
workers_give_again(void)
{
	struct proxy *p;

	is_lacking = 0;
	TAILQ_FOREACH (p, &proxies.all, entry) {
		if (p->worker != NULL && p->worker->state != CHILD_KILLED)
			is_lacking |= !give_again(p);
	}
}

/*
 * A worker that takes another's place comes before that one has ended, which
 * keeps its program so long; likewise a listener.
 */
void
losses_give_again(void)
{
	struct proxy *p;

	agenda_done(AGENDA_PROGRAMS);
	if (is_lacking)
		workers_give_again();
	if (syn_loss_is_lacking()) {
		TAILQ_FOREACH (p, &proxies.all, entry)
			door_lose(p);
	}
}

void
loss_program_lost(struct child *worker)
{
	worker->programs_at = clock_now() + AGAIN_AFTER;
	child_due(worker);
}

/* Whatever it was sent: of what it has a second one it drops. */
void
loss_look_again(struct child *worker, int64_t now)
{
	if (worker->programs_at == 0 || now < worker->programs_at)
		return;
	worker->programs_at = 0;
	if ((worker->loss != NULL && !send_program(worker)) ||
	    (worker->has_unplug && !send_unplug(worker)))
		loss_program_lost(worker);
}

void
loss_go_on(struct child *worker)
{
	const struct proxy *p = worker->proxy;
	const struct toxic *t;

	TAILQ_FOREACH (t, &p->toxics, entry)
		loss_give(worker, t->spec);
	loss_look(p);
}

void
loss_look(const struct proxy *p)
{
	if (p->worker != NULL && p->worker->loss != NULL)
		loss_row_set(p->worker->loss, &p->toxics);
}
