/* SPDX-License-Identifier: ISC */
/* The command line: Go's flag syntax, because toxiproxy-server has it. */

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "agreed.h"
#include "bind_policy_text.h"
#include "clock.h"
#include "endpoint.h"
#include "host_name.h"
#include "log.h"
#include "msg.h"
#include "nitems.h"
#include "options.h"
#include "version.h"

enum flag_kind {
	FLAG_TEXT,
	FLAG_NAME,   /* a host's; there may be several */
	FLAG_POLICY, /* may be given again, and adds to it */
	FLAG_NUMBER,
	FLAG_BOOL
};

/* s: a year.  What is longer is a mistake, if only of the unit. */
#define DRAIN_MAX (INT64_C(366) * 24 * 60 * 60)

static struct options o;
static struct options defaults; /* what o was before anything was said */

/* In the order in which -help shows them. */
static const struct flag {
	const char *name;
	enum flag_kind kind;
	void *value; /* const char *, struct host_names, struct bind_policy,
			int64_t, or int */
	const char *help;
} flags[] = {
	{ "allow-host", FLAG_NAME, &o.allow_hosts,
	    "a name that browsers may call the API by; may be given again" },
	{ "api-socket", FLAG_TEXT, &o.api_socket,
	    "Unix socket for toxid's API to listen on, too" },
	{ "bind-policy", FLAG_POLICY, &o.bind_policy,
	    "addresses and ports that proxies may listen on, as "
	    "127.0.0.0/8:8000-8999,[::1]:*; by default all; may be given "
	    "again" },
	{ "check", FLAG_TEXT, &o.check,
	    "JSON file to say all that is wrong with, and no more" },
	{ "config", FLAG_TEXT, &o.config,
	    "JSON file containing proxies to create on startup" },
	{ "debug-toxics", FLAG_BOOL, &o.debug_toxics,
	    "offer the toxics crash, spin and leak, which harm their worker" },
	{ "durability", FLAG_TEXT, &o.durability,
	    "what a change in -state survives: process (the death of any), or "
	    "full (power loss, too)" },
	{ "drain", FLAG_NUMBER, &o.drain,
	    "seconds that sessions have to end by themselves at SIGTERM" },
	{ "host", FLAG_TEXT, &o.host, "Host for toxid's API to listen on" },
	{ "log-format", FLAG_TEXT, &o.log_format,
	    "json or logfmt; empty: logfmt on a terminal, else json" },
	{ "max-proxies", FLAG_NUMBER, &o.max_proxies,
	    "proxies that there may be, enabled or not" },
	{ "port", FLAG_TEXT, &o.port, "Port for toxid's API to listen on" },
	{ "proxy-metrics", FLAG_BOOL, &o.proxy_metrics,
	    "offer metrics of each proxy at /metrics" },
	{ "reload", FLAG_NUMBER, &o.reload,
	    "process of a toxid that is to read its -config again, and no more" },
	{ "runtime-metrics", FLAG_BOOL, &o.runtime_metrics,
	    "offer metrics of toxid's processes at /metrics" },
	{ "seed", FLAG_NUMBER, &o.seed,
	    "Seed for randomizing toxics with: the same seed, the same draws; "
	    "by default another each time" },
	{ "session-buffer", FLAG_NUMBER, &o.session_buffer,
	    "bytes that one direction of a session may hold back" },
	{ "spares", FLAG_NUMBER, &o.spares,
	    "workers to have ready for proxies yet to come" },
	{ "state", FLAG_TEXT, &o.state,
	    "directory to keep all proxies in, also over a restart" },
	{ "tls-cert", FLAG_TEXT, &o.tls_cert,
	    "PEM file with the certificate of the API, and those that vouch "
	    "for it: the API speaks HTTPS" },
	{ "tls-key", FLAG_TEXT, &o.tls_key,
	    "PEM file with the key of -tls-cert" },
	{ "total-buffer", FLAG_NUMBER, &o.total_buffer,
	    "bytes that all workers together may hold back" },
	{ "uid-base", FLAG_NUMBER, &o.uid_base,
	    "first of the user ids that children run under, as root" },
	{ "version", FLAG_BOOL, &o.version, "print the version" },
	{ "worker-buffer", FLAG_NUMBER, &o.worker_buffer,
	    "bytes that one proxy's worker may hold back in all" },
	{ "worker-memory", FLAG_NUMBER, &o.worker_memory,
	    "bytes of address space that a worker may have; 0: no limit" },
};

static const void *
default_of(const struct flag *f)
{
	return (const char *)&defaults + ((char *)f->value - (char *)&o);
}

