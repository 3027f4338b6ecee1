/* SPDX-License-Identifier: ISC */
/*
 * What ctld says to stored, in any order, over a real database; disks that fill
 * up or fail, files that are damaged, and ends without a farewell.  What was
 * acknowledged is what is loaded, and nothing else.
 */

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dispatch.c" /* its state is to be that of a new process */
#include "folder.h"
#include "kept.h"
#include "nitems.h"
#include "packet.h"
#include "utf8.h"

static struct chan ctld; /* the other end */
static uint32_t last_id, load_id;
static unsigned int nasked; /* changes that it has not answered */

/*
 * Somebody has been at the files: there is no telling what is in them.  What
 * was written into is so for good; what is gone is made anew.
 */
static int is_damaged_inside, is_gone;
#define is_uncertain() (is_damaged_inside || is_gone)

/* ---- in place of the kernel: a disk that fails */

static struct {
	unsigned int after, n; /* so many writes go well, so many do not */
	int error;
} fault;

static int
fails(void)
{
	if (fault.n == 0)
		return 0;
	if (fault.after > 0) {
		fault.after--;
		return 0;
	}
	fault.n--;
	errno = fault.error;
	return 1;
}

static ssize_t
some_pwrite(int fd, const void *data, size_t n, off_t at)
{
	return fails() ? -1 : pwrite(fd, data, n, at);
}

static ssize_t
some_write(int fd, const void *data, size_t n)
{
	return fails() ? -1 : write(fd, data, n);
}

static int
some_ftruncate(int fd, off_t size)
{
	return fails() ? -1 : ftruncate(fd, size);
}

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	sqlite3_vfs *vfs = sqlite3_vfs_find(NULL);

	(void)argc;
	(void)argv;
	vfs->xSetSystemCall(vfs, "pwrite", (sqlite3_syscall_ptr)some_pwrite);
	vfs->xSetSystemCall(vfs, "pwrite64", (sqlite3_syscall_ptr)some_pwrite);
	vfs->xSetSystemCall(vfs, "write", (sqlite3_syscall_ptr)some_write);
	vfs->xSetSystemCall(
	    vfs, "ftruncate", (sqlite3_syscall_ptr)some_ftruncate);
	folder_open();
	return 0;
}

/* ---- the process */

static void
process_start(int is_durable)
{
	int fds[2];

	memset(&batch, 0, sizeof(batch));
	memset(&change, 0, sizeof(change));
	is_synced = is_damaged = 0;
	stored.is_durable = is_durable;
	stored.proxies_max = 4000;
	stored.has_ended = 0;
	must(chan_pair(fds) == 0);
	chan_open(&stored.ctld, fds[0]);
	chan_open(&ctld, fds[1]);
	load_id = 0;
	nasked = 0;
}

static void
copy(const char *from, const char *to)
{
	static char data[1 << 20];
	int in = open(from, O_RDONLY | O_CLOEXEC), out;
	ssize_t n;

	(void)unlink(to);
	if (in == -1)
		return;
	out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	must(out != -1);
	n = read(in, data, sizeof(data));
	must(n >= 0 && n < (ssize_t)sizeof(data));
	must(write(out, data, (size_t)n) == n);
	close(in);
	close(out);
}

/* Killed: what it had written is there, what it would have is not. */
static void
process_end(int is_killed)
{
	if (is_killed) {
		copy("toxid.db", "db");
		copy("toxid.db-wal", "wal");
	}
	database_close();
	if (is_killed) {
		copy("db", "toxid.db");
		copy("wal", "toxid.db-wal");
	}
	chan_close(&stored.ctld);
	chan_close(&ctld);
	kept_forget_changes();
}

/* ---- what it says */

static struct {
	struct kept_proxy *proxy; /* the last that was said */
	struct kept_toxic *toxic;
	struct kept_source *source;
	uint64_t size; /* so much of its document has been said */
	uint32_t nscenarios;
} loaded;

static int
is_whole(void)
{
	return loaded.source == NULL ||
	    (loaded.size == loaded.source->size &&
		loaded.nscenarios == loaded.source->nscenarios);
}

