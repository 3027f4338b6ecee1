/* SPDX-License-Identifier: ISC */
/*
 * One dial: the upstream's addresses, IPv6 and IPv4 in turn, each tried 300 ms
 * after the one before or as soon as that has failed.  The first that answers
 * wins (RFC 8305, without its sorting).
 */

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "container_of.h"
#include "diald.h"
#include "log.h"

#define HEAD_START_MS 300
/* Without a descriptor to spare: again, so often, so many ms later. */
#define RETRIES_MAX 50
#define RETRY_MS 100

/* IPv6, IPv4, IPv6, ...: each family in the order in which it came. */
static void
interleave(struct dial *d, const struct lookup_result *r)
{
	size_t i, n[2] = { 0, 0 }, used[2] = { 0, 0 };
	const struct address *of[2][ADDRESSES_MAX];
	int family;

	for (i = 0; i < r->n; i++) {
		family = r->addresses[i].family == 4;
		of[family][n[family]++] = &r->addresses[i];
	}
	family = r->n > 0 && r->addresses[0].family == 4;
	for (i = 0; i < r->n; i++) {
		if (used[family] == n[family])
			family = !family;
		d->addresses[i] = address_to_reach(of[family][used[family]++]);
		if (used[!family] < n[!family])
			family = !family;
	}
	d->naddresses = r->n;
}

/* ---- attempts */

static void try_next(struct dial *);
static void attempt_failed(struct attempt *, int error);

static void
attempt_end(struct attempt *a)
{
	event_del(&a->writable);
	a->is_writable = 0;
	a->fd = -1;
	if (--a->dial->open > 0)
		share_give(&a->dial->worker->share, 1);
}

static void
finish(struct dial *d, const struct dial_result *result, int fd)
{
	dial_stop(d);
	d->done(d, result, fd);
}

/*
 * Where nobody listens at a port that the kernel gives to clients, it may be
 * the one that we were given: TCP then connects a socket to itself.
 */
static int
is_own_end(int fd, const struct address *to)
{
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);
	struct address own;

	return getsockname(fd, (struct sockaddr *)&ss, &len) == 0 &&
	    address_from_sockaddr(&own, (struct sockaddr *)&ss) == 0 &&
	    address_equal(&own, to);
}

static void
connected(struct attempt *a)
{
	struct dial *d = a->dial;
	struct dial_result result = { .error = ENDPOINT_OK };
	int fd = a->fd;

	if (is_own_end(fd, &d->addresses[a - d->attempts])) {
		attempt_failed(a, ECONNREFUSED);
		return;
	}
	result.address = d->addresses[a - d->attempts];
	attempt_end(a);
	finish(d, &result, fd);
}

/* The first counts. */
static void
note(struct dial *d, const struct dial_result *failure)
{
	if (d->failure.error == ENDPOINT_OK)
		d->failure = *failure;
}

/* sys_errno: of ENDPOINT_SYSTEM */
static void
note_failure(struct dial *d, size_t i, uint8_t error, int sys_errno)
{
	struct dial_result failure = { .error = error, .sys_errno = sys_errno };

	failure.address = d->addresses[i];
	note(d, &failure);
}

/*
 * Only a connection that was made can be reset, or closed: this was too late
 * to see it.  What has come on it until then is the client's.
 */
static void
was_reset(struct attempt *a, int error)
{
	struct dial *d = a->dial;
	struct dial_result result = { .error = ENDPOINT_SYSTEM,
		.sys_errno = error };
	int fd = a->fd;

	result.address = d->addresses[a - d->attempts];
	attempt_end(a);
	finish(d, &result, fd);
}

static void
attempt_failed(struct attempt *a, int error)
{
	struct dial *d = a->dial;
	int fd = a->fd;

	if (error == ECONNRESET || error == EPIPE) {
		was_reset(a, error);
		return;
	}
	note_failure(d, (size_t)(a - d->attempts), ENDPOINT_SYSTEM, error);
	attempt_end(a);
	close(fd);
	try_next(d);
}

