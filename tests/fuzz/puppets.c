/* SPDX-License-Identifier: ISC */
/* See puppets.h. */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "agreed.h"
#include "clock.h"
#include "endpoint.h"
#include "fuzz.h"
#include "nitems.h"
#include "packet.h"
#include "priv.h"
#include "puppets.h"

/* Ports of which the kernel would say something. */
#define PORT_IN_USE 13
#define PORT_FAULTY 11 /* whoever had it lent has spoilt it */
#define PORT_LOST 9    /* ... and somebody else is there by now */

/* What a process has used of its processor between two looks at it. */
#define USED_EACH_TIME (20 * NS_PER_US)

/* The kernel has no process of such a number. */
#define PID_MIN (1 << 23)

struct puppet puppets[PUPPETS_MAX];
int64_t puppet_now;

static int64_t used;
static uint32_t last_id;

static struct listener {
	uint32_t id; /* 0: there is none here */
	int fd;
	int is_api;
	uint16_t port;
} listeners[64];

static int has_come[PRIV_EVENT_QUIT + 1]; /* and ctld has not heard of it */
static uint32_t askers;                   /* for reloads, so far */
static uint32_t asks;                     /* the last of them; 0: nobody */
static unsigned int nwaiting;

/* For the next ctld. */
int puppet_journals[2] = { -1, -1 };
static int clients[64];
static unsigned int nclients;

/* A question, what came with it, and where the answer goes. */
struct asked {
	const struct priv_question *q;
	int fd;
	struct priv_answer *a;
};

/* ---- time */

int64_t __wrap_clock_now(void);
int __wrap_clock_gettime(clockid_t, struct timespec *);
int __real_clock_gettime(clockid_t, struct timespec *);

int64_t
__wrap_clock_now(void)
{
	return puppet_now;
}

/* libFuzzer has its own use for the other clocks. */
int
__wrap_clock_gettime(clockid_t clock, struct timespec *ts)
{
	if (clock != CLOCK_PROCESS_CPUTIME_ID)
		return __real_clock_gettime(clock, ts);
	used += USED_EACH_TIME;
	ts->tv_sec = used / NS_PER_S;
	ts->tv_nsec = used % NS_PER_S;
	return 0;
}

/* ---- descriptors */

static void
drop(int *fd)
{
	if (*fd != -1)
		close(*fd);
	*fd = -1;
}

/* At the limit of descriptors it is lost on its way, as a real one. */
static int
copy_of(int fd)
{
	return fcntl(fd, F_DUPFD_CLOEXEC, 0);
}

static void
ring(void)
{
	const uint64_t once = 1;

	must(write(DOORBELL_FD, &once, sizeof(once)) == sizeof(once));
}

/* ---- children */

static struct puppet *
puppet_new(enum role role)
{
	struct puppet *p;

	for (p = puppets; p < puppets + PUPPETS_MAX; p++) {
		if (p->id != 0)
			continue;
		memset(p, 0, sizeof(*p));
		p->id = ++last_id;
		p->role = role;
		p->ctlds_end = -1;
		chan_open(&p->chan, -1);
		return p;
	}
	return NULL;
}

void
puppet_die(struct puppet *p, int status)
{
	if (p->has_died)
		return;
	p->has_died = 1;
	p->status = status;
	chan_close(&p->chan);
	drop(&p->ctlds_end);
	ring();
}

int
puppet_is_there(uint32_t id)
{
	const struct puppet *p = puppets;

	while (p < puppets + PUPPETS_MAX && (id == 0 || p->id != id))
		p++;
	return p < puppets + PUPPETS_MAX;
}

void
puppet_stop(struct puppet *p)
{
	p->is_stopped = 1;
	ring();
}

static int
on_spawn(struct asked *x)
{
	struct puppet *p;
	int fds[2];

	must(x->q->what > ROLE_CTLD && x->q->what < ROLE_MAX);
	if ((p = puppet_new((enum role)x->q->what)) == NULL) {
		x->a->error = EAGAIN;
		return -1;
	}
	must(chan_pair(fds) == 0);
	chan_open(&p->chan, fds[0]);
	p->ctlds_end = fds[1];
	x->a->spawned.id = p->id;
	x->a->spawned.pid = PID_MIN + (int32_t)p->id;
	return copy_of(p->ctlds_end);
}

static int
on_kill(struct asked *x)
{
	struct puppet *p;

	for (p = puppets; p < puppets + PUPPETS_MAX; p++) {
		if (p->id == 0 || p->id != x->q->id)
			continue;
		must(p->role != ROLE_CTLD);
		puppet_die(p, 9);
		return -1;
	}
	must(!"it was told of that one's death");
	return -1;
}

/* ---- listeners */

static struct listener *
listener_of(uint32_t id)
{
	struct listener *l;

	for (l = listeners; l < listeners + nitems(listeners); l++) {
		if (id != 0 && l->id == id)
			return l;
	}
	must(!"there is no such listener");
	return NULL;
}

