/* SPDX-License-Identifier: ISC */
/*
 * Lies: each is a message as an honest child says it, but for one thing.  Each
 * process tells the next one, as the file "next" beside it says, up to the one
 * that the file "end" says, and then the honest program is run.  One that is
 * not killed for its lie writes it to the file "survived".
 */

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "agreed.h"
#include "hostile_lies.h"
#include "lease.h"
#include "nitems.h"

/* Behind so many ms whoever was to be killed has not been. */
#define PATIENCE_MS 3000

/* ---- which */

static int number_of_lies, told = -1;
static const char *text_of_told;

/* told -1: all are only counted */
int
lie_is_next(const char *text)
{
	if (number_of_lies++ != told)
		return 0;
	text_of_told = text;
	return 1;
}

int
lie_is_to_come(void)
{
	return told >= number_of_lies;
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

static uint32_t lie_id = 1; /* of the next request; 0: as stored */

void
lie(enum msg_type type, const void *payload)
{
	tell(type, lie_id, payload);
}

void
tell(enum msg_type type, uint32_t id, const void *payload)
{
	struct packet p = { .type = type, .id = id };
	size_t length = msg_length(type, payload);

	if (length > msg_size(type)) /* a tail that is longer than there is */
		length = msg_size(type);
	memcpy(p.payload, payload, length);
	say(&p, HEADER + length, -1, 0);
}

struct endpoint
endpoint(const char *text)
{
	struct endpoint e;

	if (endpoint_split(&e, text) == -1)
		exit(2);
	return e;
}

struct proxy_create
a_proxy(void)
{
	struct proxy_create p = { .spec = { .key = { .name = "lie" },
				      .enabled = 1 } };

	p.spec.listen = endpoint("127.0.0.1:0");
	p.spec.upstream = endpoint("127.0.0.1:9");
	return p;
}

static struct proxy_update
an_update(void)
{
	struct proxy_update u = { .key = { .name = "kept" },
		.has_upstream = 1 };

	u.upstream = endpoint("127.0.0.1:9");
	return u;
}

struct toxic_spec
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
	struct toxic_create t = { .proxy = { .name = "kept" } };

	t.spec = a_toxic();
	snprintf(t.spec.name, sizeof(t.spec.name), "lie");
	return t;
}

static struct proxy_profile
a_profile(void)
{
	struct proxy_profile p = {
		.proxy = { .name = "kept" }, .ntoxics = 1, .name = "lie"
	};

	return p;
}

struct scenario_spec
a_scenario(void)
{
	struct scenario_spec s = { .proxy = { .name = "kept" },
		.name = "lie",
		.nsteps = 2,
		.ntoxics = 1,
		.nconnects = 1,
		.durations = { 1000, 1000 },
		.connect_of = { 0, 1 },
		.connects = { { .mode = CONNECT_REFUSE } } };

	return s;
}

static struct scenario_name
a_scenarios_name(void)
{
	struct scenario_name n = { .name = "lie", .id = "a" };

	return n;
}

static struct toxic_update
a_toxics_update(void)
{
	struct toxic_update u = { .proxy = { .name = "kept" },
		.has_toxicity = 1 };

	u.spec = a_toxic();
	return u;
}

static struct proxy_key
its_name(void)
{
	return (struct proxy_key){ .name = "kept" };
}

static struct toxic_name
its_toxic(void)
{
	return (struct toxic_name){ .proxy = { .name = "kept" }, .name = "t" };
}

static struct halt
a_halt(void)
{
	return (struct halt){ .tenant = HALT_OF_ALL };
}

static struct event_question
a_question(void)
{
	return (struct event_question){ .after = 0 };
}

static struct lease_renewal
a_renewal(void)
{
	return (struct lease_renewal){ .of = its_toxic(), .lease = 60000 };
}

static struct session_ref
a_session(void)
{
	return (struct session_ref){ .id.bytes = { 1 } };
}

static struct api_refused
a_refusal(void)
{
	return (struct api_refused){ .request = "GET /proxies", .times = 1 };
}

