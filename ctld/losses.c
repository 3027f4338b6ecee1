/* SPDX-License-Identifier: ISC */
/* See losses.h. */

#include <unistd.h>

#include "agreed.h"
#include "child.h"
#include "children.h"
#include "log.h"
#include "losses.h"
#include "loss_pool.h"
#include "loss_rows.h"
#include "msg.h"
#include "proxies.h"
#include "scenario.h"
#include "state.h"
#include "toxic_spec.h"
#include "toxid.h"

static int
lose(const struct toxics *toxics)
{
	const struct toxic *t;

	TAILQ_FOREACH (t, toxics, entry) {
		if (toxic_spec_needs_program(t->spec))
			return 1;
	}
	return 0;
}

/* Or will, in a step of its scenario. */
static int
loses(const struct proxy *p)
{
	return lose(&p->toxics) ||
	    (p->scenario != NULL && lose(&p->scenario->toxics));
}

/*
 * How many of toxid's programs are in use, or will be: a worker keeps the one
 * that it has had as long as it lives, whatever becomes of its toxics.
 */
static unsigned int
used(void)
{
	const struct proxy *p;
	const struct child *c;
	unsigned int n = 0;

	TAILQ_FOREACH (c, &children.all, entry)
		n += c->loss != NULL;
	TAILQ_FOREACH (p, &proxies.all, entry)
		n += loses(p) && (p->worker == NULL || p->worker->loss == NULL);
	return n;
}

enum answer_code
loss_allowed(const struct proxy *proxy, const struct toxic_spec *spec)
{
	if (!toxic_spec_needs_program(spec))
		return ANSWER_OK;
	if (ctld.start.loss_lacks != LOSS_LACKS_NOTHING)
		return ANSWER_NO_LOSS;
	if (proxy != NULL &&
	    (loses(proxy) ||
		(proxy->worker != NULL && proxy->worker->loss != NULL)))
		return ANSWER_OK;
	return used() < ctld.start.loss_pool ? ANSWER_OK : ANSWER_LOSS_TAKEN;
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
	row = loss_row_of(taken.row, worker->id, worker->proxy);
	if (row == NULL)
		close(*program);
	return row;
}

void
loss_give(struct child *worker, const struct toxic_spec *spec)
{
	const struct proxy *p = worker->proxy;
	struct nothing nothing = { 0 };
	int program;

	if (!toxic_spec_needs_program(spec) || worker->loss != NULL)
		return;
	if (ctld.start.loss_lacks == LOSS_LACKS_NOTHING)
		worker->loss = lend(worker, &program);
	if (worker->loss == NULL) {
		log_event(LOG_WARN, "No segment can be lost: see /health",
		    LOG_PROXY(&p->key), LOG_STR("toxic", spec->name));
		return;
	}
	child_send(worker, MSG_RELAY_LOSS_PROGRAM, 0, &nothing, program);
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
