/* SPDX-License-Identifier: ISC */
/*
 * What one ctld leaves to the next.  Whatever was true is true again
 * afterwards; a journal that is damaged or cut off is refused, or is a whole
 * truth all the same, and what that does not know toxid has no more.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agreed.h"
#include "api.h"
#include "child.h"
#include "children.h"
#include "clients.h"
#include "deadlines.h"
#include "due.h"
#include "event_ring.h"
#include "give_up.h"
#include "leases.h"
#include "lines.h"
#include "listen.h"
#include "log.h"
#include "nitems.h"
#include "options.h"
#include "packet.h"
#include "pending.h"
#include "proxies.h"
#include "puppets.h"
#include "requests.h"
#include "roles.h"
#include "source_load.h"
#include "sources.h"
#include "state.h"
#include "store.h"
#include "store_tell.h"
#include "takeover.h"
#include "toxid.h"
#include "truth.h"
#include "truth_load.h"
#include "truth_save.h"
#include "watch.h"

#define FILE_MAX (1 << 20)

void
give_up(const char *why)
{
	must(why == NULL);
	abort();
}

/* ---- a process, from its start to its end */

static void
write_nothing(const struct log_record *r)
{
	(void)r;
}

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	puppets_open();
	listen_init();
	log_init(LOG_FATAL, write_nothing);
	return 0;
}

static void
process_start(void)
{
	memset(&ctld, 0, sizeof(ctld));
	proxies.last_id = 0;
	TAILQ_INIT(&leases.borrowers);
	leases.lent = 0;
	lines_begin_after(0);
	store_open(NULL);
	event_ring_reserves(store_event_block);
	requests_open();
	pending_init();
	roles_init();
	ctld.start.follows = PRIV_DIED;
	ctld.start.epoch = 1;
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
	int fd = api_fd();
	struct proxy *p;
	struct child *c;

	while ((c = TAILQ_FIRST(&children.all)) != NULL) {
		children_remove(c);
		if (c->proxy != NULL)
			c->proxy->worker = NULL;
		child_not_due(c);
	}
	child_free_dead();
	while ((p = TAILQ_FIRST(&proxies.all)) != NULL) {
		close_it(&p->listen_fd);
		close_it(&p->held_fd);
		proxy_remove(p);
	}
	close_it(&fd);
	api_listens(-1);
	clients_feed(&nobody); /* who gets nothing */
	must(proxies.n == 0 && proxies.by_key == NULL);
	sources_clear();
	source_load_forget();
	truth_loaded();
	watches_close();
}

/* ---- what is true */

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
	struct priv_spawned spawned;
	struct priv_taken taken = { .role = ROLE_RELAYD };
	struct child *c;
	int fd;

	if ((fd = toxid_spawn(ROLE_RELAYD, &spawned)) == -1)
		return; /* there are too many */
	taken.id = spawned.id;
	taken.pid = spawned.pid;
	c = child_adopt(&taken, fd, p != NULL ? CHILD_RUNNING : CHILD_RETIRED);
	must(c != NULL);
	c->proxy = p;
	if (p != NULL) {
		p->worker = c;
		return;
	}
	c->retired_from = input_byte(in);
	truth_retired(c);
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

/* Two names, of four tenants. */
static struct proxy_key
key_of(uint8_t which)
{
	static const char *const tenants[] = { "", "a", "ab", "b" };
	struct proxy_key key = { .name = { (char)('a' + (which & 1)) } };

	strcpy(key.tenant, tenants[which >> 1 & 3]);
	return key;
}

static struct source *
source_of(const struct source_state *state)
{
	char *text = malloc((size_t)state->size + 1);
	struct source_scenario *scenarios =
	    calloc((size_t)state->nscenarios + 1, sizeof(*scenarios));
	struct source *s;
	uint32_t i;

	must(text != NULL && scenarios != NULL);
	memset(text, 'x', (size_t)state->size);
	for (i = 0; i < state->nscenarios; i++) {
		scenarios[i].source = state->id;
		scenarios[i].proxy.name[0] = 'p';
		scenarios[i].name[0] = (char)('z' - i);
	}
	must((s = source_new(state, text, scenarios)) != NULL);
	return s;
}

