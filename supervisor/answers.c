/* SPDX-License-Identifier: ISC */
/*
 * What ctld may ask, and what is done for it: the one door to all that toxid
 * can do.  When each may be asked is in proto/priv.h.
 */

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "answers.h"
#include "children.h"
#include "clock.h"
#include "ctld.h"
#include "given.h"
#include "listen.h"
#include "listeners.h"
#include "notices.h"
#include "priv.h"
#include "remarks.h"
#include "spawn.h"
#include "tables.h"
#include "trial.h"
#include "wishes.h"

struct reply {
	struct priv_answer a;
	int fd;       /* that came with the question, or goes with this; -1 */
	int is_given; /* it goes, and is not ours any more */
};

/*
 * Whose death the last news was: forgotten when the next are asked for, so that
 * a ctld that dies of it, before it has read all that was said, takes nothing
 * along.
 */
static uint32_t told;

/* ---- the start of a ctld */

static void
on_start(const struct priv_question *q, struct reply *r)
{
	struct priv_start *s = &r->a.start;

	if (q->what != PRIV_VERSION) {
		r->a.error = EPROTO;
		return;
	}
	s->uid = given.uid_base + ROLE_CTLD;
	s->has_own_ids = s->changes_root = (uint32_t)given.is_root;
	s->follows = ctld.follows;
	s->epoch = ctld.epoch;
	s->is_notified = given.fds[GIVEN_NOTIFY] != -1;
	s->watchdog = given.watchdog;
	s->has_state = tables->state_dir != -1;
	s->fell = (uint32_t)ctld.fell;
	s->loss_lacks = tables->loss.print == given.loss.print
	    ? tables->loss.lacks
	    : LOSS_LACKS_RESTART;
	s->loss_pool = tables->loss.n;
	memcpy(s->token, given.token, sizeof(s->token));
	told = 0; /* who knew it is dead */
	ctld.state = PRIV_ON;
	ctld_ring(); /* for what has come before it */
}

/* The first from that row on. */
static void
take_listener(size_t row, struct reply *r)
{
	const struct listener *l;

	FOREACH_ROW_FROM (l, tables->listeners, row) {
		if (l->id == 0)
			continue;
		r->a.taken.row = (uint32_t)(l - tables->listeners);
		r->a.taken.id = l->id;
		r->a.taken.is_api = (uint32_t)l->is_api;
		r->fd = l->fd;
		return;
	}
}

/* A dead child, too: what it said last is in its channel. */
static void
take_child(size_t row, struct reply *r)
{
	const struct child *c;

	FOREACH_ROW_FROM (c, tables->children, row) {
		if (c->is == CHILD_NONE)
			continue;
		r->a.taken.row = (uint32_t)(c - tables->children);
		r->a.taken.id = c->id;
		r->a.taken.role = c->role;
		r->a.taken.pid = c->pid;
		r->fd = c->channel;
		return;
	}
}

/* It may have a program: a child, or a listener. */
static int
is_there(uint32_t id)
{
	const struct child *c = child_find(id);

	return (c != NULL && c->is != CHILD_DEAD) || listener_find(id) != NULL;
}

/* Of those that nobody has who is there, whose sockets are the longest dead. */
static void
take_loss(const struct priv_question *q, struct reply *r)
{
	uint32_t *p = tables->loss.owners, *end = p + tables->loss.n,
		 *row = end;

	for (; p < end && *p != q->id; p++) {
		if ((row == end || *p < *row) && !is_there(*p))
			row = p;
	}
	row = p < end ? p : row;
	if (row == end || !is_there(q->id))
		return;
	*row = q->id;
	r->a.taken.row = (uint32_t)(row - tables->loss.owners);
	r->fd = tables->loss.programs[r->a.taken.row];
}