/* What is chosen anew at each start is none. */
static void
show_default(FILE *out, const struct flag *f)
{
	const char *text;
	int64_t number;

	if (f->kind == FLAG_TEXT) {
		text = *(const char *const *)default_of(f);
		if (text != NULL)
			fprintf(out, " (default \"%s\")", text);
	}
	if (f->kind == FLAG_NUMBER && f->value != &o.seed) {
		number = *(const int64_t *)default_of(f);
		if (f->value != &o.reload)
			fprintf(out, " (default %" PRId64 ")", number);
	}
}

static void
usage(FILE *out, const char *argv0)
{
	const struct flag *f;

	fprintf(out, "Usage of %s:\n", argv0);
	for (f = flags; f < flags + nitems(flags); f++) {
		fprintf(out, "  -%s%s\n    \t%s", f->name,
		    f->kind == FLAG_TEXT         ? " string"
			: f->kind == FLAG_NAME   ? " name"
			: f->kind == FLAG_POLICY ? " list"
			: f->kind == FLAG_NUMBER ? " int"
						 : "",
		    f->help);
		show_default(out, f);
		fputc('\n', out);
	}
}

static void __attribute__((__noreturn__, __format__(printf, 1, 2)))
mistake(const char *fmt, ...)
{
	va_list ap;

	fputs("toxid: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputs("; see toxid -h\n", stderr);
	exit(2);
}

static int
parse_number(const char *text, int64_t *value)
{
	char *end;

	errno = 0;
	*value = strtoll(text, &end, 0);
	return *text != '\0' && *end == '\0' && errno == 0 ? 0 : -1;
}

/* strconv.ParseBool */
static int
parse_bool(const char *text, int *value)
{
	static const char *const words[] = { "0", "f", "F", "false", "FALSE",
		"False", "1", "t", "T", "true", "TRUE", "True" };
	size_t i;

	for (i = 0; i < nitems(words); i++) {
		if (strcmp(text, words[i]) == 0) {
			*value = i >= nitems(words) / 2;
			return 0;
		}
	}
	return -1;
}

/* 0, or -1 */
static int
add_name(struct host_names *names, const char *value)
{
	if (!host_name_is_good(value) || names->n == ALLOW_HOSTS_MAX)
		return -1;
	names->names[names->n++] = value;
	return 0;
}

static void
add_rules(const struct flag *f, const char *value)
{
	char why[256];

	if (bind_policy_add(f->value, value, why, sizeof(why)) == -1)
		mistake("invalid value \"%s\" for flag -%s: %s", value, f->name,
		    why);
}

static void
flag_set(const struct flag *f, const char *value)
{
	switch (f->kind) {
	case FLAG_TEXT:
		*(const char **)f->value = value;
		break;
	case FLAG_NAME:
		if (add_name(f->value, value) == -1)
			mistake(
			    "invalid value \"%s\" for flag -%s: a host's name, "
			    "without its port, and at most %d of them",
			    value, f->name, ALLOW_HOSTS_MAX);
		break;
	case FLAG_POLICY:
		add_rules(f, value);
		break;
	case FLAG_NUMBER:
		if (parse_number(value, f->value) == -1)
			mistake(
			    "invalid value \"%s\" for flag -%s: parse error",
			    value, f->name);
		break;
	case FLAG_BOOL:
		if (parse_bool(value, f->value) == -1)
			mistake(
			    "invalid boolean value \"%s\" for -%s: parse error",
			    value, f->name);
		break;
	}
}

static const struct flag *
flag_find(const char *name, size_t len)
{
	const struct flag *f;

	for (f = flags; f < flags + nitems(flags); f++) {
		if (strlen(f->name) == len && strncmp(f->name, name, len) == 0)
			return f;
	}
	return NULL;
}

/* One flag at argv[0]; how many words of argv it took, 0: no more flags. */
static int
parse_one(char *argv[], const char *argv0)
{
	const char *name = argv[0], *equals;
	const struct flag *f;
	size_t len;

	if (name[0] != '-' || name[1] == '\0' || strcmp(name, "--") == 0)
		return 0;
	name += name[1] == '-' ? 2 : 1;
	equals = strchr(name, '=');
	len = equals != NULL ? (size_t)(equals - name) : strlen(name);
	if ((f = flag_find(name, len)) == NULL) {
		if (strcmp(name, "h") == 0 || strcmp(name, "help") == 0) {
			usage(stderr, argv0);
			exit(0);
		}
		mistake("flag provided but not defined: -%.*s", (int)len, name);
	}
	if (equals != NULL) {
		flag_set(f, equals + 1);
		return 1;
	}
	if (f->kind == FLAG_BOOL) {
		*(int *)f->value = 1;
		return 1;
	}
	if (argv[1] == NULL)
		mistake("flag needs an argument: -%s", f->name);
	flag_set(f, argv[1]);
	return 2;
}

static void
check_range(const char *name, int64_t value, int64_t min, int64_t max)
{
	if (value < min)
		mistake("invalid value \"%" PRId64
			"\" for flag -%s: must be at least %" PRId64,
		    value, name, min);
	if (value > max)
		mistake("invalid value \"%" PRId64
			"\" for flag -%s: must be at most %" PRId64,
		    value, name, max);
}

static void
check_ranges(void)
{
	check_range("reload", o.reload, 0, INT32_MAX);
	check_range("drain", o.drain, 0, DRAIN_MAX);
	check_range("max-proxies", o.max_proxies, 1, MAX_PROXIES);
	check_range("spares", o.spares, 0, MAX_SPARES);
	/* All of them are ids: the last number, -1, would keep root's. */
	check_range("uid-base", o.uid_base, 1, (int64_t)UINT32_MAX - UIDS);
	check_range("session-buffer", o.session_buffer, 65536, INT64_MAX);
	check_range("worker-buffer", o.worker_buffer, 65536, INT64_MAX);
	/* of which each proxy that there may be has its own share */
	check_range("total-buffer", o.total_buffer,
	    o.max_proxies * (int64_t)RELAY_OWN_HELD, INT64_MAX);
	check_range("worker-memory", o.worker_memory, 0, INT64_MAX);
}

/* As with -config, a file that is named "" is none. */
static void
check_pair(void)
{
	if (o.tls_cert != NULL && *o.tls_cert == '\0')
		o.tls_cert = NULL;
	if (o.tls_key != NULL && *o.tls_key == '\0')
		o.tls_key = NULL;
	if ((o.tls_cert != NULL) != (o.tls_key != NULL))
		mistake("-tls-cert and -tls-key go together: there is no %s",
		    o.tls_cert != NULL ? "-tls-key" : "-tls-cert");
}

/* Nothing may follow the last flag: the original would not see it. */
void
options_parse(struct options *options, int argc, char *argv[])
{
	struct timespec now;
	int i, n;

	clock_gettime(CLOCK_REALTIME, &now);
	o = (struct options){
		.host = "localhost",
		.port = "8474",
		.durability = "process",
		.seed = now.tv_sec * NS_PER_S + now.tv_nsec,
		/* what systemd keeps for users of no account */
		.uid_base = 61184,
		.max_proxies = MAX_PROXIES,
		.spares = 4,
		.session_buffer = 32 << 20,
		.worker_buffer = 256 << 20,
		/* a dozen workers at their most, of thousands */
		.total_buffer = INT64_C(4) << 30,
		.worker_memory = 1 << 30,
	};
	defaults = o;
	for (i = 1; i < argc; i += n) {
		if ((n = parse_one(argv + i, argv[0])) == 0)
			break;
	}
	if (i < argc && strcmp(argv[i], "--") == 0)
		i++;
	if (i < argc)
		mistake("\"%s\" is no flag", argv[i]);
	check_ranges();
	check_pair();
	if (o.log_format != NULL && strcmp(o.log_format, "json") != 0 &&
	    strcmp(o.log_format, "logfmt") != 0)
		mistake(
		    "invalid value \"%s\" for flag -log-format: json or logfmt",
		    o.log_format);
	if (strcmp(o.durability, "process") != 0 &&
	    strcmp(o.durability, "full") != 0)
		mistake(
		    "invalid value \"%s\" for flag -durability: process or full",
		    o.durability);
	if (o.version) {
		printf("toxid version %s (API of toxiproxy-server %s)\n",
		    TOXID_VERSION, TOXIPROXY_VERSION);
		exit(0);
	}
	*options = o;
}

/* LOG_LEVEL as zerolog reads it; *known is 0 for what it does not know. */
int
options_log_level(const char *value, int *known)
{
	static const struct {
		const char *name;
		int level;
	} levels[] = {
		{ "trace", LOG_TRACE }, { "debug", LOG_DEBUG },
		{ "info", LOG_INFO }, { "warn", LOG_WARN },
		{ "error", LOG_ERROR }, { "fatal", LOG_FATAL },
		{ "panic", LOG_FATAL + 1 }, { "disabled", LOG_FATAL + 1 },
		{ "", LOG_FATAL + 1 }, /* Toxiproxy is silent then, too */
	};
	int64_t number;
	size_t i;

	*known = 1;
	if (value == NULL)
		return LOG_TRACE;
	for (i = 0; i < nitems(levels); i++) {
		if (strcasecmp(value, levels[i].name) == 0)
			return levels[i].level;
	}
	if (parse_number(value, &number) == 0 && number >= -128 &&
	    number <= 127)
		return (int)number;
	*known = 0;
	return LOG_TRACE;
}

/* Does what is acknowledged survive power loss? */
int
options_are_durable(const struct options *options)
{
	const char *durability = options->durability;

	return durability != NULL && strcmp(durability, "full") == 0;
}

int
options_have_socket(const struct options *options)
{
	return options->api_socket != NULL && *options->api_socket != '\0';
}