static void
hear_source(const struct msg *m)
{
	const struct source_state *s = msg_get_source_state(m);

	must(load_id != 0 && loaded.proxy == NULL);
	if (is_uncertain())
		return;
	must(is_whole());
	loaded.source = loaded.source != NULL ? TAILQ_NEXT(loaded.source, entry)
					      : TAILQ_FIRST(&kept_sources);
	loaded.size = loaded.nscenarios = 0;
	must(loaded.source != NULL);
	must(memcmp(s, &loaded.source->s, sizeof(*s)) == 0);
}

static void
hear_source_text(const struct msg *m)
{
	const struct source_text *part = msg_get_source_text(m);

	if (is_uncertain())
		return;
	must(loaded.source != NULL && loaded.nscenarios == 0);
	must(part->n <= loaded.source->size - loaded.size);
	must(memcmp(part->bytes, loaded.source->text + loaded.size, part->n) ==
	    0);
	loaded.size += part->n;
}

static void
hear_source_scenario(const struct msg *m)
{
	const struct source_scenario *s = msg_get_source_scenario(m);
	uint32_t i;

	if (is_uncertain())
		return;
	must(loaded.source != NULL && loaded.size == loaded.source->size);
	for (i = 0; i < loaded.source->nscenarios; i++) {
		if (memcmp(s, &loaded.source->scenarios[i], sizeof(*s)) == 0)
			break;
	}
	must(i < loaded.source->nscenarios);
	loaded.nscenarios++;
}

static void
hear_proxy(const struct msg *m)
{
	const struct stored_proxy *p = msg_get_stored_proxy(m);
	const struct store_proxy *k;

	must(load_id != 0);
	if (is_uncertain())
		return;
	must(is_whole());
	must(loaded.source == TAILQ_LAST(&kept_sources, kept_sources));
	must(loaded.toxic == NULL || TAILQ_NEXT(loaded.toxic, entry) == NULL);
	must(loaded.proxy == NULL || loaded.toxic != NULL ||
	    TAILQ_EMPTY(&loaded.proxy->toxics));
	loaded.proxy = loaded.proxy != NULL ? TAILQ_NEXT(loaded.proxy, entry)
					    : TAILQ_FIRST(&kept);
	loaded.toxic = NULL;
	must(loaded.proxy != NULL);
	k = &loaded.proxy->p;
	must(proxy_key_compare(&p->spec.key, &k->key) == 0);
	must(strcmp(p->spec.listen.text, k->listen) == 0);
	must(strcmp(p->spec.upstream.text, k->upstream) == 0);
	must(strcmp(p->given, k->given) == 0);
	must(p->spec.enabled == k->enabled);
	must(connect_equal(&p->spec.connect, &k->connect));
	must(p->config_print == k->config_print);
	must(p->source == k->source);
	must(p->spec.lease == k->lease);
}

static void
hear_toxic(const struct msg *m)
{
	const struct toxic_create *t = msg_get_toxic_create(m);
	const struct toxic_spec *k;

	must(load_id != 0);
	if (is_uncertain())
		return;
	must(loaded.proxy != NULL);
	loaded.toxic = loaded.toxic != NULL
	    ? TAILQ_NEXT(loaded.toxic, entry)
	    : TAILQ_FIRST(&loaded.proxy->toxics);
	must(loaded.toxic != NULL);
	k = &loaded.toxic->spec;
	must(proxy_key_compare(&t->proxy, &loaded.proxy->p.key) == 0);
	must(strcmp(t->spec.name, k->name) == 0);
	must(t->spec.kind == k->kind && t->spec.stream == k->stream);
	must(t->spec.toxicity == k->toxicity);
	must(t->spec.lease == k->lease);
	must(memcmp(t->spec.values, k->values, sizeof(k->values)) == 0);
	must(memcmp(t->spec.tail, k->tail, sizeof(k->tail)) == 0);
}

/* They come first. */
static void
hear_token(const struct msg *m)
{
	const struct credential *c = msg_get_credential(m);

	must(load_id != 0 && loaded.proxy == NULL);
	must(c->is_stored && strcmp(c->tenant, "a") == 0);
}

/* Was that all there is? */
static void
hear_loaded(const struct store_result *r)
{
	load_id = 0;
	must(r->code == STORE_OK || r->why[0] != '\0');
	if (is_uncertain() || r->code != STORE_OK)
		return;
	must(is_whole());
	must(loaded.source == TAILQ_LAST(&kept_sources, kept_sources));
	must(loaded.proxy == TAILQ_LAST(&kept, kept_proxies));
	must(loaded.proxy == NULL ||
	    loaded.toxic == TAILQ_LAST(&loaded.proxy->toxics, kept_toxics));
}