static void
on_take(const struct priv_question *q, struct reply *r)
{
	switch (q->what) {
	case PRIV_MEMORY:
		r->fd = q->id < MEMORIES ? tables->memories[q->id] : -1;
		break;
	case PRIV_LISTENER:
		take_listener(q->id, r);
		break;
	case PRIV_CHILD:
		take_child(q->id, r);
		break;
	case PRIV_LOSS_SHARED:
		r->fd = q->id < LOSS_SHARED ? tables->loss.shared[q->id] : -1;
		break;
	case PRIV_LOSS_PROGRAM:
		take_loss(q, r);
		break;
	case PRIV_CLIENT:
		r->fd = client_take();
		r->is_given = 1;
		break;
	default:
		r->a.error = EINVAL;
	}
	if (r->fd == -1 && r->a.error == 0)
		r->a.error = ENOENT;
}

/* ---- listeners */

static int
is_address(const struct address *a)
{
	return a->family != 0 && address_is_legal(a);
}

static void
on_bind(const struct priv_question *q, struct reply *r)
{
	struct priv_bound *b = &r->a.bound;
	const struct listener *l;

	if (!is_address(&q->address)) {
		r->a.error = EINVAL;
		return;
	}
	b->address = q->address;
	r->a.error = listener_new(
	    &b->address, q->is_api != 0, listener_find(q->instead), &l);
	if (r->a.error != 0)
		return;
	b->id = l->id;
	r->fd = l->fd;
}

static void
on_unbind(const struct priv_question *q, struct reply *r)
{
	struct listener *l = listener_find(q->id);

	if (l == NULL)
		r->a.error = ENOENT;
	else
		listener_end(l);
}

static void
on_relisten(const struct priv_question *q, struct reply *r)
{
	const struct listener *l = listener_find(q->id);

	r->a.error = l == NULL ? ENOENT : priv_relisten(l->fd);
}

/* As a listener is before it is bound: for ctld to compare one with. */
static void
on_reference(const struct priv_question *q, struct reply *r)
{
	if (!is_address(&q->address))
		r->a.error = EINVAL;
	else if ((r->fd = priv_socket(&q->address)) == -1)
		r->a.error = errno;
	r->is_given = 1;
}

/* ---- children */

static void
on_spawn(const struct priv_question *q, struct reply *r)
{
	struct priv_spawned *s = &r->a.spawned;
	const struct child *c = NULL;

	if (q->what <= ROLE_CTLD || q->what >= ROLE_MAX) {
		r->a.error = EINVAL;
		return;
	}
	r->a.error = child_new((enum role)q->what, &c);
	if (r->a.error != 0)
		return;
	s->id = c->id;
	s->pid = c->pid;
	s->uid = c->uid;
	s->changes_root = (uint32_t)spawn_changes_root(c->role);
	r->fd = c->channel;
}

static void
on_kill(const struct priv_question *q, struct reply *r)
{
	struct child *c = child_find(q->id);

	if (c == NULL || c->id == told)
		r->a.error = ENOENT;
	else
		child_kill(c);
}

/* ---- files and people */

/* The child that reads the file may wait: nobody waits for that child. */
static int
open_it(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

	if (fd != -1)
		(void)fcntl(fd, F_SETFL, 0);
	return fd;
}

static void
on_open(const struct priv_question *q, struct reply *r)
{
	if (q->what >= PRIV_FILE_MAX || *given.files[q->what] == '\0') {
		r->a.error = EINVAL;
		return;
	}
	if ((r->fd = open_it(given.files[q->what])) == -1)
		r->a.error = errno;
	r->is_given = 1;
}

static void
on_notify(const struct priv_question *q, struct reply *r)
{
	if (q->what >= PRIV_NOTICE_MAX)
		r->a.error = EINVAL;
	else
		r->a.error = notice_send(
		    (enum priv_notice)q->what, q->proxies, q->sessions);
}

static void
on_reloaded(const struct priv_question *q, struct reply *r)
{
	if (q->what > RELOAD_UNSTORED)
		r->a.error = EINVAL;
	else
		wish_answer(q->id, (enum reload_outcome)q->what);
}

/* ---- news */

static void
forget_told(void)
{
	struct child *c = child_find(told);

	if (c != NULL)
		child_forget(c);
	told = 0;
}