static void
with_toxic(enum msg_type type, const struct toxic_spec *spec)
{
	struct proxy_create p = a_proxy();

	p.ntoxics = 1;
	tell(type, 1, &p);
	tell(MSG_PROXY_CREATE_TOXIC, 1, spec);
}

static struct credential
a_token(void)
{
	struct credential c = { .tenant = "a", .name = "t", .is_stored = 1 };

	return c;
}

static struct token_name
a_tokens_name(void)
{
	struct token_name name = { .tenant = "a", .name = "t" };

	return name;
}

/* ---- the lies */

static void
lies_about_proxies(void)
{
	NAMES(PROXY_CREATE, a_proxy(), spec.key.name);
	TENANTS(PROXY_CREATE, a_proxy(), spec.key.tenant);
	NAMES(PROXY_POPULATE, a_proxy(), spec.key.name);
	TENANTS(PROXY_POPULATE, a_proxy(), spec.key.tenant);
	NAMES(PROXY_UPDATE, an_update(), key.name);
	TENANTS(PROXY_UPDATE, an_update(), key.tenant);
	NAMES(PROXY_DELETE, its_name(), name);
	TENANTS(PROXY_DELETE, its_name(), tenant);
	NAMES(PROXY_RESET, its_name(), name);
	TENANTS(PROXY_RESET, its_name(), tenant);
	NAMES(PROXY_AWAIT, its_name(), name);
	TENANTS(PROXY_AWAIT, its_name(), tenant);
	NAMES(TOXIC_DELETE, its_toxic(), proxy.name);
	TENANTS(TOXIC_DELETE, its_toxic(), proxy.tenant);
	NAMES(TOXIC_DELETE, its_toxic(), name);
	NAMES(LEASE_RENEW, a_renewal(), of.proxy.name);
	TENANTS(LEASE_RENEW, a_renewal(), of.proxy.tenant);
	LIE(LEASE_RENEW, a_renewal(), p.lease = -2);
	LIE(LEASE_RENEW, a_renewal(), p.lease = LEASE_MS_MAX + 1);
	LIE(PROXY_CREATE, a_proxy(), p.spec.lease = INT64_MAX);
	TENANTS(SESSION_OPEN, a_session(), tenant);
	LIE(SESSION_OPEN, a_session(), p.id.bytes[0] = 0);
	TENANTS(SESSION_RENEW, a_session(), tenant);
	LIE(SESSION_RENEW, a_session(), p.id.bytes[0] = 0);
	TENANTS(SESSION_GONE, a_session(), tenant);
	LIE(SESSION_GONE, a_session(), p.id.bytes[0] = 0);
	LIE(PROXY_UPDATE, an_update(), p.lease = 1);
	LIE(PROXY_UPDATE, an_update(), p.has_lease = 2);
	LIE(PROXY_UPDATE, an_update(), p.has_connect = 2);
	LIE(PROXY_UPDATE, an_update(), p.connect.mode = CONNECT_RESET);
	LIE(PROXY_UPDATE, an_update(), p.has_connect = 1; p.connect.delay = 1);
	LIE(PROXY_CREATE, a_proxy(), p.spec.connect.mode = CONNECT_MODE_MAX);
	LIE(PROXY_POPULATE, a_proxy(),
	    p.spec.connect.dial_delay = CONNECT_DELAY_MAX + 1);
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

	NAMES(TOXIC_CREATE, a_toxic_on_it(), proxy.name);
	TENANTS(TOXIC_CREATE, a_toxic_on_it(), proxy.tenant);
	NAMES(TOXIC_UPDATE, a_toxics_update(), proxy.name);
	TENANTS(TOXIC_UPDATE, a_toxics_update(), proxy.tenant);
	TOXICS_OF(TOXIC_CREATE, a_toxic_on_it(), spec);
	TOXICS_OF(TOXIC_UPDATE, a_toxics_update(), spec);
	LIE(TOXIC_UPDATE, a_toxics_update(), p.has_toxicity = 2);
	LIE(TOXIC_UPDATE, a_toxics_update(), p.values_given = 0x80);
	LIE(TOXIC_UPDATE, a_toxics_update(), p.reserved[2] = 1);
	LIE(TOXIC_UPDATE, a_toxics_update(), p.has_waves = 2);
	LIE(TOXIC_UPDATE, a_toxics_update(), p.spec.lease = 1);
	LIE(TOXIC_CREATE, a_toxic_on_it(), p.spec.lease = LEASE_MS_MAX + 1);
	NAMES(PROXY_PROFILE, a_profile(), proxy.name);
	TENANTS(PROXY_PROFILE, a_profile(), proxy.tenant);
	NAMES(PROXY_PROFILE, a_profile(), name);
	LIE(PROXY_PROFILE, a_profile(), p.name[0] = ':');
	LIE(PROXY_PROFILE, a_profile(), p.name[0] = '\0');
	LIE(PROXY_PROFILE, a_profile(), p.ntoxics = 0);
	LIE(PROXY_PROFILE, a_profile(), p.ntoxics = PROXY_TOXICS_MAX + 1);
	LIE(PROXY_PROFILE, a_profile(), p.reserved[3] = 1);
	NAMES(SCENARIO_CREATE, a_scenario(), proxy.name);
	TENANTS(SCENARIO_CREATE, a_scenario(), proxy.tenant);
	NAMES(SCENARIO_CREATE, a_scenario(), name);
	LIE(SCENARIO_CREATE, a_scenario(), p.name[0] = ':');
	LIE(SCENARIO_CREATE, a_scenario(), p.id[0] = ':');
	LIE(SCENARIO_CREATE, a_scenario(), p.id[1] = 'a');
	LIE(SCENARIO_DELETE, a_scenarios_name(), p.name[0] = ':');
	LIE(SCENARIO_DELETE, a_scenarios_name(), p.id[0] = ':');
	LIE(SCENARIO_DELETE, a_scenarios_name(), p.id[2] = 'a');
	LIE(SCENARIO_CREATE, a_scenario(), p.name[0] = '\0');
	LIE(SCENARIO_CREATE, a_scenario(), p.proxy.name[0] = '\0');
	LIE(SCENARIO_CREATE, a_scenario(), p.began = 1);
	LIE(SCENARIO_CREATE, a_scenario(), p.lease = LEASE_MS_MAX + 1);
	LIE(SCENARIO_CREATE, a_scenario(), p.nsteps = 0);
	LIE(SCENARIO_CREATE, a_scenario(), p.nsteps = 1);
	LIE(SCENARIO_CREATE, a_scenario(), p.nsteps = 3);
	LIE(SCENARIO_CREATE, a_scenario(), p.nsteps = UINT32_MAX);
	LIE(SCENARIO_CREATE, a_scenario(), p.ntoxics = SCENARIO_TOXICS_MAX + 1);
	LIE(SCENARIO_CREATE, a_scenario(), p.loops = 2);
	LIE(SCENARIO_CREATE, a_scenario(), p.reserved[5] = 1);
	LIE(SCENARIO_CREATE, a_scenario(), p.nconnects = 0);
	LIE(SCENARIO_CREATE, a_scenario(), p.nconnects = 2);
	LIE(SCENARIO_CREATE, a_scenario(),
	    p.nconnects = SCENARIO_CONNECTS_MAX + 1);
	LIE(SCENARIO_CREATE, a_scenario(), p.connect_of[0] = 2);
	LIE(SCENARIO_CREATE, a_scenario(), p.connect_of[2] = 1);
	LIE(SCENARIO_CREATE, a_scenario(), p.connects[0].mode = 99);
	LIE(SCENARIO_CREATE, a_scenario(), p.connects[0].syn_loss = 2);
	LIE(SCENARIO_CREATE, a_scenario(), p.connects[1].mode = CONNECT_RESET);
	LIE(SCENARIO_CREATE, a_scenario(), p.lossless[1] = 2);
	LIE(SCENARIO_CREATE, a_scenario(), p.lossless[2] = 1);
	LIE(SCENARIO_CREATE, a_scenario(), p.durations[1] = 0);
	LIE(SCENARIO_CREATE, a_scenario(), p.durations[0] = -1);
	LIE(SCENARIO_CREATE, a_scenario(),
	    p.durations[1] = SCENARIO_DURATION_MAX + 1);
	TENANTS(SCENARIO_DELETE, a_scenarios_name(), proxy.tenant);
	NAMES(SCENARIO_DELETE, a_scenarios_name(), name);
	LIE(SCENARIO_DELETE, a_scenarios_name(), p.proxy.name[0] = 'p');
	NAMES(TOKEN_CREATE, a_token(), tenant);
	NAMES(TOKEN_CREATE, a_token(), name);
	LIE(TOKEN_CREATE, a_token(), p.role = CALLER_ROLES);
	LIE(TOKEN_CREATE, a_token(), p.expires = -1);
	LIE(TOKEN_CREATE, a_token(), p.last_used = 60);
	LIE(TOKEN_CREATE, a_token(), p.is_stored = 0);
	LIE(TOKEN_CREATE, a_token(), p.is_stored = 2);
	LIE(TOKEN_CREATE, a_token(), p.tenant[0] = p.name[0] = '\0');
	NAMES(TOKEN_DELETE, a_tokens_name(), tenant);
	NAMES(TOKEN_DELETE, a_tokens_name(), name);
	TENANTS(HALT, a_halt(), tenant);
	TENANTS(RESUME, a_halt(), tenant);
	TENANTS(EVENTS_READ, a_question(), of.tenant);
	LIE(EVENTS_READ, a_question(), p.of.is_of_all = 2);
	LIE(EVENTS_READ, a_question(), p.of.reserved = 1);
	LIE(EVENTS_READ, a_question(), p.of.is_of_all = 1;
	    strcpy(p.of.tenant, "a"));
	DO(spec.name[0] = '\0'; with_toxic(MSG_PROXY_CREATE, &spec));
	DO(spec.toxicity = NAN; with_toxic(MSG_PROXY_POPULATE, &spec));
	DO(with_toxic(MSG_PROXY_CREATE, &spec);
	    tell(MSG_PROXY_CREATE_TOXIC, 1, &spec));
	DO(tell(MSG_PROXY_CREATE_TOXIC, 1, &spec));
}

