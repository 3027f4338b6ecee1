/* SPDX-License-Identifier: ISC */
/* Does it work: wait until it does, and what is wrong if it doesn't. */

#include <err.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "ends.h"
#include "hits.h"
#include "holder.h"
#include "json.h"
#include "probe.h"
#include "table.h"
#include "toxictl.h"

#define HOLDS_MS 500     /* an upstream that refuses is known sooner */
#define ANSWERS_MS 10000 /* toxics may be on the way */
#define PAUSE_MS 100
#define COUNTED_MS 600 /* a server's counters are up to 300 ms old */

static void
pause_ms(long ms)
{
	nanosleep(&(struct timespec){ ms / 1000, ms % 1000 * 1000000 }, NULL);
}

/* A line on a terminal that the next replaces; NULL: there is no more. */
static void __attribute__((__format__(__printf__, 2, 3)))
progress(const struct ctl *ctl, const char *format, ...)
{
	char *text, *plain;
	va_list ap;

	if (!isatty(STDERR_FILENO) || ctl->is_json)
		return;
	fputs("\r\033[K", stderr);
	if (format == NULL)
		return;
	va_start(ap, format);
	text = text_of(format, ap);
	va_end(ap);
	plain = table_plain(text);
	fputs(plain, stderr);
	free(plain);
	free(text);
}

struct report {
	struct ctl *ctl;
	struct table *table; /* on a terminal */
	json_t *checks;      /* with --json */
	char *text;          /* to send, or NULL */
	size_t text_len;
	int code;
};

/* So many dials have failed; -1: the server does not say. */
static int64_t
dial_failures(struct ctl *ctl, const char *name)
{
	struct toxi_health *health;
	struct toxi_error e;
	int64_t n;

	if (toxi_proxy_health(ctl->toxi, name, &health, &e) == -1)
		return -1;
	n = health->dial_failures;
	toxi_health_free(health);
	return n;
}

/* 1: one more than before has failed, and why; 0: not yet. */
static int
take_dial_error(
    struct ctl *ctl, const char *name, int64_t before, struct probe *p)
{
	struct toxi_health *health;
	struct toxi_error e;
	int has_failed;

	if (toxi_proxy_health(ctl->toxi, name, &health, &e) == -1)
		return 1; /* there is nothing to wait for */
	has_failed =
	    health->dial_failures > before && health->dial_error != NULL;
	if (has_failed)
		snprintf(p->text, sizeof(p->text),
		    "closed, no upstream: %.220s", health->dial_error);
	toxi_health_free(health);
	return has_failed;
}

/*
 * A proxy that has closed a connection may have found no upstream for it: then
 * why.  What is counted is known to the server a little later.
 */
static void
probe_proxy(const struct report *r, const struct toxi_proxy *proxy,
    struct probe *p, int wait_ms)
{
	int64_t before = dial_failures(r->ctl, proxy->name);
	long until;

	probe(p, proxy->listen, r->ctl->server, r->text, r->text_len, wait_ms);
	if (p->result != PROBE_CLOSED || before == -1)
		return;
	until = probe_clock() + COUNTED_MS;
	while (!take_dial_error(r->ctl, proxy->name, before, p) &&
	    probe_clock() < until)
		pause_ms(PAUSE_MS / 2);
}

/* 1: the upstream answers; 0: p->text says why not.  e is the server's. */
static int
is_up(struct ctl *ctl, const char *name, struct probe *p, struct toxi_error *e)
{
	const struct report r = { .ctl = ctl };
	struct toxi_proxy *proxy;

	p->result = PROBE_UNREACHABLE;
	if (toxi_proxy_get(ctl->toxi, name, &proxy, e) == -1) {
		snprintf(p->text, sizeof(p->text), "%.250s", e->text);
		return 0;
	}
	if (proxy->state == TOXI_ENABLED)
		probe_proxy(&r, proxy, p, HOLDS_MS);
	else
		snprintf(p->text, sizeof(p->text), "it is disabled");
	toxi_proxy_free(proxy);
	return p->result >= PROBE_SILENT;
}

/* In ms; -1: this is no time. */
static long
take_seconds(const char *text, long preset)
{
	char *end;
	double seconds;

	if (text == NULL)
		return preset;
	seconds = strtod(text, &end);
	if (end == text || *end != '\0' || !(seconds >= 0 && seconds <= 1e6))
		return -1;
	return (long)(seconds * 1000);
}

/* Who is not known, or may not, will not be later. */
static int
is_refusal(const struct toxi_error *e)
{
	return e->code == TOXI_ERR_HTTP &&
	    (e->status == 401 || e->status == 403);
}