static int
socket_error(int fd)
{
	int error = 0;
	socklen_t len = sizeof(error);

	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) == -1)
		error = errno;
	return error;
}

static void
attempt_has_ended(struct attempt *a)
{
	int error = socket_error(a->fd);

	if (error != 0)
		attempt_failed(a, error);
	else
		connected(a);
}

/* ---- what is due: an upstream may answer a thousand dials at once */

static void
set_due(struct dial *d)
{
	if (d->is_due)
		return;
	d->is_due = 1;
	TAILQ_INSERT_TAIL(&d->worker->due, d, due);
	turn_wanted(d->worker);
}

static void
set_not_due(struct dial *d)
{
	if (!d->is_due)
		return;
	d->is_due = 0;
	TAILQ_REMOVE(&d->worker->due, d, due);
}

static void
attempt_writable(evutil_socket_t fd, short what, void *arg)
{
	struct attempt *a = arg;

	(void)fd;
	(void)what;
	a->is_writable = 1;
	set_due(a->dial);
}

static void
timer_expired(evutil_socket_t fd, short what, void *arg)
{
	struct dial *d = arg;

	(void)fd;
	(void)what;
	d->is_late = 1;
	set_due(d);
}

static void
timer_stop(struct dial *d)
{
	event_del(&d->timer);
	d->is_late = 0;
}

static void
wake_after(struct dial *d, int ms)
{
	struct timeval tv = { .tv_usec = (suseconds_t)ms * 1000 };

	event_add(&d->timer, &tv);
}

/* NULL: there is none. */
static struct attempt *
next_writable(struct dial *d)
{
	struct attempt *a;

	for (a = d->attempts; a < d->attempts + ADDRESSES_MAX; a++) {
		if (a->is_writable)
			return a;
	}
	return NULL;
}

void
dial_go_on(struct dial *d)
{
	struct attempt *a = next_writable(d);

	set_not_due(d);
	if (a == NULL) {
		try_next(d); /* it is late */
		return;
	}
	a->is_writable = 0;
	if (d->is_late || next_writable(d) != NULL)
		set_due(d);
	attempt_has_ended(a);
}

static int
is_shortage(int error)
{
	return error == EMFILE || error == ENFILE || error == ENOBUFS ||
	    error == ENOMEM;
}

/*
 * On this host it has got there by now, and need not be waited for: then it has
 * a peer.  To ask connect(2) a second time would not do: of a connection that
 * was reset meanwhile it throws away what has come.  SO_ERROR does not.
 */
static int
has_peer(int fd)
{
	struct sockaddr_storage peer;
	socklen_t len = sizeof(peer);

	return getpeername(fd, (struct sockaddr *)&peer, &len) == 0;
}

/* 1: it is connected; 0: it is under way; -1 and errno. */
static int
start_connect(int fd, const struct sockaddr_storage *ss, socklen_t len)
{
	if (connect(fd, (const struct sockaddr *)ss, len) == 0)
		return 1;
	if (errno != EINPROGRESS)
		return -1;
	if (has_peer(fd))
		return 1;
	errno = socket_error(fd);
	return errno == 0 ? 0 : -1;
}

/* At each connect, as the rules are now.  If not, it is noted. */
static int
is_allowed(struct dial *d, size_t i)
{
	const struct worker *w = d->worker;
	struct dial_result verdict;

	policy_judge(w->policy_id, &w->upstream, &d->addresses[i], &verdict);
	if (verdict.error == ENDPOINT_OK)
		return 1;
	note(d, &verdict);
	return 0;
}

/* 1: there is a socket; 0: later; -1: not for this address */
static int
attempt_open(
    struct dial *d, size_t i, struct sockaddr_storage *ss, socklen_t *len)
{
	struct attempt *a = &d->attempts[i];
	struct share *share = &d->worker->share;

