/* SPDX-License-Identifier: ISC */
/*
 * Lies: each is a message as an honest child says it, but for one thing.  Each
 * process tells the next one, as the file "next" beside it says, up to the one
 * that the file "end" says, and then the honest program is run.  One that is
 * not killed for its lie writes it to the file "survived".
 */

#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "hostile.h"
#include "toxic_tail.h"

/* Behind so many ms whoever was to be killed has not been. */
#define PATIENCE_MS 3000

/* ---- which */

static int number_of_lies, told = -1;
static const char *text_of_told;

/* Is it this one's turn?  -1: all are only counted. */
static int
is_next(const char *text)
{
	if (number_of_lies++ != told)
		return 0;
	text_of_told = text;
	return 1;
}

static int
number_in(const char *file)
{
	char text[16] = "";
	int fd = mode_open(file, O_RDONLY);

	if (fd == -1 || read(fd, text, sizeof(text) - 1) == -1)
		exit(2);
	close(fd);
	return (int)strtol(text, NULL, 10);
}

static void
write_line(const char *file, int flags, const char *line)
{
	int fd = mode_open(file, O_WRONLY | flags);

	if (fd == -1 || dprintf(fd, "%s\n", line) < 0)
		exit(2);
	close(fd);
}

/* ---- what honest ones say */

static void
tell(enum msg_type type, uint32_t id, const void *payload)
{
	struct packet p = { .type = type, .id = id };
	size_t length = msg_length(type, payload);

	if (length > msg_size(type)) /* a tail that is longer than there is */
		length = msg_size(type);
	memcpy(p.payload, payload, length);
	say(&p, HEADER + length, -1, 0);
}

/* An address and a port, as numbers. */
static struct endpoint
endpoint(const char *text)
{
	struct endpoint e;

	if (endpoint_split(&e, text) == -1)
		exit(2);
	return e;
}

static struct proxy_create
a_proxy(void)
{
	struct proxy_create p = { .spec = { .name = "lie", .enabled = 1 } };

	p.spec.listen = endpoint("127.0.0.1:0");
	p.spec.upstream = endpoint("127.0.0.1:9");
	return p;
}

static struct proxy_update
an_update(void)
{
	struct proxy_update u = { .name = "kept", .has_upstream = 1 };

	u.upstream = endpoint("127.0.0.1:9");
	return u;
}

static struct toxic_spec
a_toxic(void)
{
	struct toxic_spec t;

	toxic_spec_init(&t, TOXIC_CARRY);
	snprintf(t.name, sizeof(t.name), "t");
	if (toxic_tail_set_text(&t, CARRY_NOTE, "note") == -1 ||
	    toxic_tail_add_integer(&t, CARRY_CODES, 500) == -1 ||
	    toxic_tail_add_text(&t, CARRY_HOSTS, "a") == -1)
		exit(2);
	return t;
}

static struct toxic_create
a_toxic_on_it(void)
{
	struct toxic_create t = { .proxy = "kept" };

	t.spec = a_toxic();
	snprintf(t.spec.name, sizeof(t.spec.name), "lie");
	return t;
}

static struct toxic_update
a_toxics_update(void)
{
	struct toxic_update u = { .proxy = "kept", .has_toxicity = 1 };

	u.spec = a_toxic();
	return u;
}

static struct proxy_name
its_name(void)
{
	return (struct proxy_name){ .proxy = "kept" };
}

static struct toxic_name
its_toxic(void)
{
	return (struct toxic_name){ .proxy = "kept", .name = "t" };
}

static void
with_toxic(enum msg_type type, const struct toxic_spec *spec)
{
	struct proxy_create p = a_proxy();

	p.ntoxics = 1;
	tell(type, 1, &p);
	tell(MSG_PROXY_CREATE_TOXIC, 1, spec);
}

/* ---- the lies */