static void
tell_owned(const char *owner)
{
	struct toxic_spec spec = a_toxic();

	(void)toxic_owner_set(&spec, owner);
	tell(MSG_PROXY_CREATE_TOXIC, 1, &spec);
}

/* Good ones, at the wrong time. */
static void
lies_about_order(void)
{
	struct proxy_key name = its_name();
	struct proxy_create two = a_proxy();
	struct proxy_profile profile = a_profile();
	struct scenario_spec scenario = a_scenario();
	struct api_caller nobody = { .token = "there is none" };
	struct toxic_spec spec = a_toxic();

	two.ntoxics = 2;
	DO(tell(MSG_PROXY_PROFILE, 1, &profile);
	    tell(MSG_PROXY_CREATE_TOXIC, 1, &spec)); /* it is nobody's */
	DO(tell(MSG_PROXY_PROFILE, 1, &profile);
	    tell(MSG_PROXY_RESET, 2, &name));
	DO(tell(MSG_SCENARIO_CREATE, 1, &scenario);
	    tell(MSG_PROXY_CREATE_TOXIC, 1, &spec)); /* likewise */
	DO(tell(MSG_SCENARIO_CREATE, 1, &scenario);
	    tell_owned("scenario:lie:2")); /* it has two steps */
	DO(tell(MSG_SCENARIO_CREATE, 1, &scenario);
	    tell_owned("scenario:lies:1"));
	DO((void)toxic_owner_set(&spec, "scenario:lie:0");
	    with_toxic(MSG_PROXY_CREATE, &spec));
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
	DO(tell(MSG_API_CALLER, 1, &nobody));
	LIE(API_REFUSED, a_refusal(), (void)p); /* all may ask */
	DO(say_zeros(MSG_API_SERVES, 0));
	DO(say_ready());
}