int
cmd_wait(struct ctl *ctl, struct args *args)
{
	long start = probe_clock(), timeout_ms, ms;
	const char *name = args_word(args);
	struct toxi_error e;
	struct probe p;

	timeout_ms = take_seconds(args_value(args, FLAG_TIMEOUT), 30000);
	if (name == NULL)
		return fail_usage(ctl, "a PROXY is wanted");
	if (timeout_ms == -1)
		return fail_usage(ctl, "--timeout is a number of seconds");
	if (hits_are_wanted(args))
		return hits_wait(ctl, args, name, timeout_ms);
	if (args->n_words > 1)
		return hits_extra_word(ctl, args);
	while (!is_up(ctl, name, &p, &e)) {
		ms = probe_clock() - start;
		if (is_refusal(&e)) {
			progress(ctl, NULL);
			return fail(ctl, &e, "%s does not answer", name);
		}
		progress(ctl, "%ld s: %s", ms / 1000, p.text);
		if (ms >= timeout_ms) {
			progress(ctl, NULL);
			return fail(
			    ctl, NULL, "%s does not answer: %s", name, p.text);
		}
		pause_ms(PAUSE_MS);
	}
	progress(ctl, NULL);
	ms = probe_clock() - start;
	if (ctl->is_json)
		json_out(stdout,
		    json_pack(
			"{s:s,s:I}", "proxy", name, "ms", (json_int_t)ms));
	else
		table_say("%s answers\n", name);
	return EXIT_OK;
}

enum finding {
	FINDING_OK,
	FINDING_NOTE,
	FINDING_BAD
};

static void __attribute__((__format__(__printf__, 4, 5))) find(struct report *r,
    enum finding finding, const char *what, const char *format, ...)
{
	static const struct {
		const char *name;
		enum colour colour;
	} findings[] = {
		[FINDING_OK] = { "ok", GREEN },
		[FINDING_NOTE] = { "note", YELLOW },
		[FINDING_BAD] = { "FAIL", RED },
	};
	const char *name = findings[finding].name;
	char *text;
	va_list ap;

	va_start(ap, format);
	text = text_of(format, ap);
	va_end(ap);
	if (finding == FINDING_BAD)
		r->code = EXIT_FAILED;
	if (r->checks != NULL) {
		json_array_append_new(r->checks,
		    json_pack("{s:s,s:o,s:o}", "result", name, "what",
			json_of_text(what), "text", json_of_text(text)));
	} else if (r->table != NULL) {
		table_cell(r->table, findings[finding].colour, "%s", name);
		table_cell(r->table, PLAIN, "%s", what);
		table_cell(r->table, PLAIN, "%s", text);
	} else {
		table_say("%s\t%s\t%s\n", name, what, text);
	}
	free(text);
}

static void
find_failure(struct report *r, const char *what, const struct toxi_error *e)
{
	char hint[HINT_MAX];

	fail_hint(r->ctl, e, hint);
	find(r, FINDING_BAD, what, "%s%s%s", e->text,
	    *hint != '\0' ? ".  " : "", hint);
}

/* Who we are to it.  -1: nobody. */
static int
check_caller(struct report *r)
{
	struct toxi_caller *c;
	struct toxi_error e;

	if (toxi_whoami(r->ctl->toxi, &c, &e) == -1) {
		if (e.code == TOXI_ERR_UNSUPPORTED)
			return 0;
		find_failure(r, "token", &e);
		return -1;
	}
	if (c->token != NULL)
		find(r, FINDING_OK, "token", "%s of tenant \"%s\", %s, %s%s",
		    c->token, c->tenant, c->role,
		    c->expires != NULL ? "until " : "for ever",
		    c->expires != NULL ? c->expires : "");
	toxi_caller_free(c);
	return 0;
}

/* -1: there is no server. */
static int
check_server(struct report *r)
{
	const char *url = r->ctl->server;
	struct toxi *toxi = r->ctl->toxi;
	struct toxi_error e;
	char *version;

	if (toxi_version(toxi, &version, &e) == -1) {
		find_failure(r, url, &e);
		return -1;
	}
	find(r, FINDING_OK, url, "speaks Toxiproxy's API, version %s", version);
	free(version);
	if (check_caller(r) == -1)
		return -1;
	if (toxi_metrics(toxi, NULL, &e) == 0)
		find(r, FINDING_OK, "/metrics", "there");
	else if (e.code == TOXI_ERR_UNSUPPORTED)
		find(r, FINDING_NOTE, "/metrics",
		    "none: the server runs without -proxy-metrics");
	else
		find(r, FINDING_BAD, "/metrics", "%s", e.text);
	return 0;
}

