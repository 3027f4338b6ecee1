/* SPDX-License-Identifier: ISC */
/*
 * The supervisor among children that say anything at any time, close their
 * channels, die and are stopped, or do their work; the clock is the input's.
 * It stays up, its truth is whole, and each of its log lines is one.
 *
 * spawn(), the binding, kill(2), wait4(2) and the clock are this file's; all
 * else is the supervisor.
 */

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "nitems.h"
#include "packet.h"
#include "supervisor.h"

#define PUPPETS_MAX 64

/* Two workers at their most want all of it. */
#define WORKER_MAX (1 << 22)
#define LENDABLE (3 << 21)

struct supervisor toxid;

/* A child as the kernel would see it, and its end of the channel. */
static struct puppet {
	pid_t pid; /* 0: there is none here */
	enum role role;
	int has_died, status;
	struct chan chan;
	uint32_t asked[8]; /* what it was to do, and has not answered */
	size_t nasked;
} puppets[PUPPETS_MAX];

static pid_t last_pid;
static int64_t now;
static int log_fd; /* what it wrote */
static int is_logfmt;
static uint32_t last_request;

/* Its start has succeeded. */
void
give_up(const char *why)
{
	(void)why;
	must(!"it gave up");
	abort();
}

/* ---- in place of the kernel */

pid_t
spawn(enum role role, const char *title, int chan_fd)
{
	struct puppet *p;

	(void)title;
	for (p = puppets; p < puppets + PUPPETS_MAX; p++) {
		if (p->pid != 0)
			continue;
		memset(p, 0, sizeof(*p));
		p->pid = ++last_pid;
		p->role = role;
		chan_open(&p->chan, dup(chan_fd));
		return p->pid;
	}
	errno = EAGAIN;
	return -1;
}

static void
die(struct puppet *p, int status)
{
	if (p->has_died)
		return;
	p->has_died = 1;
	p->status = status;
	chan_close(&p->chan);
}

int __wrap_kill(pid_t, int);
pid_t __wrap_wait4(pid_t, int *, int, struct rusage *);
pid_t __wrap_waitpid(pid_t, int *, int);
int64_t __wrap_clock_now(void);

int
__wrap_kill(pid_t pid, int signo)
{
	struct puppet *p;

	for (p = puppets; p < puppets + PUPPETS_MAX; p++) {
		if (p->pid == pid) {
			die(p, signo);
			return 0;
		}
	}
	must(!"a process that is not its child's was killed");
	return -1;
}

pid_t
__wrap_wait4(pid_t pid, int *status, int options, struct rusage *ru)
{
	struct puppet *p;

	(void)pid;
	(void)options;
	memset(ru, 0, sizeof(*ru));
	for (p = puppets; p < puppets + PUPPETS_MAX; p++) {
		if (p->pid == 0 || !p->has_died)
			continue;
		*status = p->status;
		pid = p->pid;
		p->pid = 0;
		return pid;
	}
	return 0;
}

pid_t
__wrap_waitpid(pid_t pid, int *status, int options)
{
	struct rusage ru;
	int ignored;

	return __wrap_wait4(
	    pid, status != NULL ? status : &ignored, options, &ru);
}

int64_t
__wrap_clock_now(void)
{
	return now;
}

int
descriptor_is_reserved(int fd)
{
	(void)fd;
	return 0;
}

int
listen_open(const struct address *a, int *fd, struct address *bound)
{
	if (a->family == 0 || a->port == 13) {
		errno = a->port == 13 ? EADDRINUSE : EAFNOSUPPORT;
		return -1;
	}
	*fd = fcntl(toxid.api_fd, F_DUPFD_CLOEXEC, 0);
	*bound = *a;
	if (bound->port == 0)
		bound->port = 1;
	return *fd == -1 ? -1 : 0;
}

int
listen_instead(int old, const struct address *a, int *fd, struct address *bound)
{
	(void)old;
	return listen_open(a, fd, bound);
}

void
listen_close(int *fd)
{
	if (*fd != -1)
		close(*fd);
	*fd = -1;
}

/* ---- its log */