static struct listener *
listener_new(const struct priv_question *q)
{
	struct listener *l = listeners;

	while (l < listeners + nitems(listeners) && l->id != 0)
		l++;
	if (l == listeners + nitems(listeners))
		return NULL;
	l->id = ++last_id;
	l->fd = packet_listener();
	l->is_api = q->is_api != 0;
	l->port = q->address.port;
	return l;
}

static int
is_in_use(uint16_t port)
{
	const struct listener *l;

	for (l = listeners;
	     port == PORT_LOST && l < listeners + nitems(listeners); l++) {
		if (l->id != 0 && l->port == port)
			return 1;
	}
	return port == PORT_IN_USE;
}

static int
on_bind(struct asked *x)
{
	const struct listener *l = NULL;
	struct priv_bound *b = &x->a->bound;

	if (x->q->instead != 0)
		(void)listener_of(x->q->instead);
	if (x->q->address.family == 0)
		x->a->error = EAFNOSUPPORT;
	else if (is_in_use(x->q->address.port))
		x->a->error = EADDRINUSE;
	else if ((l = listener_new(x->q)) == NULL)
		x->a->error = EMFILE;
	if (l == NULL)
		return -1;
	b->id = l->id;
	b->address = x->q->address;
	if (b->address.port == 0)
		b->address.port = 1;
	return copy_of(l->fd);
}

static int
on_unbind(struct asked *x)
{
	struct listener *l = listener_of(x->q->id);

	drop(&l->fd);
	l->id = 0;
	return -1;
}

static int
on_relisten(struct asked *x)
{
	must(listen(listener_of(x->q->id)->fd, 64) == 0);
	return -1;
}

int __wrap_api_address(struct address *);

/* No puppet's socket can say where it listens. */
int
__wrap_api_address(struct address *a)
{
	*a = (struct address){ .family = 4, .port = 8474 };
	return 0;
}

/* What no listener is like shows of each that it is spoilt. */
static int
on_reference(struct asked *x)
{
	uint16_t port = x->q->address.port;
	int on = port == PORT_FAULTY || port == PORT_LOST;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	must(x->q->address.family != 0);
	if (fd != -1)
		must(setsockopt(
			 fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on)) == 0);
	return fd;
}

unsigned int
puppets_listeners(void)
{
	const struct listener *l;
	unsigned int n = 0;

	for (l = listeners; l < listeners + nitems(listeners); l++)
		n += l->id != 0;
	return n;
}

/* ---- news */

void
puppet_signal(enum priv_event event)
{
	has_come[event] = 1;
	ring();
}

void
puppet_asks_to_reload(int waits_for_answer)
{
	asks = waits_for_answer ? ++askers : 0;
	nwaiting += asks != 0;
	puppet_signal(PRIV_EVENT_RELOAD);
}

unsigned int
puppets_waiting(void)
{
	return nwaiting;
}

static int
tell_of(struct puppet *p, struct priv_news *n)
{
	if (p->id == 0 || (!p->has_died && !p->is_stopped))
		return 0;
	n->id = p->id;
	n->status = p->status;
	if (!p->has_died)
		n->event = PRIV_EVENT_STOPPED;
	else if (p->role == ROLE_CTLD)
		n->event = PRIV_EVENT_TRIAL;
	else
		n->event = PRIV_EVENT_DIED;
	p->is_stopped = 0;
	if (p->has_died)
		p->id = 0;
	return 1;
}

static int
on_news(struct asked *x)
{
	struct priv_news *n = &x->a->news;
	struct puppet *p;
	uint32_t event;

	for (p = puppets; p < puppets + PUPPETS_MAX; p++) {
		if (tell_of(p, n))
			return -1;
	}
	for (event = 0; event < nitems(has_come); event++) {
		if (!has_come[event])
			continue;
		has_come[event] = 0;
		n->event = event;
		n->id = event == PRIV_EVENT_RELOAD ? asks : 0;
		n->remark.what = (uint32_t)(puppet_now % (PRIV_REMARK_MAX + 1));
		n->remark.number = (int32_t)puppet_now;
		break;
	}
	return -1;
}

static int
on_reloaded(struct asked *x)
{
	must(x->q->id > 0 && x->q->id <= askers && nwaiting > 0);
	must(x->q->what <= RELOAD_UNSTORED);
	nwaiting--;
	return -1;
}

/* ---- the program after this one */

static struct puppet *
trial(void)
{
	struct puppet *p;

	for (p = puppets; p < puppets + PUPPETS_MAX; p++) {
		if (p->id != 0 && p->role == ROLE_CTLD)
			return p;
	}
	return NULL;
}

static int
on_try(struct asked *x)
{
	if (trial() != NULL)
		x->a->error = EBUSY;
	else if (puppet_new(ROLE_CTLD) == NULL)
		x->a->error = EAGAIN;
	return -1;
}