static void
hear_result(const struct msg *m)
{
	const struct store_result *r = msg_get_store_result(m);

	if (m->id == load_id) {
		hear_loaded(r);
		return;
	}
	must(nasked > 0);
	nasked--;
	if (kept_answered(m->id, r->code == STORE_OK))
		is_gone = 0;
	if (r->code == STORE_UNSURE) /* until all is said anew */
		is_gone = 1;
	must(r->code != STORE_CORRUPT || is_uncertain());
}

static void
hear(void)
{
	struct msg m;
	int r;

	while ((r = chan_receive(&ctld, &m)) == 1) {
		must(m.fd == -1);
		if (m.type == MSG_STORED_PROXY)
			hear_proxy(&m);
		else if (m.type == MSG_STORED_TOXIC)
			hear_toxic(&m);
		else if (m.type == MSG_STORED_TOKEN)
			hear_token(&m);
		else if (m.type == MSG_STORED_SOURCE)
			hear_source(&m);
		else if (m.type == MSG_STORED_SOURCE_TEXT)
			hear_source_text(&m);
		else if (m.type == MSG_STORED_SOURCE_SCENARIO)
			hear_source_scenario(&m);
		else if (m.type == MSG_STORED)
			hear_result(&m);
		else
			must(m.type == MSG_PONG || m.type == MSG_STORED_HALT ||
			    m.type == MSG_STORED_SCENARIO ||
			    m.type == MSG_STORED_SCENARIO_TOXIC);
	}
	must(r == 0 || errno == EPIPE);
}

/* ---- what ctld says */

#define tell(type, id, payload) \
	tell_sized(type, id, payload, sizeof(*(payload)))
static void
tell_sized(enum msg_type type, uint32_t id, const void *payload, size_t size)
{
	struct msg m = { .type = type, .id = id, .fd = -1 };

	m.len = msg_length(type, payload); /* as it arrives */
	memcpy(&m.payload, payload, m.len);
	kept_hear(&m);
	nasked += type == MSG_STORE_COMMIT;
	if (type == MSG_STORE_LOAD) {
		load_id = id;
		memset(&loaded, 0, sizeof(loaded));
	}
	chan_send_sized(&ctld, type, id, payload, size, -1);
}

static void
key_of(struct input *in, struct proxy_key *key)
{
	static const char *const names[] = { "a", "b", "\xff", "c d" };
	uint8_t which = input_byte(in);

	strcpy(key->name, names[which % nitems(names)]);
	if (which >= 0xe0)
		strcpy(key->tenant, "a");
}

/* What is bound is an address; all else may be anything, if it is text. */
static void
text_of(struct input *in, char text[ENDPOINT_TEXT_MAX + 1], int is_bound)
{
	if (is_bound) {
		snprintf(
		    text, ENDPOINT_TEXT_MAX, "127.0.0.1:%u", input_byte(in));
		return;
	}
	input_text(in, text, ENDPOINT_TEXT_MAX);
	if (text[0] == '\0' || !utf8_is_text(text))
		snprintf(text, ENDPOINT_TEXT_MAX, "name:%u", input_byte(in));
}

static void
tell_proxy(struct input *in)
{
	struct store_proxy p = { .enabled = input_byte(in) & 1 };

	key_of(in, &p.key);
	text_of(in, p.listen, p.enabled);
	text_of(in, p.given, 0);
	text_of(in, p.upstream, 0);
	if ((p.config_print = input_number(in, 8)) % 4 == 3)
		packet_connect_spec(in, &p.connect);
	p.lease = (int64_t)(p.config_print >> 1);
	p.source = (uint32_t)p.config_print;
	tell(MSG_STORE_PROXY, 0, &p);
}

static void
tell_proxy_gone(struct input *in)
{
	struct proxy_key name = { .name = "" };

	key_of(in, &name);
	tell(MSG_STORE_PROXY_GONE, 0, &name);
}

static void
tell_toxic(struct input *in)
{
	struct toxic_create create = { .proxy = { .name = "" } };

	key_of(in, &create.proxy);
	if (packet_toxic(in, &create.spec) == -1)
		return;
	create.spec.lease = input_byte(in);
	tell(MSG_STORE_TOXIC, 0, &create);
}

