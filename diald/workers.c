/* SPDX-License-Identifier: ISC */
/*
 * The workers' channels.  A worker may be in the hands of whoever it talks to:
 * it can ask for its one upstream, and a mistake costs it its channel.
 */

#include <stdlib.h>
#include <string.h>

#include "diald.h"
#include "log.h"

/*
 * Connections that one worker may have under way; more wait their turn.  Or
 * its share, where descriptors are few: an upstream that does not answer is no
 * matter of others'.
 */
#define ACTIVE_MAX 1024
#define SHARES 16

static LIST_HEAD(, worker) workers = LIST_HEAD_INITIALIZER(workers);

static struct dial *
find(const struct worker *w, uint32_t id)
{
	struct dial *d;

	TAILQ_FOREACH (d, &w->dials, entry) {
		if (d->id == id)
			break;
	}
	return d;
}

static int
is_busy(const struct worker *w)
{
	return w->active >= ACTIVE_MAX ||
	    w->active >= diald.descriptors_max / SHARES;
}

static void
activate(struct dial *d)
{
	d->is_waiting = 0;
	d->worker->active++;
	dial_start(d);
}

/* There is room: the first of those that wait, behind those at work. */
static void
activate_next(struct worker *w)
{
	struct dial *d;

	if (is_busy(w))
		return;
	TAILQ_FOREACH (d, &w->dials, entry) {
		/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): was removed */
		if (d->is_waiting) {
			activate(d);
			return;
		}
	}
}

static void
forget(struct dial *d)
{
	TAILQ_REMOVE(&d->worker->dials, d, entry);
	if (!d->is_waiting)
		d->worker->active--;
	free(d);
}

void
worker_dialed(struct dial *d, const struct dial_result *result, int fd)
{
	struct worker *w = d->worker;

	if (chan_send(&w->peer.chan, MSG_DIALED, d->id, result, fd) == -1)
		w->is_broken = 1;
	forget(d);
	activate_next(w);
}

/* ---- what a worker says: 0, or -1: it should not */

static int
on_dial(struct worker *w, uint32_t id)
{
	struct dial *d;

	if (id == 0 || find(w, id) != NULL)
		return -1;
	if ((d = calloc(1, sizeof(*d))) == NULL)
		fatal("%s", __func__);
	d->worker = w;
	d->id = id;
	d->is_waiting = 1;
	TAILQ_INSERT_TAIL(&w->dials, d, entry);
	if (!is_busy(w))
		activate(d);
	return 0;
}

/* Its answer may have been on its way. */
static void
on_cancel(struct worker *w, uint32_t id)
{
	struct dial *d = find(w, id);

	if (d == NULL)
		return;
	if (!d->is_waiting)
		dial_stop(d);
	forget(d);
	activate_next(w);
}

static int
dispatch(struct worker *w, struct msg *m)
{
	struct nothing nothing;

	if (m->type != MSG_DIAL && m->type != MSG_DIAL_CANCEL)
		return -1;
	if (msg_get_nothing(m, &nothing) == -1)
		return -1;
	if (m->type == MSG_DIAL)
		return on_dial(w, m->id);
	on_cancel(w, m->id);
	return 0;
}

static void
worker_readable(evutil_socket_t fd, short what, void *arg)
{
	struct worker *w =
	    (struct worker *)((char *)arg - offsetof(struct worker, peer));
	struct msg m;
	int r = 0;

	(void)fd;
	(void)what;
	while (!w->is_broken && (r = chan_receive(&w->peer.chan, &m)) == 1) {
		if (dispatch(w, &m) == -1) {
			log_warnx("a worker sent a bad %s", msg_name(m.type));
			w->is_broken = 1;
		}
		msg_drop(&m);
	}
	if (r == -1)
		w->is_broken = 1;
}

void
worker_open(int fd, const struct endpoint *upstream)
{
	struct worker *w;

	if ((w = calloc(1, sizeof(*w))) == NULL)
		fatal("%s", __func__);
	w->upstream = *upstream;
	TAILQ_INIT(&w->dials);
	chan_open(&w->peer.chan, fd);
	peer_open(&w->peer, diald.base, worker_readable);
	LIST_INSERT_HEAD(&workers, w, entry);
}

static void
worker_close(struct worker *w)
{
	struct dial *d;

	while ((d = TAILQ_FIRST(&w->dials)) != NULL) {
		/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): was removed */
		if (!d->is_waiting)
			dial_stop(d);
		forget(d);
	}
	LIST_REMOVE(w, entry);
	peer_close(&w->peer);
	free(w);
}

/* After a pass of the loop, when nobody holds one any more. */
void
workers_flush(void)
{
	struct worker *w, *next;

	for (w = LIST_FIRST(&workers); w != NULL; w = next) {
		next = LIST_NEXT(w, entry);
		peer_flush(&w->peer);
		if (w->is_broken)
			worker_close(w);
	}
}

void
workers_close(void)
{
	struct worker *w;

	while ((w = LIST_FIRST(&workers)) != NULL)
		worker_close(w);
}