static void
make_proxy(struct input *in)
{
	struct proxy_spec spec = { .enabled = 0 };
	uint8_t how = input_byte(in);
	struct proxy *p;
	int i;

	spec.key = key_of(how);
	endpoint_of(in, &spec.listen);
	endpoint_of(in, &spec.upstream);
	if ((how & 16) != 0)
		packet_connect_spec(in, &spec.connect);
	if (proxy_find(&spec.key) != NULL)
		return;
	must((p = proxy_new(&spec)) != NULL);
	proxy_enter(p, NULL);
	p->enabled = how >> 3 & 1;
	*(p->enabled ? &p->listen_fd : &p->held_fd) = some_listener(in);
	p->config_print = input_number(in, 8);
	p->source = source_known((uint32_t)(p->config_print & 7));
	p->earlier.sessions = input_number(in, 8);
	for (i = 0; i < how >> 6; i++)
		make_toxic(in, p);
	if ((how & 32) != 0)
		make_worker(in, p);
	truth_proxy_changed(p);
}

/* One of them is changed, or is no more. */
static void
change_one(struct input *in)
{
	const struct proxy_key key = key_of(input_byte(in));
	struct proxy *p = proxy_find(&key);
	uint8_t how = input_byte(in);

	if (p == NULL)
		return;
	if ((how & 3) == 0 && p->worker == NULL) {
		proxy_remove(p);
		return;
	}
	if ((how & 3) == 1 && !TAILQ_EMPTY(&p->toxics))
		proxy_toxic_remove(p, TAILQ_FIRST(&p->toxics));
	else
		make_toxic(in, p);
	p->config_print = how;
	truth_proxy_changed(p);
}

/* New, or in the place of another; or one that goes, and its proxies with it.
 */
static void
make_source(struct input *in)
{
	struct source_state state = { .id = 2 + (input_byte(in) & 3) };
	uint8_t how = input_byte(in);
	struct source *s = source_by_id(state.id);
	struct proxy *p;

	if ((how & 3) == 0 && s != NULL) {
		TAILQ_FOREACH (p, &proxies.all, entry) {
			if (p->source == state.id) {
				p->source = SOURCE_NONE;
				truth_proxy_changed(p);
			}
		}
		source_remove(s);
		return;
	}
	state.applied_at = how;
	state.name[0] = (char)('a' + state.id);
	state.size = how >> 4;
	state.nscenarios = how >> 2 & 3;
	source_enter(source_of(&state));
}

static void
keep_client(void)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	must(fd != -1);
	(void)toxid_keep(fd); /* there may be too many */
	close(fd);
}

static void
live(struct input *in)
{
	struct address a = { .family = 4 }, bound;
	int fd = -1;

	if ((input_byte(in) & 1) != 0)
		(void)listen_bind_api(-1, &a, &fd, &bound);
	api_listens(fd);
	ctld.started = input_number(in, 8);
	ctld.options.seed = (int64_t)input_number(in, 8);
	truth_changed();
	while (in->size > 0) {
		switch (input_byte(in) & 15) {
		case 0:
			make_worker(in, NULL);
			break;
		case 1:
			keep_client();
			break;
		case 2:
			truth_open(); /* it is worth a new file */
			break;
		case 3:
			make_source(in);
			break;
		case 4:
		case 5:
			truth_commit();
			break;
		case 6:
		case 7:
		case 8:
			change_one(in);
			break;
		default:
			make_proxy(in);
		}
	}
	truth_commit();
}

/* ---- as text, to be compared */

static size_t
print_proxy(char *to, size_t size, const struct proxy *p)
{
	const struct toxic *t;
	uint32_t worker = p->worker != NULL ? p->worker->id : 0;
	char connect[CONNECT_TEXT_MAX];
	size_t n;

	n = (size_t)snprintf(to, size, "%u %s %s %s %s %d %d %u %u %lu %s\n",
	    p->id, p->key.name, p->given, p->listen.text, p->upstream.text,
	    p->enabled, proxy_bound_fd(p) != -1, worker, p->source,
	    (unsigned long)p->config_print, connect_text(&p->connect, connect));
	TAILQ_FOREACH (t, &p->toxics, entry) {
		must(n + toxic_spec_size(t->spec) < size);
		memcpy(to + n, t->spec, toxic_spec_size(t->spec));
		n += toxic_spec_size(t->spec);
	}
	return n;
}

static size_t
print_source(char *to, size_t size, const struct source *s)
{
	const size_t all = s->state.nscenarios * sizeof(*s->scenarios);
	size_t n = 0;

	must(sizeof(s->state) + s->state.size + all < size);
	memcpy(to, &s->state, sizeof(s->state));
	n += sizeof(s->state);
	memcpy(to + n, s->text, (size_t)s->state.size);
	n += (size_t)s->state.size;
	memcpy(to + n, s->scenarios, all);
	return n + all;
}