/* Could it be enabled? */
static void
check_disabled(struct report *r, const struct toxi_proxy *proxy)
{
	const char *colon = strrchr(proxy->listen, ':');
	char holder[128];

	if (colon != NULL && probe_is_local(r->ctl->server) &&
	    holder_of_port((unsigned int)strtoul(colon + 1, NULL, 10), holder,
		sizeof(holder)) == 0)
		find(r, FINDING_NOTE, proxy->name,
		    "disabled; its port %s is held by %s", colon + 1, holder);
	else
		find(r, FINDING_NOTE, proxy->name, "disabled");
}

/* What is counted of it, where that says something. */
static void
check_worker(struct report *r, const struct toxi_proxy *proxy)
{
	struct toxi_health *health;
	struct toxi_error e;

	if (toxi_proxy_health(r->ctl->toxi, proxy->name, &health, &e) == -1)
		return;
	if (health->worker_restarts > 0)
		find(r, FINDING_NOTE, proxy->name,
		    "its worker has died %lld times",
		    (long long)health->worker_restarts);
	toxi_health_free(health);
}

/* How connections have ended before this one looked; of Toxiproxy, nothing. */
static void
check_ends(struct report *r, const struct toxi_proxy *proxy)
{
	struct ends ends;
	char *text;
	size_t i;

	if (ends_read(r->ctl->toxi, proxy, &ends, NULL) == -1)
		return;
	for (i = 0; i < ends.n; i++) {
		text = why_sentence(&ends.list[i]);
		find(r, FINDING_NOTE, proxy->name, "%s", text);
		free(text);
	}
	ends_free(&ends);
}

static void
check_proxy(struct report *r, const struct toxi_proxy *proxy)
{
	const char *toxics = proxy->toxics.n > 0 ? ", with toxics" : "";
	enum finding finding = FINDING_BAD;
	struct probe p;

	if (proxy->state != TOXI_ENABLED) {
		check_disabled(r, proxy);
		return;
	}
	progress(r->ctl, "%s", proxy->name);
	check_ends(r, proxy);
	probe_proxy(r, proxy, &p, r->text != NULL ? ANSWERS_MS : HOLDS_MS);
	progress(r->ctl, NULL);
	if (p.result == PROBE_ANSWERED ||
	    (p.result == PROBE_SILENT && r->text == NULL))
		finding = FINDING_OK;
	find(r, finding, proxy->name, "%s -> %s: %s%s", proxy->listen,
	    proxy->upstream, p.text, toxics);
	check_worker(r, proxy);
}

static void
check_all(struct report *r)
{
	struct toxi_proxies *proxies;
	struct toxi_error e;
	size_t i;

	if (toxi_proxy_list(r->ctl->toxi, &proxies, &e) == -1) {
		find(r, FINDING_BAD, "proxies", "%s", e.text);
		return;
	}
	if (proxies->n == 0)
		find(r, FINDING_NOTE, "proxies", "there are none");
	for (i = 0; i < proxies->n; i++)
		check_proxy(r, &proxies->list[i]);
	toxi_proxies_free(proxies);
}

static void
check_named(struct report *r, const char *name)
{
	struct toxi_proxy *proxy;
	struct toxi_error e;

	if (toxi_proxy_get(r->ctl->toxi, name, &proxy, &e) == -1) {
		find(r, FINDING_BAD, name, "%s", e.text);
		return;
	}
	check_proxy(r, proxy);
	toxi_proxy_free(proxy);
}

/* "\r\n" as in C; by malloc. */
static void
unescape(struct report *r, const char *text)
{
	static const char from[] = "rnt0\\", to[] = "\r\n\t\0\\";
	const char *p;
	char *out;

	if ((r->text = out = malloc(strlen(text) + 1)) == NULL)
		err(EXIT_FAILED, NULL);
	for (; *text != '\0'; text++) {
		p = text[0] == '\\' && text[1] != '\0' ? strchr(from, text[1])
						       : NULL;
		if (p == NULL) {
			*out++ = *text;
			continue;
		}
		*out++ = to[p - from];
		text++;
	}
	r->text_len = (size_t)(out - r->text);
}

int
cmd_doctor(struct ctl *ctl, struct args *args)
{
	static const char *const heads[] = { "", "What", "" };
	const char *text = args_value(args, FLAG_SEND);
	struct report r = { .ctl = ctl };
	size_t i;

	if (text != NULL)
		unescape(&r, text);
	if (ctl->is_json)
		r.checks = json_array();
	else if (ctl->is_terminal)
		r.table = table_new(heads, 3);
	if (check_server(&r) == 0) {
		for (i = 0; i < args->n_words; i++)
			check_named(&r, args->words[i]);
		if (args->n_words == 0)
			check_all(&r);
	}
	if (r.checks != NULL)
		json_out(stdout, r.checks);
	if (r.table != NULL)
		table_print(r.table, ctl->is_coloured);
	free(r.text);
	return r.code;
}
