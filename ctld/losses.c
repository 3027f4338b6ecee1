/* SPDX-License-Identifier: ISC */
/* See losses.h. */

#include <unistd.h>

#include "agreed.h"
#include "child.h"
#include "children.h"
#include "log.h"
#include "losses.h"
#include "loss_pairs.h"
#include "msg.h"
#include "proxies.h"
#include "state.h"
#include "toxic_spec.h"
#include "toxid.h"

static int
loses(const struct proxy *p)
{
	const struct toxic *t;

	TAILQ_FOREACH (t, &p->toxics, entry) {
		if (toxic_spec_needs_program(t->spec))
			return 1;
	}
	return 0;
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
		n += c->has_loss != 0;
	TAILQ_FOREACH (p, &proxies.all, entry)
		n += loses(p) && (p->worker == NULL || !p->worker->has_loss);
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
		(proxy->worker != NULL && proxy->worker->has_loss)))
		return ANSWER_OK;
	return used() < LOSS_PAIRS ? ANSWER_OK : ANSWER_LOSS_TAKEN;
}

/* toxid knows whose they are, also if another ctld has asked. */
void
loss_give(struct child *worker, const struct toxic_spec *spec)
{
	const struct proxy *p = worker->proxy;
	struct relay_loss loss = { .port = p->listen.address.port };
	struct nothing nothing = { 0 };
	int program = -1, map = -1;

	if (!toxic_spec_needs_program(spec) || worker->has_loss)
		return;
	if (ctld.start.loss_lacks == LOSS_LACKS_NOTHING) {
		program = toxid_take(PRIV_LOSS_PROGRAM, worker->id, NULL);
		map = toxid_take(PRIV_LOSS_MAP, worker->id, NULL);
	}
	if (program == -1 || map == -1) {
		log_event(LOG_WARN, "No segment can be lost: see /health",
		    LOG_PROXY(&p->key), LOG_STR("toxic", spec->name));
		if (program != -1)
			close(program);
		return;
	}
	worker->has_loss = 1;
	child_send(worker, MSG_RELAY_LOSS_PROGRAM, 0, &nothing, program);
	child_send(worker, MSG_RELAY_LOSS_MAP, 0, &loss, map);
}
