/* SPDX-License-Identifier: ISC */
/* See toxics_done.h. */

#include "child.h"
#include "msg.h"
#include "proxies.h"
#include "state.h"
#include "toxics_done.h"

void
toxic_is_given(struct child *worker, struct toxic *t)
{
	t->nth = ++worker->given;
}

void
toxic_goes_on(struct toxic *t, const struct toxic *is)
{
	t->nth = is->nth;
	t->counts = is->counts;
	t->has_news = 1;
}

static void
add(struct toxic_counts *sum, const struct toxic_counts *more)
{
	sum->hits += more->hits;
	sum->delayed += more->delayed;
	sum->dropped += more->dropped;
}

void
toxics_keep_counts(struct proxy *p)
{
	struct toxic *t;

	TAILQ_FOREACH (t, &p->toxics, entry) {
		add(&t->earlier, &t->counts);
		t->counts = (struct toxic_counts){ 0 };
		t->nth = 0;
	}
}

struct toxic_counts
toxic_has_done(const struct toxic *t)
{
	struct toxic_counts sum = t->earlier;

	add(&sum, &t->counts);
	return sum;
}

static struct toxic *
find(struct toxics *toxics, uint64_t nth)
{
	struct toxic *t;

	TAILQ_FOREACH (t, toxics, entry) {
		if (t->nth == nth)
			break;
	}
	return t;
}

static int
have_grown(const struct toxic_counts *c, const struct toxic_counts *before)
{
	return c->hits >= before->hits && c->delayed >= before->delayed &&
	    c->dropped >= before->dropped;
}

/* One that is not there any more, the worker is yet to be told of. */
int
toxic_counted(struct msg *m)
{
	const struct toxic_counted *counted = msg_get_toxic_counted(m);
	struct child *c = m->from;
	struct toxic *t = find(&c->proxy->toxics, counted->nth);

	if (m->id != 0 || counted->nth == 0 || counted->nth > c->given)
		return -1;
	if (t == NULL)
		return 0;
	if (!have_grown(&counted->counts, &t->counts))
		return -1;
	t->counts = counted->counts;
	t->has_news = 1;
	return 0;
}

/* Of the last one that it has said it has. */
int
toxic_counted_here(struct msg *m)
{
	const struct toxic_counted *counted = msg_get_toxic_counted(m);
	struct child *c = m->from;
	struct toxic *t = TAILQ_LAST(&c->here, toxics);

	if (m->id != ctld.start.epoch)
		return 0; /* to an earlier ctld */
	if (t == NULL || t->nth != 0)
		return -1;
	t->nth = counted->nth;
	t->counts = counted->counts;
	return 0;
}