static void
check_line(const char *line, size_t len)
{
	json_t *json;
	size_t i;

	if (is_logfmt) {
		must(memcmp(line, "time=", 5) == 0);
		for (i = 0; i < len; i++)
			must((unsigned char)line[i] >= ' ');
		return;
	}
	json = json_loadb(line, len, 0, NULL);
	must(json != NULL);
	json_decref(json);
}

static void
check_log(void)
{
	static char text[128 * 1024];
	ssize_t n = read(log_fd, text, sizeof(text));
	const char *at = text, *end;

	while (n > 0 && (end = memchr(at, '\n', (size_t)n)) != NULL) {
		check_line(at, (size_t)(end - at));
		n -= end + 1 - at;
		at = end + 1;
	}
	must(n <= 0); /* lines are written whole: the pipe has room */
}

/* ---- what holds at any time */

static int
is_child(const struct child *c)
{
	const struct child *other;

	TAILQ_FOREACH (other, &toxid.children, entry) {
		if (other == c)
			return 1;
	}
	return 0;
}

static void
check_proxy(const struct proxy *p)
{
	const struct toxic *t;
	struct toxic_fault fault;
	unsigned int n = 0;

	must(proxy_find(p->name) == p && p->name[0] != '\0');
	must(p->worker == NULL ||
	    (is_child(p->worker) && p->worker->proxy == p));
	must(p->worker == NULL || p->listen_fd != -1);
	/* enabled, without a worker: then one will come */
	must(p->worker != NULL || p->listen_fd == -1 ||
	    p->restart_at != CLOCK_NEVER);
	TAILQ_FOREACH (t, &p->toxics, entry) {
		must(proxy_toxic_find(p, t->spec.name) == t);
		must(toxic_spec_check(&t->spec, &fault) == 0);
		n++;
	}
	must(n == p->ntoxics && n <= PROXY_TOXICS_MAX);
}

/* Nobody is waited for without an end. */
static void
check_child(const struct child *c)
{
	must(c->state != CHILD_STARTING || c->pong_by != CLOCK_NEVER);
	must(c->proxy == NULL || c->proxy->worker == c);
	must(TAILQ_EMPTY(&c->waiting) ||
	    TAILQ_FIRST(&c->waiting)->deadline != CLOCK_NEVER);
}

static void
check(void)
{
	const struct child *c;
	const struct proxy *p;
	unsigned int n = 0;
	uint64_t lent = 0;

	TAILQ_FOREACH (p, &toxid.proxies, entry) {
		check_proxy(p);
		n++;
	}
	must(n == toxid.nproxies);
	TAILQ_FOREACH (c, &toxid.children, entry) {
		check_child(c);
		lent += c->lent;
	}
	must(lent == toxid.lent && lent <= LENDABLE);
	must(toxid.apid == NULL || is_child(toxid.apid));
	must(toxid.diald == NULL || is_child(toxid.diald));
	must(!toxid.quit);
	check_log();
}

/* ---- what a child hears */

static void
remember(struct puppet *p, uint32_t id)
{
	if (id != 0 && p->nasked < nitems(p->asked))
		p->asked[p->nasked++] = id;
}

/* What the supervisor says is well-formed: only types are told apart here. */
static void
hear(struct puppet *p)
{
	union msg_payload u;
	struct msg m;

	while (chan_receive(&p->chan, &m) == 1) {
		msg_drop(&m);
		if (m.type == MSG_ANSWER)
			must(msg_get_answer(&m, &u.answer) == 0);
		else if (m.type == MSG_REPLICA_TOXIC)
			must(msg_get_toxic_state(&m, &u.toxic_state) == 0);
		else if (p->role != ROLE_APID && m.type != MSG_PING)
			remember(p, m.id);
	}
}

static uint32_t
recall(struct puppet *p)
{
	uint32_t id;

	if (p->nasked == 0)
		return 0;
	id = p->asked[0];
	p->nasked--;
	memmove(p->asked, p->asked + 1, p->nasked * sizeof(p->asked[0]));
	return id;
}

/* ---- what a child says or does */

static void
noise(struct puppet *p, struct input *in)
{
	packet_random(in, p->chan.fd);
}