/* Where a token is needed: tell's folder has it. */
static struct api_caller
its_caller(const char *end)
{
	struct api_caller c = { .token = "" };
	int fd = mode_open("token", O_RDONLY);

	if (fd == -1 || read(fd, c.token, sizeof(c.token) / 2) <= 0)
		exit(2);
	close(fd);
	strcat(c.token, end);
	return c;
}

/* Of whom it has refused. */
static void
lies_about_refusals(void)
{
	struct api_refused refusal = a_refusal();

	LIE(API_REFUSED, a_refusal(), strcpy(p.by.token, "\xff"));
	LIE(API_REFUSED, a_refusal(),
	    memset(p.by.token, 'x', sizeof(p.by.token)));
	LIE(API_REFUSED, a_refusal(), p.by.token[sizeof(p.by.token) - 2] = 'x');
	LIE(API_REFUSED, a_refusal(),
	    memset(p.by.request_id, 'x', sizeof(p.by.request_id)));
	LIE(API_REFUSED, a_refusal(), p.by.reserved[2] = 1);
	LIE(API_REFUSED, a_refusal(), p.by.peer.family = 7);
	LIE(API_REFUSED, a_refusal(), strcpy(p.request, "\xff"));
	LIE(API_REFUSED, a_refusal(),
	    memset(p.request, 'x', sizeof(p.request)));
	LIE(API_REFUSED, a_refusal(), p.request[sizeof(p.request) - 2] = 'x');
	TENANTS(API_REFUSED, a_refusal(), tenant);
	LIE(API_REFUSED, a_refusal(), strcpy(p.first, "\xff"));
	LIE(API_REFUSED, a_refusal(), memset(p.first, 'x', sizeof(p.first)));
	LIE(API_REFUSED, a_refusal(), p.reserved[0] = 1);
	LIE(API_REFUSED, a_refusal(), p.why = REFUSALS);
	LIE(API_REFUSED, a_refusal(), p.times = 0);
	DO(tell(MSG_API_REFUSED, 0, &refusal));
	DO(tell(MSG_API_REFUSED, 2, &refusal));
	DO(tell(MSG_API_REFUSED, 1, &refusal);
	    tell(MSG_API_REFUSED, 1, &refusal));
}

