/* SPDX-License-Identifier: ISC */
/*
 * What one ctld leaves to the next.  Whatever it had is there again afterwards,
 * to the byte; a file that is damaged or cut off is refused, or is a whole
 * truth all the same, and what that does not know toxid has no more.
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
#include "heritage.h"
#include "listen.h"
#include "options.h"
#include "packet.h"
#include "pending.h"
#include "proxies.h"
#include "puppets.h"
#include "roles.h"
#include "state.h"
#include "toxid.h"
#include "watch.h"

#define FILE_MAX (1 << 20)

void
give_up(const char *why)
{
	must(why == NULL);
	abort();
}

/* ---- a process, from its start to its end */

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	puppets_open();
	listen_init();
	return 0;
}

static void
process_start(void)
{
	memset(&ctld, 0, sizeof(ctld));
	state_init();
	pending_init();
	roles_init();
	ctld.api_fd = -1;
	watches_open();
}

static void
close_it(int *fd)
{
	if (*fd != -1)
		listen_close(fd);
}

/* Of what it had toxid has copies. */
static void
process_end(void)
{
	struct child nobody = { .state = CHILD_KILLED };
	struct proxy *p;
	struct child *c;

	while ((p = TAILQ_FIRST(&ctld.proxies)) != NULL) {
		close_it(&p->listen_fd);
		proxy_remove(p);
	}
	close_it(&ctld.api_fd);
	while ((c = TAILQ_FIRST(&ctld.children)) != NULL) {
		TAILQ_REMOVE(&ctld.children, c, entry);
		child_not_due(c);
		chan_close(&c->chan);
		free(c);
	}
	clients_feed(&nobody); /* who gets nothing */
	must(ctld.nproxies == 0 && ctld.proxies_by_name == NULL);
	watches_close();
}

/* ---- what there is to hand over */

static int
some_listener(struct input *in)
{
	struct address a = { .family = 4 }, bound;
	int fd = -1;

	if ((input_byte(in) & 1) != 0)
		(void)listen_bind(-1, &a, &fd, &bound);
	return fd;
}

static void
make_worker(struct input *in, struct proxy *p)
{
	uint8_t how = input_byte(in);
	enum child_state state = how & 1 ? CHILD_STARTING : CHILD_RUNNING;
	struct priv_spawned spawned;
	struct priv_taken taken;
	struct child *c;
	int fd;

	if ((fd = toxid_spawn(ROLE_RELAYD, &spawned)) == -1)
		return; /* there are too many */
	taken = (struct priv_taken){ spawned.id, spawned.pid };
	c = child_adopt(&taken, fd, p != NULL ? state : CHILD_RETIRED);
	must(c != NULL);
	c->proxy = p;
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
	p->listen_fd = some_listener(in);
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
	unsigned int n;

	ctld.api_fd = some_listener(in);
	ctld.next_serial = input_byte(in);
	ctld.started = input_number(in, 8);
	ctld.options.seed = (int64_t)input_number(in, 8);
	while (in->size > 0) {
		switch (input_byte(in) & 7) {
		case 0:
			make_worker(in, NULL);
			break;
		case 1:
			(void)clients_all(&n);
			if (n < 4)
				must(clients_adopt(socket(AF_INET,
					 SOCK_STREAM | SOCK_CLOEXEC, 0)) == 0);
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

/* And what goes with it: the end of this ctld, but for its memory. */
static int
hand_over(void)
{
	const int *clients;
	unsigned int i, n;
	int fd = save();

	for (clients = clients_all(&n), i = 0; i < n; i++)
		must(toxid_keep(clients[i]) == 0);
	must(toxid_replace(fd) == -1); /* as if it had */
	process_end();
	return fd;
}

static ssize_t
contents(int fd, char *to)
{
	ssize_t n = pread(fd, to, FILE_MAX, 0);

	must(n > 0 && n < FILE_MAX);
	return n;
}

/* ---- what has come of it */

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

static unsigned int
check_proxies(void)
{
	const struct proxy *p;
	unsigned int n = 0, nlisten = 0;

	TAILQ_FOREACH (p, &ctld.proxies, entry) {
		check_proxy(p);
		nlisten += p->listen_fd != -1;
		n++;
	}
	must(n == ctld.nproxies && n <= MAX_PROXIES);
	return nlisten;
}

/* What is toxid's is known here. */
static void
check_taken(void)
{
	const struct puppet *p;

	must(puppets_listeners() ==
	    check_proxies() + (ctld.api_fd != -1 ? 1U : 0U));
	for (p = puppets; p < puppets + PUPPETS_MAX; p++)
		must(p->id == 0 || p->has_died || child_find(p->id) != NULL);
}

/* In its trial it takes nothing but the truth. */
static void
check_trial(void)
{
	unsigned int n;

	(void)clients_all(&n);
	must(check_proxies() == 0 && ctld.api_fd == -1);
	must(TAILQ_EMPTY(&ctld.children) && n == 0);
}

/* ---- from one to the next */

static void
round_trip(struct input *in)
{
	static char first[FILE_MAX], second[FILE_MAX];
	unsigned int nclients, n;
	uint32_t version;
	ssize_t size;
	int fd, again;

	process_start();
	make_all(in);
	(void)clients_all(&nclients);
	fd = hand_over();
	size = contents(fd, first);
	process_start();
	must(handover_load(fd, 0, &version) == 0);
	must(version == MSG_VERSION);
	again = save();
	must(contents(again, second) == size);
	must(memcmp(first, second, (size_t)size) == 0);
	(void)clients_all(&n);
	must(n == nclients);
	check_taken();
	process_end();
	close(again);
	close(fd);
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
load_damaged(struct input *in, int is_trial)
{
	struct input some = { in->data, in->size / 2 };
	uint32_t version;
	int fd;

	in->data += some.size;
	in->size -= some.size;
	process_start();
	make_all(&some);
	fd = hand_over();
	process_start();
	while (in->size > 0 && lseek(fd, 0, SEEK_END) > 0)
		damage(in, fd);
	if (handover_load(fd, is_trial, &version) == -1 && !is_trial)
		heritage_close(); /* it would have ended */
	else if (is_trial)
		check_trial();
	else
		check_taken();
	process_end();
	close(fd);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };
	int lowest_fd = fuzz_lowest_free_fd();
	uint8_t how = input_byte(&in);

	puppets_begin();
	if ((how & 1) != 0)
		round_trip(&in);
	else
		load_damaged(&in, (how & 2) == 0);
	puppets_end();
	must(fuzz_lowest_free_fd() == lowest_fd);
	return 0;
}