static void
say_ready(struct puppet *p, struct input *in)
{
	struct ready ready = { .version = MSG_VERSION };

	(void)in;
	chan_send(&p->chan, MSG_READY, 0, &ready, -1);
}

static void
say_pong(struct puppet *p, struct input *in)
{
	struct vitals vitals = { .cpu_us = input_byte(in) };

	chan_send(&p->chan, MSG_PONG, 0, &vitals, -1);
}

/* A key and a value, with anything in them. */
static void
say_log(struct puppet *p, struct input *in)
{
	struct log_record record = { .level = LOG_INFO };
	char key[64], value[128];
	int n;

	input_text(in, record.message, sizeof(record.message) - 1);
	input_text(in, key, sizeof(key) - 1);
	input_text(in, value, sizeof(value) - 1);
	n = snprintf(record.fields, sizeof(record.fields), "%c%s%c%s",
	    (input_byte(in) & 1) != 0 ? 's' : 'n', key, '\0', value);
	record.fields_len = (uint32_t)n + 1;
	chan_send(&p->chan, MSG_LOG, 0, &record, -1);
}

static void
say_done(struct puppet *p, struct input *in)
{
	struct dial_result result = { .error = input_byte(in) & 15 };

	if (p->role == ROLE_RELAYD) {
		chan_send_nothing(&p->chan, MSG_RELAY_DONE, recall(p));
		return;
	}
	if (result.error >= ENDPOINT_ERROR_MAX)
		result.error = ENDPOINT_OK;
	result.address.family = 4;
	result.address.port = input_byte(in) & 15;
	chan_send(&p->chan, MSG_RESOLVED, recall(p), &result, -1);
}

static void
say_counters(struct puppet *p, struct input *in)
{
	struct counters counters;

	input_bytes(in, &counters, sizeof(counters));
	chan_send(&p->chan, MSG_RELAY_COUNTERS, 0, &counters, -1);
}

static void
say_lease(struct puppet *p, struct input *in)
{
	struct relay_bytes bytes = { .bytes = input_byte(in) };

	bytes.bytes <<= 15;
	chan_send(&p->chan,
	    (bytes.bytes & 1 << 15) != 0 ? MSG_RELAY_BORROW : MSG_RELAY_RETURN,
	    0, &bytes, -1);
}

static void
close_channel(struct puppet *p, struct input *in)
{
	(void)in;
	chan_close(&p->chan);
}

static void
exit_or_stop(struct puppet *p, struct input *in)
{
	uint8_t how = input_byte(in);

	if ((how & 1) == 0)
		die(p, how & 0x7e);
	else
		chan_close(&p->chan);
}

/* ---- what apid asks */

static void
name_of(struct input *in, char *name)
{
	static const char *const names[] = { "a", "b", "c", "" };

	strcpy(name, names[input_byte(in) % nitems(names)]);
}

static void
endpoint_of(struct input *in, struct endpoint *e)
{
	uint8_t how = input_byte(in);

	memset(e, 0, sizeof(*e));
	e->literal = how & 1;
	e->address.family = (how & 2) != 0 ? 6 : 4;
	e->address.port = how >> 4;
	snprintf(e->text, sizeof(e->text), "x:%u", how >> 2);
	if ((how & 12) == 12)
		e->error = ENDPOINT_INVALID_PORT;
}

static void
ask_create(struct puppet *p, struct input *in)
{
	struct proxy_create create = { .ntoxics = 0 };
	uint8_t how = input_byte(in);
	struct toxic_spec spec;
	uint32_t i;

	name_of(in, create.spec.name);
	endpoint_of(in, &create.spec.listen);
	endpoint_of(in, &create.spec.upstream);
	create.spec.enabled = (how & 3) != 0;
	create.ntoxics = how >> 2 & 3;
	chan_send(&p->chan,
	    (how & 16) != 0 ? MSG_PROXY_CREATE : MSG_PROXY_POPULATE,
	    ++last_request, &create, -1);
	for (i = 0; i < create.ntoxics; i++) {
		if (packet_toxic(in, &spec, TOXIC_KIND_MAX) == 0)
			chan_send(&p->chan, MSG_PROXY_CREATE_TOXIC,
			    last_request, &spec, -1);
	}
}

