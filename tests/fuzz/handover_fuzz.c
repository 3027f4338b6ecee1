/* SPDX-License-Identifier: ISC */
/*
 * What one program of toxid hands to the next.  Whatever there is to hand over
 * is there again afterwards, to the byte; a file that is damaged or cut off is
 * refused, or is a whole truth all the same.
 */

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "child.h"
#include "clients.h"
#include "due.h"
#include "give_up.h"
#include "handover.h"
#include "nitems.h"
#include "options.h"
#include "packet.h"
#include "pending.h"
#include "proxies.h"
#include "puppets.h"
#include "roles.h"
#include "state.h"
#include "upgrade.h"
#include "watch.h"

#define FILE_MAX (1 << 20)

static int clients[4];
static unsigned int nclients;

/* ---- clients.c and upgrade.c, as the loader sees them */

int
clients_adopt(int fd)
{
	if (nclients == nitems(clients))
		return -1;
	clients[nclients++] = fd;
	return 0;
}

const int *
clients_all(unsigned int *n)
{
	*n = nclients;
	return clients;
}

/* There is no apid. */
int
clients_given_back(int fd)
{
	(void)fd;
	return -1;
}

void
clients_feed(struct child *apid)
{
	(void)apid;
}

int
upgrade_trial_died(pid_t pid, int status)
{
	(void)pid;
	(void)status;
	return 0;
}

void
upgrade_asked(void)
{
}

void
upgrade_forgive(int64_t late)
{
	(void)late;
}

void
upgrade_tick(int64_t now)
{
	(void)now;
}

int
upgrade_waits(void)
{
	return 0;
}

void
give_up(const char *why)
{
	must(why == NULL);
	abort();
}

/* ---- a process, from its start to its exec: its descriptors stay */

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	return 0;
}

static void
process_start(void)
{
	memset(&toxid, 0, sizeof(toxid));
	state_init();
	pending_init();
	roles_init();
	toxid.store.dir_fd = toxid.store.lock_fd = -1;
	watches_open();
	nclients = 0;
}

static void
process_end(void)
{
	struct proxy *p;
	struct child *c;

	while ((p = TAILQ_FIRST(&toxid.proxies)) != NULL) {
		p->listen_fd = -1;
		proxy_remove(p);
	}
	while ((c = TAILQ_FIRST(&toxid.children)) != NULL) {
		TAILQ_REMOVE(&toxid.children, c, entry);
		child_not_due(c);
		free(c);
	}
	must(toxid.nproxies == 0 && toxid.proxies_by_name == NULL);
	watches_close();
}

/* ---- what there is to hand over */

static int
some_fd(struct input *in)
{
	return (input_byte(in) & 1) != 0 ? dup(STDIN_FILENO) : -1;
}

static void
make_worker(struct input *in, struct proxy *p)
{
	uint8_t how = input_byte(in);
	enum child_state state = how & 1 ? CHILD_STARTING : CHILD_RUNNING;
	struct child *c;
	int fds[2];

	must(chan_pair(fds) == 0);
	c = child_adopt(1 + how, fds[0], p != NULL ? state : CHILD_RETIRED);
	must(c != NULL);
	c->proxy = p;
	c->slot = how;
	c->retired_from = p == NULL ? how : 0;
	c->started = (int64_t)input_number(in, 8);
	c->ping_at = (int64_t)input_number(in, 8);
	c->counters.open_sessions = input_number(in, 8);
	if (p != NULL)
		p->worker = c;
}

static void
make_toxic(struct input *in, struct proxy *p)
{
	struct toxic_spec spec;

	if (packet_toxic(in, &spec) == 0 &&
	    proxy_toxic_find(p, spec.name) == NULL)
		must(proxy_toxic_add(p, &spec) != NULL);
}

/* Of a name or of an address, as apid would have split it. */
static void
endpoint_of(struct input *in, struct endpoint *e)
{
	uint8_t how = input_byte(in);
	struct address a = { .family = (how & 2) != 0 ? 4 : 6, .port = how };

	input_bytes(in, a.ip, a.family == 4 ? 4 : sizeof(a.ip));
	if ((how & 1) != 0) {
		endpoint_of_address(e, &a);
		return;
	}
	memset(e, 0, sizeof(*e));
	snprintf(e->host, sizeof(e->host), "name%u", how);
	snprintf(e->service, sizeof(e->service), "%u", how);
	snprintf(e->text, sizeof(e->text), "name%u:%u", how, how);
}