static void
tell_toxic_gone(struct input *in)
{
	struct toxic_name name = { .name = "" };

	key_of(in, &name.proxy);
	name.name[0] = (char)('a' + input_byte(in) % 4);
	tell(MSG_STORE_TOXIC_GONE, 0, &name);
}

static void
tell_token(struct input *in)
{
	struct credential c = { .tenant = "a", .is_stored = 1 };

	c.digest.bytes[0] = input_byte(in);
	c.name[0] = (char)('a' + input_byte(in) % 4);
	c.role = input_byte(in) % CALLER_ROLES;
	c.expires = (int64_t)input_number(in, 4);
	c.last_used = (int64_t)input_number(in, 4);
	tell(MSG_STORE_TOKEN, 0, &c);
}

static void
tell_token_gone(struct input *in)
{
	struct token_name name = { .tenant = "a" };

	name.name[0] = (char)('a' + input_byte(in) % 4);
	tell(MSG_STORE_TOKEN_GONE, 0, &name);
}

static void
tell_halt(struct input *in)
{
	struct halt h = { .tenant = HALT_OF_ALL };
	uint8_t how = input_byte(in);

	if (how & 2)
		h.tenant[0] = (char)('a' + how % 4);
	tell(how & 1 ? MSG_STORE_HALT : MSG_STORE_HALT_GONE, 0, &h);
}

/* Of a proxy that may not be there; or its end. */
static void
tell_scenario(struct input *in)
{
	struct scenario_spec s = { .name = "s", .nsteps = 2 };
	const struct connect_spec refuse = { .mode = CONNECT_REFUSE };
	struct toxic_create create = { .proxy = { .name = "" } };
	uint8_t how = input_byte(in);

	key_of(in, &s.proxy);
	if ((how & 3) == 0) {
		tell(MSG_STORE_SCENARIO_GONE, 0, &s.proxy);
		return;
	}
	s.loops = how & 1;
	s.began = (int64_t)input_number(in, 4);
	s.durations[0] = s.durations[1] = how;
	if (how & 4)
		(void)scenario_connect_set(&s, 1, &refuse);
	s.lossless[1] = (how & 8) != 0;
	create.proxy = s.proxy;
	s.ntoxics = packet_toxic(in, &create.spec) == 0;
	tell(MSG_STORE_SCENARIO, 0, &s);
	create.spec.lease = 0;
	if (s.ntoxics == 1 &&
	    toxic_owner_set(&create.spec, "scenario:s:1") == 0)
		tell(MSG_STORE_SCENARIO_TOXIC, 0, &create);
}

/* Whole, or not quite; or its end. */
static void
tell_source(struct input *in)
{
	struct source_state s = { .applied_at = 1 };
	struct source_scenario scenario = { .proxy = { .name = "p" } };
	struct source_text part = { .n = 0 };
	const struct source_ref ref = { .id = 2 + input_byte(in) % 4 };
	uint8_t how = input_byte(in), i;

	if ((how & 7) == 0) {
		tell(MSG_STORE_SOURCE_GONE, 0, &ref);
		return;
	}
	scenario.source = s.id = ref.id;
	s.name[0] = (char)('a' + input_byte(in) % 4);
	input_text(in, part.bytes, 15);
	part.n = (uint32_t)strlen(part.bytes);
	s.size = (uint64_t)part.n * (how >> 3 & 3);
	s.nscenarios = how >> 5 & 3;
	tell(MSG_STORE_SOURCE, 0, &s);
	for (i = (how & 7) == 1; part.n > 0 && i < (how >> 3 & 3); i++)
		tell(MSG_STORE_SOURCE_TEXT, 0, &part);
	for (i = (how & 7) == 2; i < (how >> 5 & 3); i++) {
		scenario.name[0] = (char)('a' + ((how & 7) == 3 ? 0 : i));
		scenario.print = input_byte(in);
		tell(MSG_STORE_SOURCE_SCENARIO, 0, &scenario);
	}
}

static void
tell_events(struct input *in)
{
	struct event_block block = { .next = input_byte(in) };

	tell(MSG_STORE_EVENTS, 0, &block);
}

static void
tell_toxics_gone(struct input *in)
{
	struct proxy_key name = { .name = "" };

	key_of(in, &name);
	tell(MSG_STORE_TOXICS_GONE, 0, &name);
}