	if (!is_allowed(d, i))
		return -1;
	if (circle_would_close(d->worker->proxy_id, &d->addresses[i])) {
		note_failure(d, i, ENDPOINT_CIRCLE, 0);
		return -1;
	}
	if (d->open > 0 && !share_may_take(share))
		return 0;
	turn_costs(d->worker);
	if ((a->fd = socket_open(&d->addresses[i], ss, len)) == -1) {
		if (is_shortage(errno) && d->retries++ < RETRIES_MAX)
			return 0;
		note_failure(d, i, ENDPOINT_SYSTEM, errno);
		return -1;
	}
	if (d->open++ > 0)
		share_take(share);
	return 1;
}

/* Begins with an address; its end may come at once. */
static void
attempt(struct dial *d, size_t i)
{
	struct attempt *a = &d->attempts[i];
	struct sockaddr_storage ss;
	socklen_t len;

	switch (attempt_open(d, i, &ss, &len)) {
	case 0:
		d->next = i;
		wake_after(d, RETRY_MS);
		return;
	case -1:
		try_next(d);
		return;
	default:
		break;
	}
	a->dial = d;
	if (event_assign(&a->writable, diald.base, a->fd,
		EV_WRITE | EV_PERSIST | EV_ET, attempt_writable, a) == -1)
		fatalx("%s", __func__);
	switch (start_connect(a->fd, &ss, len)) {
	case 1:
		connected(a);
		return;
	case -1:
		attempt_failed(a, errno);
		return;
	default:
		break;
	}
	if (event_add(&a->writable, NULL) == -1)
		attempt_failed(a, ENOMEM);
	else if (d->next < d->naddresses)
		wake_after(d, HEAD_START_MS);
}

static void
try_next(struct dial *d)
{
	timer_stop(d);
	if (d->next < d->naddresses)
		attempt(d, d->next++);
	else if (d->open == 0)
		finish(d, &d->failure, -1);
}

/* ---- a dial */

/* What has connected, and was not passed on yet, is under way, too. */
static void
judge(struct dial *d)
{
	int fd, nforbidden = 0;
	size_t i;

	for (i = 0; i < ADDRESSES_MAX && d->open > 0; i++) {
		if ((fd = d->attempts[i].fd) == -1 || is_allowed(d, i))
			continue;
		attempt_end(&d->attempts[i]);
		close(fd);
		nforbidden++;
	}
	if (nforbidden > 0)
		try_next(d);
}

void
dials_judge(struct active_dials *dials)
{
	struct dial *d, *next;

	for (d = LIST_FIRST(dials); d != NULL; d = next) {
		next = LIST_NEXT(d, entry); /* its end may come at once */
		judge(d);
	}
}

/* One whose worker has gone is about to be stopped. */
static void
looked_up(struct waiter *w, const struct lookup_result *r)
{
	struct dial *d = container_of(w, struct dial, waiter);

	if (d->worker->is_broken)
		return;
	if (r->error != ENDPOINT_OK) {
		d->failure.error = r->error;
		d->failure.sys_errno = r->sys_errno;
		finish(d, &d->failure, -1);
		return;
	}
	interleave(d, r);
	circle_leads_to(d->worker->proxy_id, r);
	try_next(d);
}

void
dial_start(struct dial *d)
{
	size_t i;

	for (i = 0; i < ADDRESSES_MAX; i++)
		d->attempts[i].fd = -1;
	evtimer_assign(&d->timer, diald.base, timer_expired, d);
	d->waiter.done = looked_up;
	d->waiter.policy_id = d->worker->policy_id;
	names_ask(&d->waiter, &d->worker->upstream);
}

void
dial_stop(struct dial *d)
{
	size_t i;
	int fd;

	names_forget(&d->waiter);
	timer_stop(d);
	set_not_due(d);
	for (i = 0; i < ADDRESSES_MAX && d->open > 0; i++) {
		if ((fd = d->attempts[i].fd) == -1)
			continue;
		attempt_end(&d->attempts[i]);
		close(fd);
	}
}
