/* SPDX-License-Identifier: ISC */
/*
 * A database that somebody has been at: stored opens it or says why not, what
 * it reads from it is what a message may say, and the whole truth can be
 * written there again.
 */

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "folder.h"
#include "packet.h"
#include "stored.h"

#define NAME "toxid.db"

/* The kinds below a slicer's, which are in order without attributes. */
#define NTOXICS (TOXIC_SLICER - TOXIC_LATENCY)

/* One that is in order, of a source, two proxies and these toxics of each. */
static uint8_t sound[1 << 17];
static size_t size_sound;

/* ---- in order */

/* 0, or -1: so bad that it cannot be written. */
static int
put_proxy(const char *name, struct store_result *r)
{
	struct store_proxy p = { .enabled = 1 };
	struct toxic_create t = { .proxy = { .name = "" } };
	int result, kind;

	snprintf(p.key.name, sizeof(p.key.name), "%s", name);
	snprintf(p.listen, sizeof(p.listen), "127.0.0.1:80");
	snprintf(p.given, sizeof(p.given), "localhost:http");
	snprintf(p.upstream, sizeof(p.upstream), "[::1]:81");
	result = database_proxy(&p, r);
	t.proxy = p.key;
	for (kind = TOXIC_LATENCY;
	     result == 0 && kind < TOXIC_LATENCY + NTOXICS; kind++) {
		toxic_spec_init(&t.spec, (enum toxic_kind)kind);
		t.spec.toxicity = 0.5F;
		t.spec.name[0] = (char)('a' + kind);
		result = database_toxic(&t, r);
	}
	return result;
}

static int
put_source(struct store_result *r)
{
	const struct source_state s = { .applied_at = 1,
		.size = 6,
		.id = 2,
		.nscenarios = 1,
		.name = "fleet",
		.generation = "41" };
	const struct source_text text = { .n = 3, .bytes = "[] " };
	const struct source_scenario scenario = { .proxy = { .name = "a" },
		.source = 2,
		.print = 7,
		.name = "flaky" };

	return database_source(&s, r) == 0 &&
		database_source_text(&text, r) == 0 &&
		database_source_text(&text, r) == 0
	    ? database_source_scenario(&scenario, r)
	    : -1;
}

static int
put_truth(struct store_result *r)
{
	if (database_open(r) == -1 || database_begin(r) == -1)
		return -1;
	if (database_clear(r) == 0 && put_source(r) == 0 &&
	    put_proxy("a", r) == 0 && put_proxy("b", r) == 0)
		return database_commit(r);
	database_rollback();
	return -1;
}

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	struct store_result r;
	ssize_t n;
	int fd;

	(void)argc;
	(void)argv;
	stored.proxies_max = 4000;
	folder_open();
	folder_enter();
	must(put_truth(&r) == 0);
	database_close();
	must((fd = open(NAME, O_RDONLY | O_CLOEXEC)) != -1);
	must((n = read(fd, sound, sizeof(sound))) > 0);
	must(n < (ssize_t)sizeof(sound));
	size_sound = (size_t)n;
	close(fd);
	folder_leave();
	return 0;
}

/* ---- what is read from it */

static unsigned int nproxies, ntoxics, ntokens;
static uint64_t awaited; /* bytes, and scenarios, of the last source */

static void
check_proxy(const struct stored_proxy *p)
{
	struct msg m = { .type = MSG_STORED_PROXY, .len = sizeof(*p) };

	m.payload.stored_proxy = *p;
	must(msg_check(&m) == 0 && awaited == 0);
	nproxies++;
}

static void
check_toxic(const struct toxic_create *t)
{
	struct msg m = { .type = MSG_STORED_TOXIC };

	m.len = msg_length(m.type, t);
	m.payload.toxic_create = *t;
	must(msg_check(&m) == 0);
	ntoxics++;
}