/* For nobody, for somebody who may not, and for one who has asked for less. */
static void
lies_for_others(void)
{
	struct api_caller good = its_caller(""), bad = its_caller("x");
	struct proxy_create proxy = a_proxy();
	struct proxy_key name = its_name();

	LIE(PROXY_CREATE, a_proxy(), (void)p);
	LIE(PROXY_POPULATE, a_proxy(), (void)p);
	LIE(PROXY_UPDATE, an_update(), (void)p);
	LIE(PROXY_DELETE, its_name(), (void)p);
	LIE(PROXY_RESET, its_name(), (void)p);
	LIE(PROXY_AWAIT, its_name(), (void)p);
	LIE(TOXIC_CREATE, a_toxic_on_it(), (void)p);
	LIE(TOXIC_UPDATE, a_toxics_update(), (void)p);
	LIE(TOXIC_DELETE, its_toxic(), (void)p);
	LIE(LEASE_RENEW, a_renewal(), (void)p);
	LIE(SESSION_OPEN, a_session(), (void)p);
	LIE(SESSION_RENEW, a_session(), (void)p);
	LIE(SESSION_GONE, a_session(), (void)p);
	LIE(TOKEN_CREATE, a_token(), (void)p);
	LIE(TOKEN_DELETE, a_tokens_name(), (void)p);
	LIE(HALT, a_halt(), (void)p);
	LIE(RESUME, a_halt(), (void)p);
	DO(tell(MSG_API_CALLER, 1, &bad));
	DO(tell(MSG_API_CALLER, 1, &bad); tell(MSG_PROXY_DELETE, 1, &name));
	DO(tell(MSG_API_CALLER, 0, &good));
	DO(tell(MSG_API_CALLER, 2, &good); tell(MSG_PROXY_DELETE, 1, &name));
	DO(tell(MSG_API_CALLER, 1, &good); tell(MSG_PROXY_CREATE, 1, &proxy);
	    tell(MSG_PROXY_DELETE, 2, &name));
	NAMES(API_CALLER, its_caller(""), token);
	lies_about_refusals();
}

