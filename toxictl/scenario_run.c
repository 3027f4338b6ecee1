/* SPDX-License-Identifier: ISC */
/*
 * A scenario is started from a file; with --watch each of its steps is said as
 * it begins, until it ends, or somebody interrupts: then it is stopped.
 */

#include <err.h>
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include <toxi_watch.h>

#include "json.h"
#include "scenario.h"
#include "scenario_file.h"
#include "table.h"
#include "ttl.h"

#define WAIT_MS 500 /* for news: so long a signal may wait */
#define EXIT_SIGNAL 128
#define ID_BYTES 16
#define ID_SIZE (2 * ID_BYTES + 1)
#define TRIES 20 /* as events_pause() has it: for seconds */

struct watch {
	const struct ctl *ctl;
	const struct toxi_scenario *scenario; /* as it was started */
	uint64_t after;                       /* the last event that is known */
	sigset_t signals;
	int is_alone; /* the server does not answer, which was said */
	int has_ended;
	char why[32]; /* it has */
};

/* ---- how it begins */

static void
say_missing(const struct toxi_scenario *s)
{
	size_t i;

	for (i = 0; i < s->n_missing; i++)
		table_say("It is applied without %s\n", s->missing[i]);
}

static void
say_started(const struct ctl *ctl, const struct toxi_scenario *s)
{
	char steps[64];

	if (ctl->is_json) {
		json_out(stdout, json_of_scenario(s));
		return;
	}
	snprintf(steps, sizeof(steps), "%zu step%s%s", s->steps.n,
	    s->steps.n == 1 ? "" : "s", s->loop ? ", again and again" : "");
	table_say("Proxy %s goes through %s: %s\n", s->proxy, s->name, steps);
	say_missing(s);
}

/* That nobody else has thought of. */
static void
make_id(char id[ID_SIZE])
{
	unsigned char bytes[ID_BYTES];
	size_t i;

	if (getrandom(bytes, sizeof(bytes), 0) != sizeof(bytes))
		err(EXIT_FAILED, "getrandom");
	for (i = 0; i < sizeof(bytes); i++)
		snprintf(id + 2 * i, 3, "%02x", bytes[i]);
}

static int
is_not_there(const struct toxi_error *err)
{
	return err->code == TOXI_ERR_HTTP && err->status == 404;
}

/* It may have begun, though nobody has said so: then it ends. */
static void
end_unanswered(const struct ctl *ctl, const struct toxi_scenario *s)
{
	struct toxi_error err;
	int tries = 0;

	while (toxi_scenario_stop_one(ctl->toxi, s->name, s->id, &err) == -1) {
		if (is_not_there(&err))
			return;
		if (!events_may_come_back(&err) || ++tries == TRIES) {
			(void)scenario_fail(ctl, &err,
			    "stop, in case it has begun, scenario ", s->name);
			return;
		}
		events_pause();
	}
}

/* What was sent again, as its answer was lost, is refused: it is there. */
static int
may_have_begun(const struct toxi_error *err)
{
	if (err->code == TOXI_ERR_HTTP)
		return err->status == 409 || err->status >= 500;
	return err->code != TOXI_ERR_UNSUPPORTED &&
	    err->code != TOXI_ERR_ARGUMENT;
}

/*
 * None is left behind of which nobody has been told that it has begun.  id
 * outlives what is started.
 */
static int
start(const struct ctl *ctl, const struct scenario_file *f, char id[ID_SIZE],
    struct toxi_scenario **started)
{
	struct toxi_scenario own = f->scenario;
	struct toxi_error err;
	int code;

	make_id(id);
	own.id = id;
	if (toxi_scenario_start(ctl->toxi, &own, started, &err) == 0) {
		(*started)->id = id;
		return EXIT_OK;
	}
	code = scenario_fail(ctl, &err, "start scenario ", own.name);
	if (may_have_begun(&err))
		end_unanswered(ctl, &own);
	return code;
}

/* ---- what happens then */

static int
is_about(const json_t *event, const struct toxi_scenario *s)
{
	const char *name =
	    json_string_value(json_object_get(event, "scenario"));
	const char *proxy = json_string_value(json_object_get(event, "proxy"));

	return name != NULL && strcmp(name, s->name) == 0 &&
	    (proxy == NULL || strcmp(proxy, s->proxy) == 0);
}

/* "2026-11-28T04:11:05.123Z step 2/3 5s latency_downstream latency=100" */
static void
say_step(const struct watch *w, const struct toxi_history_entry *entry,
    const json_t *event)
{
	const json_int_t n = json_integer_value(json_object_get(event, "step"));
	const struct toxi_steps *steps = &w->scenario->steps;
	char place[64], duration[64], *text;

	if (n < 0 || (size_t)n >= steps->n)
		return;
	snprintf(place, sizeof(place), "%" JSON_INTEGER_FORMAT "/%zu", n + 1,
	    steps->n);
	ttl_text(steps->list[n].duration_ms, duration, sizeof(duration));
	text = scenario_step_text(&steps->list[n]);
	table_say("%s step %s %s %s\n", entry->at != NULL ? entry->at : "-",
	    place, duration, text);
	free(text);
}