static int
tell_death(struct priv_news *n)
{
	struct child *c = child_untold();

	if (c == NULL)
		return 0;
	n->id = c->id;
	if (c->is == CHILD_ALIVE) {
		c->is_stopped = 0;
		n->event = PRIV_EVENT_STOPPED;
		return 1;
	}
	n->event = PRIV_EVENT_DIED;
	n->status = c->status;
	n->cpu_us = c->cpu_us;
	n->resident_max = c->resident_max;
	told = c->id;
	return 1;
}

static void
on_news(const struct priv_question *q, struct reply *r)
{
	struct priv_news *n = &r->a.news;

	(void)q;
	ctld.asks_news = 1;
	forget_told();
	if (remark_take(&n->remark))
		n->event = PRIV_EVENT_REMARK;
	else if (tell_death(n))
		return;
	else if (trial_ended(&n->status))
		n->event = PRIV_EVENT_TRIAL;
	else if (!wish_tell(n, !trial_is_on()))
		ctld.rung = CLOCK_NEVER; /* it has heard all */
}

/* ---- the program after this one */

static void
on_try(const struct priv_question *q, struct reply *r)
{
	(void)q;
	r->a.error = trial_start();
}

static void
on_end_trial(const struct priv_question *q, struct reply *r)
{
	(void)q;
	(void)r;
	trial_end();
	clients_drop();
	wish_upgrade_given_up();
}

static void
on_keep(const struct priv_question *q, struct reply *r)
{
	(void)q;
	r->a.error = client_keep(r->fd);
	r->fd = -1;
}

/* Does not return, unless it fails. */
static void
on_replace(const struct priv_question *q, struct reply *r)
{
	(void)q;
	r->a.error = trial_replace();
	clients_drop();
}

static void
on_end(const struct priv_question *q, struct reply *r)
{
	(void)r;
	ctld.exit_status = (int)q->what;
	ctld.state = PRIV_OVER;
	ctld.rung = clock_now(); /* and now it is to go */
}

/* ---- the door */

static void (*const answers[PRIV_MAX])(
    const struct priv_question *, struct reply *) = {
	[PRIV_START] = on_start,
	[PRIV_TAKE] = on_take,
	[PRIV_BIND] = on_bind,
	[PRIV_UNBIND] = on_unbind,
	[PRIV_RELISTEN] = on_relisten,
	[PRIV_REFERENCE] = on_reference,
	[PRIV_SPAWN] = on_spawn,
	[PRIV_KILL] = on_kill,
	[PRIV_OPEN] = on_open,
	[PRIV_NOTIFY] = on_notify,
	[PRIV_RELOADED] = on_reloaded,
	[PRIV_NEWS] = on_news,
	[PRIV_TRY] = on_try,
	[PRIV_END_TRIAL] = on_end_trial,
	[PRIV_KEEP] = on_keep,
	[PRIV_REPLACE] = on_replace,
	[PRIV_END] = on_end,
};

static void
offend(const struct priv_question *q)
{
	remark(PRIV_REMARK_OFFENCE, (int32_t)q->type);
	ctld.is_killed = 1;
	ctld_kill();
}

int
answer_one(void)
{
	struct priv_question q;
	struct reply r;
	int got;

	memset(&q, 0, sizeof(q));
	memset(&r, 0, sizeof(r));
	if ((got = priv_receive(ctld.line, ctld.state, &q, &r.fd)) == 0)
		return 0;
	if (got == -1) {
		if (errno == EPROTO)
			offend(&q);
		return -1;
	}
	/* whatever it asks before it is at its news shows that it is at work */
	if (!ctld.asks_news && ctld.rung != CLOCK_NEVER)
		ctld.rung = clock_now();
	if (priv_has_fd(q.type) && r.fd == -1)
		r.a.error = EMFILE; /* we had no room for it */
	else
		answers[q.type](&q, &r);
	got = priv_reply(ctld.line, &r.a, r.fd);
	if (got == -1 && errno != EPIPE)
		remark(PRIV_REMARK_UNANSWERED, errno);
	if (r.is_given && r.fd != -1)
		close(r.fd);
	return got == -1 ? -1 : 1;
}