/* ... and before it may say anything, or ask for anything. */
static void
lies_too_early(void)
{
	struct proxy_key name = its_name();
	struct proxy_create proxy = a_proxy();

	DO(tell(MSG_PROXY_RESET, 1, &name));
	DO(say_zeros(MSG_API_SERVES, 0));
	DO(say_ready(); tell(MSG_PROXY_RESET, 1, &name));
	DO(say_ready(); tell(MSG_PROXY_POPULATE, 1, &proxy));
	DO(say_ready(); say_zeros(MSG_API_CLIENT, 0));
	lies_about_types();
}

/*
 * What others say, and what nobody does; with a descriptor, and without.  Of
 * nothing but zeros, which may be true of true_type.
 */
static void
lies_about_types_but(uint32_t true_type)
{
	char text[32];
	uint32_t type;
	int has_fd;

	for (type = 0; type < MSG_MAX + 2; type++) {
		if (type == MSG_LOG) /* an empty line may be said */
			continue;
		for (has_fd = type == true_type; has_fd < 2; has_fd++) {
			struct packet p = { .type = type };

			snprintf(text, sizeof(text), "type %u%s", type,
			    has_fd ? ", and a descriptor" : "");
			if (lie_is_next(strdup(text)))
				say(&p, HEADER + msg_size(type),
				    has_fd ? CHAN_FD : -1, 0);
		}
	}
}

void
lies_about_types(void)
{
	lies_about_types_but(MSG_LOG);
}

static void
lies_of_apid(void)
{
	lie_id = 1;
	lies_about_proxies();
	lies_about_toxics();
	lies_about_order();
	lies_about_desired();
	lies_about_types();
}

static void
lies_at_load(void)
{
	lie_id = 0;
	rows_at_load();
	/* The tenant without a name may be halted. */
	lies_about_types_but(MSG_STORED_HALT);
}

static void
lies_at_sync(void)
{
	lie_id = 0;
	rows_at_sync();
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
at_once(void)
{
}

static const struct liar {
	const char *mode;
	void (*begin)(void);
	void (*lies)(void);
} liars[] = {
	{ "lies", serve, lies_of_apid },
	{ "lies-for-others", serve, lies_for_others },
	{ "lies-too-early", at_once, lies_too_early },
	{ "lies-at-load", rows_begin_load, lies_at_load },
	{ "lies-at-sync", rows_begin_sync, lies_at_sync },
};

static void
lie_as(const struct liar *l, char *argv[])
{
	char text[16];
	int next = number_in("next");

	if (next >= number_in("end"))
		mode_honest(argv);
	snprintf(text, sizeof(text), "%d", next + 1);
	write_line("next", O_TRUNC, text);
	(void)fcntl(CHAN_FD, F_SETFL, 0); /* it may wait */
	l->begin();
	told = next;
	l->lies();
	wait_to_be_killed();
}

/* "lies", or "count-lies": how many there are */
void
lies_run(const char *mode, char *argv[])
{
	const struct liar *l;

	for (l = liars; l < liars + nitems(liars); l++) {
		if (strcmp(mode, l->mode) == 0)
			lie_as(l, argv);
		if (strncmp(mode, "count-", 6) != 0 ||
		    strcmp(mode + 6, l->mode) != 0)
			continue;
		l->lies();
		printf("%d\n", number_of_lies);
		exit(0);
	}
}