static void
hear(struct watch *w, const struct toxi_history_entry *entry)
{
	json_t *event = json_loads(entry->json, 0, NULL);
	const char *why;

	if (is_about(event, w->scenario)) {
		if (w->ctl->is_json)
			puts(entry->json);
		else if (strcmp(entry->kind, "scenario_step") == 0)
			say_step(w, entry, event);
		if (strcmp(entry->kind, "scenario_ended") == 0) {
			why = json_string_value(json_object_get(event, "why"));
			snprintf(w->why, sizeof(w->why), "%s",
			    why != NULL ? why : "over");
			w->has_ended = 1;
		}
	}
	json_decref(event);
}

/* What was not heard of is asked for. */
static void
look(struct watch *w)
{
	struct toxi_scenario *s = NULL;
	struct toxi_error err;
	int is_there =
	    toxi_scenario_get(w->ctl->toxi, w->scenario->name, &s, &err) == 0
	    ? s->id != NULL && strcmp(s->id, w->scenario->id) == 0
	    : !is_not_there(&err);

	toxi_scenario_free(s);
	if (is_there)
		return;
	snprintf(w->why, sizeof(w->why), "unknown");
	w->has_ended = 1;
}

/* 0, or -1: err says why. */
static int
read_more(struct watch *w, struct toxi_error *err)
{
	struct toxi_history *history;
	int has_gap = 0;
	size_t i;

	if (toxi_history(w->ctl->toxi, w->after, WAIT_MS, &history, err) == -1)
		return -1;
	for (i = 0; i < history->n; i++) {
		has_gap |= strcmp(history->list[i].kind, "gap") == 0;
		hear(w, &history->list[i]);
	}
	w->after = history->last;
	toxi_history_free(history);
	fflush(stdout);
	if ((has_gap || w->is_alone) && !w->has_ended)
		look(w);
	w->is_alone = 0;
	return 0;
}

/* Which somebody has sent; or 0. */
static int
signal_sent(const struct watch *w)
{
	const struct timespec now = { .tv_sec = 0 };
	int n = sigtimedwait(&w->signals, NULL, &now);

	return n > 0 ? n : 0;
}

static int
stop(const struct watch *w, int code)
{
	const char *name = w->scenario->name;
	struct toxi_error err;

	if (toxi_scenario_stop_one(w->ctl->toxi, name, w->scenario->id, &err) ==
		-1 &&
	    !is_not_there(&err))
		return scenario_fail(w->ctl, &err, "stop scenario ", name);
	if (!w->ctl->is_json)
		table_say("Stopped scenario %s\n", name);
	return code;
}

static int
say_ended(const struct watch *w)
{
	if (!w->ctl->is_json)
		table_say(
		    "Scenario %s has ended: %s\n", w->scenario->name, w->why);
	return strcmp(w->why, "over") == 0 ? EXIT_OK : EXIT_FAILED;
}

static int
follow(struct watch *w)
{
	struct toxi_error err;
	int n;

	while (!w->has_ended) {
		if ((n = signal_sent(w)) != 0)
			return stop(w, EXIT_SIGNAL + n);
		if (ferror(stdout))
			return stop(w, EXIT_FAILED);
		if (read_more(w, &err) == 0)
			continue;
		if (!events_may_come_back(&err)) {
			fail(w->ctl, &err, "Failed to read events");
			return stop(w, EXIT_FAILED);
		}
		if (!w->is_alone)
			(void)fail(w->ctl, &err, "Waiting for the server");
		w->is_alone = 1;
		events_pause();
	}
	return say_ended(w);
}

/* Signals wait from before there is something to be stopped. */
static void
block(sigset_t *blocked)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
	size_t i;

	signal(SIGPIPE, SIG_IGN); /* stdout has an error then */
	sigemptyset(blocked);
	for (i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		sigaddset(blocked, signals[i]);
	sigprocmask(SIG_BLOCK, blocked, NULL);
}

static int
run_watched(const struct ctl *ctl, const struct scenario_file *f)
{
	struct watch w = { .ctl = ctl };
	struct toxi_scenario *started;
	char id[ID_SIZE];
	struct toxi_history *now;
	struct toxi_error err;
	int code;

	if (toxi_history(ctl->toxi, TOXI_FROM_NOW, 0, &now, &err) == -1)
		return scenario_fail(ctl, &err, "read events", "");
	w.after = now->last;
	toxi_history_free(now);
	block(&w.signals);
	if ((code = start(ctl, f, id, &started)) != EXIT_OK)
		return code;
	if (!ctl->is_json) /* there is an event of it */
		say_started(ctl, started);
	fflush(stdout);
	w.scenario = started;
	code = follow(&w);
	toxi_scenario_free(started);
	return code;
}

int
cmd_scenario_run(struct ctl *ctl, struct args *args)
{
	const char *path = args_word(args);
	struct toxi_scenario *started = NULL;
	struct scenario_file f;
	char id[ID_SIZE];
	int code;

	if (path == NULL)
		return fail_usage(ctl, "a FILE is wanted");
	if (scenario_file_read(&f, path) == -1)
		code = fail(ctl, NULL, "%s:%s", path, f.config.error);
	else if (args_has(args, FLAG_WATCH_STEPS))
		code = run_watched(ctl, &f);
	else if ((code = start(ctl, &f, id, &started)) == EXIT_OK)
		say_started(ctl, started);
	toxi_scenario_free(started);
	scenario_file_free(&f);
	return code;
}