static void
make_proxy(struct input *in)
{
	struct proxy_spec spec = { .enabled = 0 };
	uint8_t how = input_byte(in);
	struct proxy *p;
	int i;

	spec.name[0] = (char)('a' + (how & 7));
	endpoint_of(in, &spec.listen);
	endpoint_of(in, &spec.upstream);
	if (proxy_find(spec.name) != NULL)
		return;
	must((p = proxy_new(&spec)) != NULL);
	proxy_enter(p, NULL);
	p->enabled = how >> 3 & 1;
	p->listen_fd = some_fd(in);
	p->config_print = input_number(in, 8);
	p->earlier.sessions = input_number(in, 8);
	for (i = 0; i < how >> 6; i++)
		make_toxic(in, p);
	if ((how & 32) != 0)
		make_worker(in, p);
}

static void
make_all(struct input *in)
{
	toxid.api_fd = some_fd(in);
	toxid.store.dir_fd = some_fd(in);
	toxid.next_serial = input_byte(in);
	toxid.started = input_number(in, 8);
	toxid.options.seed = (int64_t)input_number(in, 8);
	while (in->size > 0) {
		switch (input_byte(in) & 7) {
		case 0:
			make_worker(in, NULL);
			break;
		case 1:
			if (nclients < nitems(clients))
				clients[nclients++] = dup(STDIN_FILENO);
			break;
		default:
			make_proxy(in);
		}
	}
}

/* ---- the file */

static int
save(void)
{
	int fd = memfd_create("handover", MFD_CLOEXEC);

	must(fd != -1);
	must(handover_save(fd) == 0);
	return fd;
}

static ssize_t
contents(int fd, char *to)
{
	ssize_t n = pread(fd, to, FILE_MAX, 0);

	must(n > 0 && n < FILE_MAX);
	return n;
}

static void
round_trip(struct input *in)
{
	static char first[FILE_MAX], second[FILE_MAX];
	uint32_t version;
	ssize_t n;
	int fd;

	process_start();
	make_all(in);
	fd = save();
	n = contents(fd, first);
	process_end();
	process_start();
	must(handover_load(fd, 0, &version) == 0);
	must(version == MSG_VERSION);
	must(contents(save(), second) == n);
	must(memcmp(first, second, (size_t)n) == 0);
	process_end();
}

/* ---- damage */

/* Some bytes somewhere, or an end. */
static void
damage(struct input *in, int fd)
{
	off_t size = lseek(fd, 0, SEEK_END);
	uint8_t data[64], n = input_byte(in) % (sizeof(data) + 1);
	off_t at = (off_t)input_number(in, 2) % size;

	if (n == 0) {
		must(ftruncate(fd, at) == 0);
		return;
	}
	input_bytes(in, data, n);
	must(pwrite(fd, data, n, at) == n);
}

static void
check_proxy(const struct proxy *p)
{
	const struct toxic *t;
	struct toxic_fault fault;
	unsigned int n = 0;

	must(proxy_find(p->name) == p && p->name[0] != '\0');
	must(strnlen(p->given, sizeof(p->given)) < sizeof(p->given));
	must(strnlen(p->listen.text, sizeof(p->listen.text)) <
	    sizeof(p->listen.text));
	TAILQ_FOREACH (t, &p->toxics, entry) {
		must(proxy_toxic_find(p, t->spec->name) == t);
		must(toxic_spec_check(t->spec, &fault) == 0);
		n++;
	}
	must(n == p->ntoxics && n <= PROXY_TOXICS_MAX);
}

static void
load_damaged(struct input *in)
{
	struct input some = { in->data, in->size / 2 };
	const struct proxy *p;
	unsigned int n = 0;
	uint32_t version;
	int fd;

	in->data += some.size;
	in->size -= some.size;
	process_start();
	make_all(&some);
	fd = save();
	process_end();
	process_start();
	while (in->size > 0 && lseek(fd, 0, SEEK_END) > 0)
		damage(in, fd);
	(void)handover_load(fd, 1, &version);
	TAILQ_FOREACH (p, &toxid.proxies, entry) {
		check_proxy(p);
		n++;
	}
	must(n == toxid.nproxies && n <= MAX_PROXIES);
	must(TAILQ_EMPTY(&toxid.children) && nclients == 0);
	process_end();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };
	int lowest_fd;

	lowest_fd = fuzz_lowest_free_fd();
	if ((input_byte(&in) & 1) != 0)
		round_trip(&in);
	else
		load_damaged(&in);
	fuzz_close_from(lowest_fd);
	return 0;
}
