/* SPDX-License-Identifier: ISC */
/* Why connections through a proxy are as they are, in sentences. */

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <toxi_watch.h>

#include "connect.h"
#include "ends.h"
#include "json.h"
#include "table.h"
#include "toxictl.h"
#include "why_text.h"

struct why {
	struct ctl *ctl;
	const struct toxi_proxy *proxy;
	json_t *sentences; /* with --json: each, as it is said */
};

static void __attribute__((__format__(__printf__, 2, 3)))
say(struct why *w, const char *format, ...)
{
	char *text;
	va_list ap;

	va_start(ap, format);
	text = text_of(format, ap);
	va_end(ap);
	if (w->sentences != NULL)
		json_array_append_new(w->sentences, json_of_text(text));
	else
		table_say("%s\n", text);
	free(text);
}

/* ---- what holds now */

static void
say_state(struct why *w)
{
	const struct toxi_proxy *p = w->proxy;
	char connect[CONNECT_TEXT_MAX];

	if (p->state != TOXI_ENABLED)
		say(w, "%s is disabled, so nobody can connect: %s enable %s",
		    p->name, w->ctl->program, p->name);
	else
		say(w, "%s is enabled: connect to %s, which leads to %s",
		    p->name, p->listen, p->upstream);
	if (p->connect != NULL && !p->halted)
		say(w, "its connect is %s: %s connect %s --clear",
		    connect_text(p->connect, connect), w->ctl->program,
		    p->name);
	if (p->halted)
		say(w,
		    "toxics are halted, so none of them does anything: %s "
		    "resume",
		    w->ctl->program);
	else if (p->toxics.n == 0)
		say(w, "it has no toxics, so what goes through is left alone");
}

/* Where the server does not say, nothing. */
static void
say_traffic(struct why *w, const struct toxi_health *h)
{
	char *n;

	if (h->sessions == 0) {
		say(w, "nobody has connected yet");
		return;
	}
	n = why_count(h->open_sessions, "connection is open now",
	    "connections are open now");
	say(w, "%s", n);
	free(n);
	if (h->worker_restarts > 0) {
		n = why_count(h->worker_restarts, "time", "times");
		say(w, "its worker has died %s", n);
		free(n);
	}
}

/* ---- what has been */

static void
say_ends(struct why *w, const struct ends *ends)
{
	char *text;
	size_t i;

	for (i = 0; i < ends->n; i++) {
		text = why_sentence(&ends->list[i]);
		say(w, "%s", text);
		free(text);
	}
	if (ends->n == 0)
		say(w, "no connection has ended otherwise than by itself");
}

static json_t *
json_of_end(const struct why_end *e, const char *cause)
{
	return json_pack("{s:o,s:I,s:o,s:o}", "cause", json_of_text(cause),
	    "connections", (json_int_t)e->n, "toxic",
	    e->toxic != NULL ? json_of_text(e->toxic) : json_null(), "why",
	    e->why != NULL ? json_of_text(e->why) : json_null());
}

static void
print_json(const struct why *w, const struct ends *ends)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < ends->n; i++)
		json_array_append_new(
		    list, json_of_end(&ends->list[i], ends->causes[i]));
	json_out(stdout,
	    json_pack("{s:o,s:o,s:b,s:O,s:o}", "proxy",
		json_of_text(w->proxy->name), "listen",
		json_of_text(w->proxy->listen), "enabled",
		w->proxy->state == TOXI_ENABLED, "sentences", w->sentences,
		"ends", list));
}

static int
tell(struct why *w)
{
	struct toxi_health *health = NULL;
	struct toxi_error e;
	struct ends ends;

	if (ends_read(w->ctl->toxi, w->proxy, &ends, &e) == -1) {
		if (e.code == TOXI_ERR_UNSUPPORTED)
			return fail(w->ctl, NULL,
			    "%s does not know why connections end, as "
			    "Toxiproxy does not",
			    w->ctl->server);
		return fail(
		    w->ctl, &e, "Failed to ask why of %s", w->proxy->name);
	}
	say_state(w);
	if (toxi_proxy_health(w->ctl->toxi, w->proxy->name, &health, &e) == 0)
		say_traffic(w, health);
	if (health == NULL || health->sessions > 0 || ends.n > 0)
		say_ends(w, &ends);
	if (w->sentences != NULL)
		print_json(w, &ends);
	toxi_health_free(health);
	ends_free(&ends);
	return EXIT_OK;
}

int
cmd_why(struct ctl *ctl, struct args *args)
{
	const char *name = args_word(args);
	struct toxi_proxy *proxy;
	struct why w = { .ctl = ctl };
	struct toxi_error e;
	int code;

	if (name == NULL)
		return fail_usage(ctl, "a PROXY is wanted");
	if (toxi_proxy_get(ctl->toxi, name, &proxy, &e) == -1)
		return fail(ctl, &e, "Failed to retrieve proxy %s", name);
	w.proxy = proxy;
	w.sentences = ctl->is_json ? json_array() : NULL;
	code = tell(&w);
	json_decref(w.sentences);
	toxi_proxy_free(proxy);
	return code;
}