static void
check_token(const struct credential *c)
{
	struct msg m = { .type = MSG_STORED_TOKEN };

	m.len = msg_length(m.type, c);
	m.payload.credential = *c;
	must(msg_check(&m) == 0 && c->is_stored);
	ntokens++;
}

static void
check_halt(const struct halt *h)
{
	struct msg m = { .type = MSG_STORED_HALT };

	m.len = msg_length(m.type, h);
	m.payload.halt = *h;
	must(msg_check(&m) == 0);
}

static void
check_source(const struct source_state *s)
{
	struct msg m = { .type = MSG_STORED_SOURCE, .len = sizeof(*s) };

	m.payload.source_state = *s;
	must(msg_check(&m) == 0 && awaited == 0);
	awaited = s->size + s->nscenarios;
}

static void
check_source_text(const struct source_text *part)
{
	struct msg m = { .type = MSG_STORED_SOURCE_TEXT, .len = sizeof(*part) };

	m.payload.source_text = *part;
	must(msg_check(&m) == 0 && part->n <= awaited);
	awaited -= part->n;
}

static void
check_source_scenario(const struct source_scenario *s)
{
	struct msg m = { .type = MSG_STORED_SOURCE_SCENARIO,
		.len = sizeof(*s) };

	m.payload.source_scenario = *s;
	must(msg_check(&m) == 0 && awaited > 0);
	awaited--;
}

static void
check_scenario(const struct scenario_spec *s)
{
	struct msg m = { .type = MSG_STORED_SCENARIO, .len = sizeof(*s) };

	m.payload.scenario_spec = *s;
	must(msg_check(&m) == 0);
}

static void
check_scenario_toxic(const struct toxic_create *t)
{
	struct msg m = { .type = MSG_STORED_SCENARIO_TOXIC };

	m.len = msg_length(m.type, t);
	m.payload.toxic_create = *t;
	must(msg_check(&m) == 0);
}

static int
load(struct store_result *r)
{
	static const struct told told = { check_token, check_halt, check_source,
		check_source_text, check_source_scenario, check_proxy,
		check_toxic, check_scenario, check_scenario_toxic };

	nproxies = ntoxics = ntokens = 0;
	awaited = 0;
	return database_load(&told, r);
}

/* ---- damaged */

static void
damage(struct input *in, uint8_t *file)
{
	uint8_t n = input_byte(in) & 15;
	size_t at = input_number(in, 2) % (size_sound - 16);

	input_bytes(in, file + at, n);
}

static void
make_file(struct input *in)
{
	static uint8_t file[sizeof(sound)];
	uint8_t how = input_byte(in);
	size_t n = size_sound;
	int fd;

	memcpy(file, sound, n);
	if ((how & 7) == 0)
		n = input_number(in, 2) % n;
	if ((how & 7) == 1) { /* any bytes */
		n = in->size;
		input_bytes(in, file, n);
	}
	while (in->size > 0)
		damage(in, file);
	fd = open(NAME, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	must(fd != -1);
	must(write(fd, file, n) == (ssize_t)n);
	close(fd);
}

static void
check_result(int failed, const struct store_result *r)
{
	must(!failed || (r->code != STORE_OK && r->code < STORE_CODE_MAX));
	must(!failed || r->why[0] != '\0');
}

/* As dispatch.c does it where the database turns out to be no good. */
static void
mend(void)
{
	struct store_result r = { .code = STORE_OK };

	database_put_aside();
	must(put_truth(&r) == 0);
	must(load(&r) == 0);
	must(nproxies == 2 && ntoxics == 2 * NTOXICS);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };
	struct store_result r = { .code = STORE_OK };
	int lowest_fd = fuzz_lowest_free_fd();
	int failed;

	folder_enter();
	make_file(&in);
	failed = database_open(&r) == -1 || load(&r) == -1;
	check_result(failed, &r);
	if (!failed)
		check_result(put_truth(&r) == -1, &r);
	mend();
	database_close();
	folder_leave();
	must(fuzz_lowest_free_fd() == lowest_fd);
	return 0;
}