static void
ask_update(struct puppet *p, struct input *in)
{
	struct proxy_update update = { .has_listen = 0 };
	uint8_t how = input_byte(in);

	name_of(in, update.name);
	update.has_listen = how & 1;
	update.has_upstream = how >> 1 & 1;
	update.has_enabled = how >> 2 & 1;
	update.enabled = how >> 3 & 1;
	endpoint_of(in, &update.listen);
	endpoint_of(in, &update.upstream);
	chan_send(&p->chan, MSG_PROXY_UPDATE, ++last_request, &update, -1);
}

static void
ask_delete_or_reset(struct puppet *p, struct input *in)
{
	struct proxy_name name = { .proxy = "" };

	name_of(in, name.proxy);
	chan_send(&p->chan,
	    (input_byte(in) & 1) != 0 ? MSG_PROXY_RESET : MSG_PROXY_DELETE,
	    ++last_request, &name, -1);
}

static void
ask_toxic_create(struct puppet *p, struct input *in)
{
	struct toxic_create create = { .proxy = "" };

	name_of(in, create.proxy);
	if (packet_toxic(in, &create.spec, TOXIC_CRASH) == 0)
		chan_send(
		    &p->chan, MSG_TOXIC_CREATE, ++last_request, &create, -1);
}

static void
ask_toxic_update(struct puppet *p, struct input *in)
{
	struct toxic_update update = { .reserved = 0 };
	struct toxic_spec spec;

	name_of(in, update.proxy);
	update.attributes_given = input_byte(in) % 8;
	update.has_toxicity = input_byte(in) & 1;
	(void)packet_toxic(in, &spec, TOXIC_CRASH);
	update.name[0] = spec.name[0];
	update.kind = spec.kind;
	update.toxicity = spec.toxicity * 2;
	memcpy(update.attributes, spec.attributes, sizeof(spec.attributes));
	chan_send(&p->chan, MSG_TOXIC_UPDATE, ++last_request, &update, -1);
}

static void
ask_toxic_delete(struct puppet *p, struct input *in)
{
	struct toxic_name name = { .proxy = "" };

	name_of(in, name.proxy);
	name.name[0] = (char)('a' + input_byte(in) % 4);
	chan_send(&p->chan, MSG_TOXIC_DELETE, ++last_request, &name, -1);
}

/* ---- a turn */

typedef void say_fn(struct puppet *, struct input *);
static say_fn *const of_all[] = { noise, say_ready, say_pong, say_log, say_done,
	say_counters, close_channel, exit_or_stop, say_ready, say_done,
	say_lease };
static say_fn *const of_apid[] = { ask_create, ask_update, ask_delete_or_reset,
	ask_toxic_create, ask_toxic_update, ask_toxic_delete, ask_create };

/* What loop_run() does when epoll_wait(2) has come back. */
static void
turn(void)
{
	struct child *c;

	TAILQ_FOREACH (c, &toxid.children, entry) {
		if (chan_wants_write(&c->chan))
			child_writable(c);
		child_readable(c);
	}
	children_reap();
	children_free_dead();
}

/* Half a second at most: a longer pause is forgiven to all. */
static void
time_passes(struct input *in)
{
	now += input_byte(in) * 2 * NS_PER_MS;
	children_tick(now);
	workers_tick(now);
	changes_tick(now);
	vitals_report();
	toxid.tick_at = now;
}

static struct puppet *
some_puppet(struct input *in)
{
	struct puppet *p = &puppets[input_byte(in) % 8];

	return p->pid != 0 && !p->has_died && p->chan.fd != -1 ? p : NULL;
}

static struct puppet *
the_apid(void)
{
	struct puppet *p;

	for (p = puppets; p < puppets + PUPPETS_MAX; p++) {
		if (p->pid != 0 && !p->has_died && p->role == ROLE_APID &&
		    p->chan.fd != -1)
			return p;
	}
	return NULL;
}