static size_t
print_all(char *to, size_t size)
{
	const struct source *s = NULL;
	const struct proxy *p;
	const struct child *c;
	size_t n;

	n = (size_t)snprintf(to, size, "%d %lu %ld\n", api_fd() != -1,
	    (unsigned long)ctld.started, (long)ctld.options.seed);
	while ((s = source_next(s)) != NULL)
		n += print_source(to + n, size - n, s);
	TAILQ_FOREACH (p, &proxies.all, entry)
		n += print_proxy(to + n, size - n, p);
	TAILQ_FOREACH (c, &children.all, entry) {
		if (c->state == CHILD_RETIRED)
			n += (size_t)snprintf(to + n, size - n, "%u %u\n",
			    c->id, c->retired_from);
	}
	return n;
}

/* ---- what has come of it */

static void
check_proxy(const struct proxy *p)
{
	const struct toxic *t;
	struct toxic_fault fault;
	unsigned int n = 0;

	must(proxy_find(&p->key) == p && p->key.name[0] != '\0');
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

	TAILQ_FOREACH (p, &proxies.all, entry) {
		check_proxy(p);
		nlisten += proxy_bound_fd(p) != -1;
		n++;
	}
	must(n == proxies.n);
	return nlisten;
}

/* toxid has what is known here, and nothing else. */
static void
check_taken(void)
{
	const struct puppet *p;

	must(puppets_listeners() ==
	    check_proxies() + (api_fd() != -1 ? 1U : 0U));
	for (p = puppets; p < puppets + PUPPETS_MAX; p++)
		must(p->id == 0 || p->has_died || children_find(p->id) != NULL);
}

/* ---- from one to the next */

static void
first_process(struct input *in)
{
	process_start();
	must(!takeover_begin());
	truth_open();
	live(in);
}

static void
round_trip(struct input *in)
{
	static char first[FILE_MAX], second[FILE_MAX];
	size_t size;

	first_process(in);
	size = print_all(first, sizeof(first));
	process_end();
	process_start();
	must(takeover_begin());
	must(print_all(second, sizeof(second)) == size);
	must(memcmp(first, second, size) == 0);
	check_taken();
	process_end();
}

/* ---- damage */

/* As in journal.c. */
struct frame {
	uint64_t size, check;
};
#define HEAD_SIZE 24

/* Of each record, as if it had been written so: damage is not to end there. */
static void
check_anew(int fd)
{
	static uint8_t bytes[FILE_MAX];
	ssize_t n = pread(fd, bytes, sizeof(bytes), 0);
	size_t at = HEAD_SIZE, i, left;
	struct frame f;

	while (n > 0 && at + sizeof(f) <= (size_t)n) {
		memcpy(&f, bytes + at, sizeof(f));
		left = (size_t)n - at - sizeof(f);
		if (f.size > left)
			return;
		f.check = UINT64_C(0xcbf29ce484222325);
		for (i = at + sizeof(f); i < at + sizeof(f) + f.size; i++)
			f.check =
			    (f.check ^ bytes[i]) * UINT64_C(0x100000001b3);
		must(pwrite(fd, &f, sizeof(f), (off_t)at) == sizeof(f));
		at += sizeof(f) + f.size;
	}
}

/* Some bytes somewhere, or an end. */
static void
damage(struct input *in)
{
	uint8_t how = input_byte(in), data[64], n;
	int fd = puppet_journals[how & 1];
	off_t size = lseek(fd, 0, SEEK_END);
	off_t at = (off_t)input_number(in, 2);

	if (size == 0)
		return;
	at %= size;
	n = (how >> 1) % sizeof(data);
	if (n == 0)
		must(ftruncate(fd, at) == 0);
	input_bytes(in, data, n);
	must(pwrite(fd, data, n, at) == n);
}

/* What it cannot read is its end. */
static void
follow_damaged(void)
{
	fuzz_may_end = 1;
	if (setjmp(fuzz_end) == 0) {
		if (takeover_begin())
			check_taken();
		else
			must(TAILQ_EMPTY(&children.all));
	}
	fuzz_may_end = 0;
}

static void
load_damaged(struct input *in)
{
	struct input some = { in->data, in->size / 2 };
	size_t i;

	in->data += some.size;
	in->size -= some.size;
	first_process(&some);
	process_end();
	while (in->size > 0)
		damage(in);
	for (i = 0; i < nitems(puppet_journals); i++)
		check_anew(puppet_journals[i]);
	process_start();
	follow_damaged();
	process_end();
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
		load_damaged(&in);
	puppets_end();
	fuzz_close_from(lowest_fd); /* its copies of the journal */
	return 0;
}