static void
tell_nothing(enum msg_type type, uint32_t id)
{
	struct nothing nothing = { 0 };

	tell(type, id, &nothing);
}

static void
tell_commit(struct input *in)
{
	(void)in;
	tell_nothing(MSG_STORE_COMMIT, ++last_id);
}

static void
tell_clear(struct input *in)
{
	(void)in;
	if (nasked == 0) /* as ctld does it */
		tell_nothing(MSG_STORE_CLEAR, 0);
}

static void
tell_load(struct input *in)
{
	(void)in;
	if (load_id == 0)
		tell_nothing(MSG_STORE_LOAD, ++last_id);
}

/* Well-formed, and not too early; anything else in it. */
static void
tell_noise(struct input *in)
{
	struct chan from;
	struct msg m;
	int fds[2];

	must(chan_pair(fds) == 0);
	chan_open(&from, fds[0]);
	packet_random(in, fds[1]);
	if (chan_receive(&from, &m) == 1) {
		if (m.type != MSG_STORE_LOAD && m.type != MSG_STORE_CLEAR &&
		    m.type != MSG_STORE_COMMIT)
			tell_sized(m.type, m.id, &m.payload, msg_size(m.type));
		msg_drop(&m);
	}
	chan_close(&from);
	close(fds[1]);
}

/* ---- what happens */

static void
disk_fails(struct input *in)
{
	uint8_t how = input_byte(in);

	fault.after = input_byte(in) % 32;
	fault.n = how & 31;
	fault.error = (how & 32) != 0 ? EIO : ENOSPC;
}

static void
disk_works(struct input *in)
{
	(void)in;
	fault.n = 0;
}

static void
damage(struct input *in)
{
	const char *name = (input_byte(in) & 1) ? "toxid.db" : "toxid.db-wal";
	uint64_t n = input_number(in, 8);
	off_t at = (off_t)input_number(in, 2);
	int fd;

	if ((fd = open(name, O_WRONLY | O_CLOEXEC)) == -1)
		return;
	is_damaged_inside = 1;
	must(pwrite(fd, &n, sizeof(n), at) == sizeof(n));
	close(fd);
}

static void
file_goes(struct input *in)
{
	is_gone = 1;
	(void)((input_byte(in) & 1) ? unlink("toxid.db")
				    : rename("toxid.db", "elsewhere"));
}

static void
is_heard(struct input *in)
{
	(void)in;
	ctld_readable();
	hear();
	must(change.is_begun || nasked == 0 || stored.has_ended);
	must(load_id == 0);
}

static void
process_again(struct input *in)
{
	uint8_t how = input_byte(in);

	process_end(how & 1);
	process_start(how >> 1 & 1);
}

static void (*const acts[])(struct input *) = { tell_proxy, tell_proxy_gone,
	tell_toxic, tell_toxic_gone, tell_toxics_gone, tell_token,
	tell_token_gone, tell_halt, tell_scenario, tell_source, tell_events,
	tell_commit, tell_clear, tell_load, tell_noise, disk_fails, disk_works,
	damage, file_goes, is_heard, process_again, tell_proxy, tell_toxic,
	tell_commit, is_heard, tell_toxic };

static void
begin(struct input *in)
{
	if ((input_byte(in) & 3) == 0) /* mostly it begins as it should */
		return;
	tell_load(in);
	is_heard(in);
}

/* ... from which a new one starts. */
static void
check(int is_killed)
{
	struct input none = { NULL, 0 };

	process_end(is_killed);
	fault.n = 0;
	process_start(0);
	tell_load(&none);
	is_heard(&none);
	must(is_uncertain() || is_synced);
	process_end(0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };
	uint8_t how = input_byte(&in);
	int lowest_fd = fuzz_lowest_free_fd();

	folder_enter();
	is_damaged_inside = is_gone = 0;
	fault.n = 0;
	last_id = 0;
	process_start(how & 1);
	fuzz_may_end = 1;
	if (setjmp(fuzz_end) == 0) {
		begin(&in);
		while (in.size > 0)
			acts[input_byte(&in) % nitems(acts)](&in);
		is_heard(&in);
	}
	fuzz_may_end = 0;
	hear();
	check(how & 2);
	kept_clear();
	folder_leave();
	must(fuzz_lowest_free_fd() == lowest_fd);
	return 0;
}