static void
step(struct input *in)
{
	uint8_t what = input_byte(in);
	struct puppet *p;

	if (what < 48) {
		time_passes(in);
	} else if (what < 160) {
		if ((p = the_apid()) != NULL)
			of_apid[what % nitems(of_apid)](p, in);
	} else if ((p = some_puppet(in)) != NULL) {
		of_all[what % nitems(of_all)](p, in);
	}
	turn();
	for (p = puppets; p < puppets + PUPPETS_MAX; p++) {
		if (p->pid != 0 && p->chan.fd != -1)
			hear(p);
	}
}

/* ---- from its start to its end */

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	int fds[2];

	(void)argc;
	(void)argv;
	json_object_seed(1);
	must(pipe2(fds, O_CLOEXEC) == 0);
	must(fcntl(fds[0], F_SETPIPE_SZ, 1 << 20) > 0);
	must(fcntl(fds[0], F_SETFL, O_NONBLOCK) == 0);
	log_fd = fds[0];
	must(dup2(fds[1], STDOUT_FILENO) == STDOUT_FILENO);
	close(fds[1]);
	log_init(LOG_TRACE, output_own);
	toxid.log_level = LOG_TRACE;
	toxid.epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	toxid.signal_fd = packet_listener(); /* any that can be copied */
	toxid.api_fd = packet_listener();
	toxid.empty_dir_fd = toxid.config_fd = -1;
	toxid.options.host = "localhost";
	toxid.options.durability = "process";
	toxid.options.spares = 1;
	toxid.options.max_proxies = 3;
	toxid.options.worker_buffer = WORKER_MAX;
	toxid.options.total_buffer =
	    LENDABLE + toxid.options.max_proxies * (int64_t)RELAY_OWN_HELD;
	TAILQ_INIT(&toxid.children);
	TAILQ_INIT(&toxid.dead);
	TAILQ_INIT(&toxid.borrowers);
	TAILQ_INIT(&toxid.proxies);
	TAILQ_INIT(&toxid.resolving);
	TAILQ_INIT(&toxid.storing);
	TAILQ_INIT(&toxid.queued);
	toxid.store.dir_fd = toxid.store.lock_fd = -1; /* nothing is kept */
	toxid.store.is_loaded = 1;
	return 0;
}

static void
begin(struct input *in)
{
	uint8_t how = input_byte(in);
	struct puppet *p;
	int role;

	now = NS_PER_S * 1000;
	last_pid = 1000;
	last_request = 0;
	is_logfmt = how & 1;
	output_open(is_logfmt ? "logfmt" : "json");
	toxid.tick_at = now;
	toxid.next_serial = API_SERIAL;
	for (role = 0; role < ROLE_MAX; role++) {
		restarts_init(&toxid.restarts[role]);
		toxid.restart_at[role] = 0;
	}
	children_restart(now);
	workers_tick(now);
	for (p = puppets; p < puppets + PUPPETS_MAX && (how & 6) != 0; p++) {
		if (p->pid != 0)
			say_ready(p, in);
	}
	turn();
}

static void
answer_all(struct changes *changes)
{
	struct change *ch;

	while ((ch = TAILQ_FIRST(changes)) != NULL) {
		TAILQ_REMOVE(changes, ch, entry);
		ch->asker = NULL;
		change_answer(ch);
	}
}

static void
end(void)
{
	struct child *c;
	struct proxy *p;
	int i;

	if (toxid.reading != NULL)
		toxid.reading->asker = NULL, change_answer(toxid.reading);
	toxid.reading = NULL;
	answer_all(&toxid.resolving);
	TAILQ_FOREACH (c, &toxid.children, entry) {
		answer_all(&c->waiting);
		lease_end(c);
		child_end(c);
	}
	must(toxid.lent == 0 && leases_waiting() == 0);
	children_end_all();
	toxid.apid = toxid.diald = NULL;
	while ((p = TAILQ_FIRST(&toxid.proxies)) != NULL)
		proxy_remove(p);
	for (i = 0; i < PUPPETS_MAX; i++)
		must(puppets[i].pid == 0);
	check_log();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };
	int lowest_fd = fuzz_lowest_free_fd();

	begin(&in);
	check();
	while (in.size > 0) {
		step(&in);
		check();
	}
	end();
	must(fuzz_lowest_free_fd() == lowest_fd);
	return 0;
}