/* The next that is asked is id 1. */
#define LIE(type, make, statement)                    \
	do {                                          \
		__typeof__(make) p = make;            \
		if (is_next(#type ": " #statement)) { \
			statement;                    \
			tell(MSG_##type, 1, &p);      \
		}                                     \
	} while (0)

#define DO(statement)                      \
	do {                               \
		if (is_next(#statement)) { \
			statement;         \
		}                          \
	} while (0)

/* Of a name in a field: not UTF-8, not there, without an end, more behind it */
#define NAMES(type, make, field)                                        \
	do {                                                            \
		LIE(type, make, strcpy(p.field, "\xff"));               \
		LIE(type, make, strcpy(p.field, "\xed\xa0\x80"));       \
		LIE(type, make, strcpy(p.field, "\xc0\x80"));           \
		LIE(type, make, p.field[0] = '\0');                     \
		LIE(type, make, memset(p.field, 'x', sizeof(p.field))); \
		LIE(type, make, p.field[sizeof(p.field) - 1] = 'x');    \
		LIE(type, make,                                         \
		    memcpy(p.field, "kept\0t", sizeof("kept\0t")));     \
	} while (0)

#define ENDPOINTS(type, make, e)                                               \
	do {                                                                   \
		LIE(type, make, p.e.address.ip[3] = 2);                        \
		LIE(type, make, p.e.address.ip[4] = 1);                        \
		LIE(type, make, p.e.address.port++);                           \
		LIE(type, make, p.e.address.family = 6);                       \
		LIE(type, make, p.e.address.family = 7);                       \
		LIE(type, make, p.e.address.scope = 1);                        \
		LIE(type, make, p.e.address.reserved = 1);                     \
		LIE(type, make, strcpy(p.e.address.zone, "lo"));               \
		LIE(type, make, p.e.literal = 0);                              \
		LIE(type, make, p.e.literal = 2);                              \
		LIE(type, make, strcpy(p.e.host, "127.0.0.2"));                \
		LIE(type, make, strcpy(p.e.host, "localhost"));                \
		LIE(type, make, strcpy(p.e.service, "81"));                    \
		LIE(type, make, strcpy(p.e.text, "127.0.0.2:0"));              \
		LIE(type, make, strcpy(p.e.text, "localhost:0"));              \
		LIE(type, make, p.e.error = ENDPOINT_NO_SUCH_HOST);            \
		LIE(type, make, p.e.error = ENDPOINT_ERROR_MAX);               \
		LIE(type, make, memset(p.e.text, 'x', sizeof(p.e.text)));      \
		LIE(type, make, memset(p.e.host, 'x', sizeof(p.e.host)));      \
		LIE(type, make, p.e.host[sizeof(p.e.host) - 2] = 'x');         \
		LIE(type, make, p.e.text[sizeof(p.e.text) - 2] = 'x');         \
		LIE(type, make, p.e = endpoint("[::1]:0");                     \
		    p.e.address.ip[0]++);                                      \
		LIE(type, make, p.e = endpoint("[::ffff:1.2.3.4]:0");          \
		    p.e.address.ip[15]++);                                     \
		LIE(type, make, p.e = endpoint("[fe80::1]:0");                 \
		    strcpy(p.e.text, "[FE80::1]:0");                           \
		    strcpy(p.e.host, "FE80::1"));                              \
		LIE(type, make, p.e = endpoint("[fe80::1]:0");                 \
		    strcpy(p.e.text, "[fe80::1%lo]:0");                        \
		    strcpy(p.e.host, "fe80::1%lo");                            \
		    strcpy(p.e.address.zone, "lo"); p.e.address.scope = 77);   \
		LIE(type, make, p.e = endpoint("[fe80::1]:0");                 \
		    strcpy(p.e.text, "[fe80::1%77]:0");                        \
		    strcpy(p.e.host, "fe80::1%77"); p.e.address.scope = 77);   \
		LIE(type, make, p.e = endpoint("db:1");                        \
		    strcpy(p.e.host, "evil"));                                 \
		LIE(type, make, p.e = endpoint("db:1");                        \
		    strcpy(p.e.text, "d\xff:1"); strcpy(p.e.host, "d\xff"));   \
		LIE(type, make, p.e = endpoint("db"); strcpy(p.e.host, "db")); \
	} while (0)

#define TOXICS_OF(type, make, t)                                              \
	do {                                                                  \
		NAMES(type, make, t.name);                                    \
		LIE(type, make, p.t.kind = TOXIC_NONE);                       \
		LIE(type, make, p.t.kind = TOXIC_KIND_MAX);                   \
		LIE(type, make, p.t.kind = 255);                              \
		LIE(type, make, p.t.stream = STREAM_MAX);                     \
		LIE(type, make, p.t.toxicity = NAN);                          \
		LIE(type, make, p.t.toxicity = INFINITY);                     \
		LIE(type, make, p.t.toxicity = -INFINITY);                    \
		LIE(type, make, p.t.values[CARRY_SHARE].fraction = NAN);      \
		LIE(type, make, p.t.values[CARRY_SHARE].fraction = INFINITY); \
		LIE(type, make, p.t.values[CARRY_WAY].integer = 99);          \
		LIE(type, make, p.t.values[CARRY_WAY].integer = -1);          \
		LIE(type, make, p.t.values[CARRY_NATTRIBUTES].integer = 1);   \
		LIE(type, make, p.t.values[CARRY_NOTE].bytes++);              \
		LIE(type, make, p.t.values[CARRY_CODES].bytes--);             \
		LIE(type, make, p.t.values[CARRY_HOSTS].bytes = UINT64_MAX);  \
		LIE(type, make, p.t.ntail++);                                 \
		LIE(type, make, p.t.ntail--);                                 \
		LIE(type, make, p.t.ntail = UINT16_MAX);                      \
		LIE(type, make, p.t.tail[0] = 0xff);                          \
		LIE(type, make, p.t.tail[1] = '\0');                          \
		LIE(type, make, p.t.tail[p.t.ntail - 1] = 'x');               \
		LIE(type, make, memset(&p.t.tail[5], 0xff, 8));               \
		LIE(type, make, memset(&p.t, 0, sizeof(p.t));                 \
		    p.t.name[0] = 't'; p.t.kind = TOXIC_BANDWIDTH;            \
		    p.t.values[BANDWIDTH_RATE].integer = -1);                 \
		LIE(type, make, memset(&p.t, 0, sizeof(p.t));                 \
		    p.t.name[0] = 't'; p.t.kind = TOXIC_SLICER);              \
	} while (0)

static void
lies_about_proxies(void)
{
	NAMES(PROXY_CREATE, a_proxy(), spec.name);
	NAMES(PROXY_POPULATE, a_proxy(), spec.name);
	NAMES(PROXY_UPDATE, an_update(), name);
	NAMES(PROXY_DELETE, its_name(), proxy);
	NAMES(PROXY_RESET, its_name(), proxy);
	NAMES(PROXY_AWAIT, its_name(), proxy);
	NAMES(TOXIC_DELETE, its_toxic(), proxy);
	NAMES(TOXIC_DELETE, its_toxic(), name);
	ENDPOINTS(PROXY_CREATE, a_proxy(), spec.listen);
	ENDPOINTS(PROXY_POPULATE, a_proxy(), spec.upstream);
	ENDPOINTS(PROXY_UPDATE, an_update(), upstream);
	LIE(PROXY_CREATE, a_proxy(), p.spec.enabled = 2);
	LIE(PROXY_CREATE, a_proxy(), p.spec.upstream = endpoint(""));
	LIE(PROXY_CREATE, a_proxy(), p.ntoxics = PROXY_TOXICS_MAX + 1);
	LIE(PROXY_UPDATE, an_update(), p.has_listen = 1);
	LIE(PROXY_UPDATE, an_update(), p.has_listen = 2);
	LIE(PROXY_UPDATE, an_update(), p.has_upstream = 0);
	LIE(PROXY_UPDATE, an_update(), p.has_enabled = 2);
	LIE(PROXY_UPDATE, an_update(), p.enabled = 1);
	LIE(PROXY_UPDATE, an_update(),
	    memset(&p.upstream, 0, sizeof(p.upstream)));
}

static void
lies_about_toxics(void)
{
	struct toxic_spec spec = a_toxic();

	NAMES(TOXIC_CREATE, a_toxic_on_it(), proxy);
	NAMES(TOXIC_UPDATE, a_toxics_update(), proxy);
	TOXICS_OF(TOXIC_CREATE, a_toxic_on_it(), spec);
	TOXICS_OF(TOXIC_UPDATE, a_toxics_update(), spec);
	LIE(TOXIC_UPDATE, a_toxics_update(), p.has_toxicity = 2);
	LIE(TOXIC_UPDATE, a_toxics_update(), p.values_given = 0x80);
	LIE(TOXIC_UPDATE, a_toxics_update(), p.reserved[5] = 1);
	DO(spec.name[0] = '\0'; with_toxic(MSG_PROXY_CREATE, &spec));
	DO(spec.toxicity = NAN; with_toxic(MSG_PROXY_POPULATE, &spec));
	DO(with_toxic(MSG_PROXY_CREATE, &spec);
	    tell(MSG_PROXY_CREATE_TOXIC, 1, &spec));
	DO(tell(MSG_PROXY_CREATE_TOXIC, 1, &spec));
}

/* Good ones, at the wrong time. */
static void
lies_about_order(void)
{
	struct proxy_name name = its_name();
	struct proxy_create two = a_proxy();
	struct toxic_spec spec = a_toxic();

	two.ntoxics = 2;
	DO(tell(MSG_PROXY_RESET, 0, &name));
	DO(tell(MSG_PROXY_RESET, 2, &name));
	DO(tell(MSG_PROXY_RESET, UINT32_MAX, &name));
	DO(tell(MSG_PROXY_AWAIT, 1, &name); tell(MSG_PROXY_RESET, 1, &name));
	DO(tell(MSG_PROXY_CREATE, 1, &two); tell(MSG_PROXY_RESET, 2, &name));
	DO(tell(MSG_PROXY_CREATE, 1, &two);
	    tell(MSG_PROXY_CREATE_TOXIC, 2, &spec));
	DO(tell(MSG_PROXY_CREATE, 1, &two);
	    tell(MSG_PROXY_CREATE_TOXIC, 1, &spec);
	    tell(MSG_PROXY_CREATE_TOXIC, 1, &spec));
	DO(say_zeros(MSG_API_SERVES, 0));
	DO(say_ready());
}

/* What others say, and what nobody does; with a descriptor, and without. */
static void
lies_about_types(void)
{
	char text[32];
	uint32_t type;
	int has_fd;

	for (type = 0; type < MSG_MAX + 2; type++) {
		if (type == MSG_LOG) /* an empty line may be said */
			continue;
		for (has_fd = 0; has_fd < 2; has_fd++) {
			struct packet p = { .type = type };

			snprintf(text, sizeof(text), "type %u%s", type,
			    has_fd ? ", and a descriptor" : "");
			if (is_next(strdup(text)))
				say(&p, HEADER + msg_size(type),
				    has_fd ? CHAN_FD : -1, 0);
		}
	}
}

static void
lies_of_apid(void)
{
	lies_about_proxies();
	lies_about_toxics();
	lies_about_order();
	lies_about_types();
}

/* ---- telling them */

static void
wait_to_be_killed(void)
{
	static const struct timespec pause = { .tv_nsec = 10 * 1000 * 1000 };
	int ms;

	for (ms = 0; ms < PATIENCE_MS; ms += 10) {
		hear();
		nanosleep(&pause, NULL);
	}
	write_line("survived", O_APPEND, text_of_told);
	exit(0);
}

static void
count(void (*lies)(void))
{
	lies();
	printf("%d\n", number_of_lies);
	exit(0);
}

/* "lies": of an apid that serves; "lies count": how many there are */
void
lies_run(const char *mode, char *argv[])
{
	char text[16];
	int next;

	if (strcmp(mode, "count-lies") == 0)
		count(lies_of_apid);
	if (strcmp(mode, "lies") != 0)
		return;
	if ((next = number_in("next")) >= number_in("end"))
		mode_honest(argv);
	snprintf(text, sizeof(text), "%d", next + 1);
	write_line("next", O_TRUNC, text);
	(void)fcntl(CHAN_FD, F_SETFL, 0); /* it may wait */
	serve();
	told = next;
	lies_of_apid();
	wait_to_be_killed();
}
