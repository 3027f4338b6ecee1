/* SPDX-License-Identifier: ISC */
/*
 * Each worker has a line to diald, and each of the two may say that the other
 * has broken the protocol on it.  Which of them lies cannot be known.  diald
 * meets no stranger, so it is believed, a few times: the worker dies.  A worker
 * gets another line, and is believed when most of them say so.
 */

#include <stdio.h>

#include "chan.h"
#include "child.h"
#include "children.h"
#include "clock.h"
#include "due.h"
#include "later.h"
#include "lines.h"
#include "log.h"
#include "msg.h"
#include "proxies.h"
#include "tenants.h"

/* Until a worker whose line was no good gets another. */
#define LINE_AGAIN NS_PER_S

/* The proxies whose workers diald may blame in one minute. */
#define BLAMES 8
#define BLAME_COUNTS_FOR (60 * NS_PER_S)

static uint32_t last_line;

uint32_t
lines_last(void)
{
	return last_line;
}

void
lines_begin_after(uint32_t line)
{
	last_line = line;
}

/* diald is told what this worker may reach, and where its proxy listens. */
void
line_give(struct child *worker)
{
	const struct proxy *p = worker->proxy;
	struct dial_policy policy = { .proxy_id = p->id,
		.policy_id = tenants_policy(p->key.tenant),
		.listen = p->listen.address,
		.upstream = p->upstream };
	struct nothing nothing = { 0 };
	int fds[2];

	worker->line = 0;
	worker->line_at = CLOCK_NEVER;
	if (children.diald == NULL || children.diald->state == CHILD_KILLED)
		return; /* the next one brings it: lines_give() */
	/* Its sessions go on; for new ones line_look() tries again. */
	if (chan_pair(fds) == -1) {
		worker->line_at = clock_now() + LINE_AGAIN;
		child_due(worker);
		return;
	}
	while ((worker->line = ++last_line) == 0)
		continue;
	policy.key = p->key;
	child_send(
	    children.diald, MSG_DIAL_POLICY, worker->line, &policy, fds[0]);
	children.diald->lines++;
	child_send(worker, MSG_RELAY_DIALER, worker->line, &nothing, fds[1]);
}

void
line_renew(struct child *worker)
{
	worker->line = 0;
	worker->line_at = clock_now();
	child_due(worker);
}

static void
give(struct child *worker)
{
	if (worker->proxy != NULL)
		line_give(worker);
}

void
lines_give(void)
{
	const struct proxy *p;

	TAILQ_FOREACH (p, &proxies.all, entry) {
		if (p->worker == NULL)
			continue;
		p->worker->line = 0; /* it was to the diald before */
		p->worker->line_at = CLOCK_NEVER;
		later(p->worker, give);
	}
}

/*
 * diald will be ended, and has done nothing: without a word, what it has in its
 * hands would be held to be what it died of.
 */
void
lines_end(void)
{
	const struct proxy *p;

	TAILQ_FOREACH (p, &proxies.all, entry) {
		if (p->worker == NULL)
			continue;
		if (p->worker->line != 0)
			child_send_nothing(p->worker, MSG_RELAY_DIALER, 0);
		p->worker->line = 0;
		p->worker->line_at = CLOCK_NEVER;
	}
}

void
line_look(struct child *worker, int64_t now)
{
	if (worker->proxy != NULL && worker->line == 0 &&
	    now >= worker->line_at)
		line_give(worker);
}

/* It does not listen any more, or elsewhere. */
void
line_proxy_gone(const struct proxy *p)
{
	struct proxy_ref ref = { .id = p->id };

	if (children.diald != NULL)
		child_send(children.diald, MSG_DIAL_PROXY_GONE, 0, &ref, -1);
}

/* ---- who has broken the protocol */

static struct proxy *
proxy_of_line(uint32_t line)
{
	struct proxy *p;

	TAILQ_FOREACH (p, &proxies.all, entry) {
		if (p->worker != NULL && p->worker->line == line)
			break;
	}
	return p;
}

/* The next worker of a proxy is in the same bad hands: proxies are counted. */
static unsigned int
blamed_lately(int64_t now)
{
	const struct proxy *p;
	unsigned int n = 0;

	TAILQ_FOREACH (p, &proxies.all, entry) {
		if (p->blamed_at != 0 && now - p->blamed_at < BLAME_COUNTS_FOR)
			n++;
	}
	return n;
}

/*
 * It may be gone by now, and another one in its place.  0, or -1: there are not
 * so many lines.
 */
int
line_worker_blamed(struct child *diald, uint32_t line)
{
	struct proxy *p = proxy_of_line(line);
	int64_t now = clock_now();

	if (diald->lines-- == 0)
		return -1;
	if (p == NULL)
		return 0;
	p->blamed_at = now;
	if (blamed_lately(now) > BLAMES)
		child_kill(diald, "blames too many workers");
	else
		child_kill(p->worker, "broke the protocol towards diald");
	return 0;
}

/*
 * A new worker in the place of one that has said so is in the same bad hands,
 * as likely as not: proxies are counted.
 */
static int
most_blame(pid_t diald)
{
	const struct proxy *p;
	unsigned int n = 0, of = 0;

	TAILQ_FOREACH (p, &proxies.all, entry) {
		if (p->worker == NULL)
			continue;
		of++;
		n += p->blames == diald;
	}
	return n * 2 > of;
}

/* It gets another line, and not before a while. */
void
line_diald_blamed(struct child *worker, uint32_t line)
{
	struct child *diald = children.diald;

	if (worker->line != line || line == 0 || diald == NULL)
		return;
	log_event(LOG_WARN, "A line to diald is of no use",
	    LOG_PROXY(&worker->proxy->key));
	worker->line = 0;
	worker->line_at = clock_now() + LINE_AGAIN;
	child_due(worker);
	worker->proxy->blames = diald->pid;
	if (most_blame(diald->pid))
		child_kill(diald, "broke the protocol towards workers");
}