static int
on_end_trial(struct asked *x)
{
	struct puppet *p = trial();

	(void)x;
	if (p != NULL)
		puppet_die(p, 9);
	return -1;
}

static int
on_keep(struct asked *x)
{
	must(x->fd != -1);
	if (nclients == nitems(clients))
		x->a->error = EMFILE;
	else
		clients[nclients++] = copy_of(x->fd);
	return -1;
}

static void
forget_clients(void)
{
	while (nclients > 0)
		drop(&clients[--nclients]);
}

/* The program is never exchanged. */
static int
on_replace(struct asked *x)
{
	forget_clients();
	x->a->error = ENOEXEC;
	return -1;
}

/* ---- what there is for a ctld that follows another */

static int
take_listener(uint32_t row, struct priv_taken *taken)
{
	const struct listener *l;

	for (; row < nitems(listeners); row++) {
		l = &listeners[row];
		if (l->id == 0)
			continue;
		taken->id = l->id;
		taken->is_api = (uint32_t)l->is_api;
		taken->row = row;
		return copy_of(l->fd);
	}
	return -1;
}

static int
take_child(uint32_t row, struct priv_taken *taken)
{
	const struct puppet *p;

	for (; row < PUPPETS_MAX; row++) {
		p = &puppets[row];
		if (p->id == 0 || p->has_died)
			continue;
		taken->row = row;
		taken->id = p->id;
		taken->role = p->role;
		taken->pid = PID_MIN + (int32_t)p->id;
		return copy_of(p->ctlds_end);
	}
	return -1;
}

static int
on_take(struct asked *x)
{
	struct priv_taken *taken = &x->a->taken;
	uint32_t n = x->q->id;
	int fd = -1;

	if (x->q->what == PRIV_LISTENER)
		fd = take_listener(n, taken);
	else if (x->q->what == PRIV_CHILD)
		fd = take_child(n, taken);
	else if (x->q->what == PRIV_CLIENT && nclients > 0)
		fd = clients[--nclients];
	else if (x->q->what == PRIV_MEMORY && n < nitems(puppet_journals))
		fd = copy_of(puppet_journals[n]);
	if (fd == -1)
		x->a->error = ENOENT;
	return fd;
}

/* ---- files, and people */

static int
on_open(struct asked *x)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	must(x->q->what < PRIV_FILE_MAX);
	if (fd == -1)
		x->a->error = errno;
	return fd;
}

static int
on_notify(struct asked *x)
{
	must(x->q->what < PRIV_NOTICE_MAX);
	return -1;
}

/* ---- the line */

static int (*const answers[PRIV_MAX])(struct asked *) = {
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
};

int __wrap_priv_ask(
    int, const struct priv_question *, int, struct priv_answer *, int *);

int
__wrap_priv_ask(int line, const struct priv_question *q, int fd,
    struct priv_answer *a, int *got)
{
	struct asked x = { q, fd, a };

	must(line == CHAN_FD);
	must(q->type < PRIV_MAX && answers[q->type] != NULL);
	memset(a, 0, sizeof(*a));
	*got = answers[q->type](&x);
	return 0;
}

/* ---- from its start to its end */

static void
put_at(int fd, int at)
{
	must(fd != -1);
	if (fd == at)
		return;
	must(dup3(fd, at, O_CLOEXEC) == at);
	close(fd);
}

void
puppets_open(void)
{
	size_t i;

	put_at(open("/dev/null", O_RDONLY | O_CLOEXEC), CHAN_FD);
	put_at(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC), DOORBELL_FD);
	for (i = 0; i < nitems(puppet_journals); i++) {
		puppet_journals[i] = memfd_create("journal", MFD_CLOEXEC);
		must(puppet_journals[i] != -1);
	}
}

void
puppets_begin(void)
{
	const struct listener *l;
	uint64_t rings;
	size_t i;

	for (l = listeners; l < listeners + nitems(listeners); l++) {
		if (l->id != 0)
			must(listen(l->fd, 64) == 0);
	}
	(void)!read(DOORBELL_FD, &rings, sizeof(rings));
	memset(has_come, 0, sizeof(has_come));
	askers = asks = nwaiting = 0;
	used = 0;
	forget_clients();
	for (i = 0; i < nitems(puppet_journals); i++)
		must(ftruncate(puppet_journals[i], 0) == 0);
}

void
puppets_bury(void)
{
	struct puppet *p;

	for (p = puppets; p < puppets + PUPPETS_MAX; p++) {
		if (p->has_died)
			p->id = 0;
	}
}

void
puppets_end(void)
{
	struct listener *l;
	struct puppet *p;

	for (p = puppets; p < puppets + PUPPETS_MAX; p++) {
		if (p->id != 0)
			puppet_die(p, 0);
	}
	puppets_bury();
	for (l = listeners; l < listeners + nitems(listeners); l++) {
		if (l->id != 0)
			drop(&l->fd);
		l->id = 0;
	}
	forget_clients();
}
