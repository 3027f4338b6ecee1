/* SPDX-License-Identifier: ISC */
/* A live table of all proxies, and the keys that change them. */

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <ncurses.h>

#include "build.h"
#include "json.h"
#include "kinds.h"
#include "model.h"
#include "screen.h"
#include "toxictl.h"

#define PATIENCE_MS 3000 /* with a server: nobody looks at a still table */

struct top {
	struct toxi *toxi;
	struct model model;
	struct screen screen;
	int is_over;
};

/* NULL: there is none. */
static const struct toxi_proxy *
chosen(const struct top *top)
{
	if (top->screen.chosen >= top->model.n)
		return NULL;
	return top->model.rows[top->screen.chosen].proxy;
}

static void
note(struct top *top, int rc, const struct toxi_error *e, const char *done)
{
	snprintf(top->screen.note, sizeof(top->screen.note), "%s",
	    rc == -1 ? e->text : done);
}

/* What was done with the one before is not said of another. */
static void
choose(struct top *top, size_t row)
{
	top->screen.chosen = row;
	top->screen.note[0] = '\0';
	model_ask_why(&top->model, top->toxi, row);
}

static void
on_up(struct top *top)
{
	if (top->screen.chosen > 0)
		choose(top, top->screen.chosen - 1);
}

static void
on_down(struct top *top)
{
	if (top->screen.chosen + 1 < top->model.n)
		choose(top, top->screen.chosen + 1);
}

static void
on_toggle(struct top *top)
{
	const struct toxi_proxy *proxy = chosen(top);
	struct toxi_error e;

	if (proxy == NULL)
		return;
	if (proxy->state == TOXI_ENABLED)
		note(top, toxi_proxy_disable(top->toxi, proxy->name, &e), &e,
		    "disabled");
	else
		note(top, toxi_proxy_enable(top->toxi, proxy->name, &e), &e,
		    "enabled");
}

/* "latency latency=200 jitter=20 upstream"; -1: error says what is wrong. */
static int
parse_toxic(char *text, struct toxi_toxic *toxic, struct build_error *error)
{
	struct given given = { FLAG_ATTRIBUTE, NULL };
	char *word, *rest = NULL;

	if ((toxic->type = strtok_r(text, " ", &rest)) == NULL)
		return -1;
	while ((word = strtok_r(NULL, " ", &rest)) != NULL) {
		given.value = word;
		if (strcmp(word, "upstream") == 0)
			toxic->stream = TOXI_UPSTREAM;
		else if (build_take(toxic, &given, error) == -1)
			return -1;
	}
	return kinds_check(toxic, error->text, sizeof(error->text));
}

static void
on_add(struct top *top)
{
	const struct toxi_proxy *proxy = chosen(top);
	struct toxi_toxic toxic = { .toxicity = 1 };
	struct build_error error = { .text = "" };
	struct toxi_error e;
	char text[256];
	int rc;

	if (proxy == NULL)
		return;
	screen_ask(
	    "Toxic (latency latency=200 [upstream]): ", text, sizeof(text));
	if (parse_toxic(text, &toxic, &error) == -1) {
		note(top, 0, NULL, error.text);
	} else {
		rc = toxi_toxic_add(top->toxi, proxy->name, toxic, NULL, &e);
		kinds_explain(&e, toxic.type);
		note(top, rc, &e, "added");
	}
	build_free(&toxic);
}

/* The only one, or the one that is named. */
static void
on_remove(struct top *top)
{
	const struct toxi_proxy *proxy = chosen(top);
	char question[320], name[256] = "";
	struct toxi_error e;

	if (proxy == NULL || proxy->toxics.n == 0)
		return;
	snprintf(question, sizeof(question),
	    "Remove toxic (%.255s): ", proxy->toxics.list[0].name);
	screen_ask(question, name, sizeof(name));
	if (name[0] == '\0')
		snprintf(name, sizeof(name), "%s", proxy->toxics.list[0].name);
	note(top, toxi_toxic_remove(top->toxi, proxy->name, name, &e), &e,
	    "removed");
}

/* Something else has written on the terminal. */
static void
on_redraw(struct top *top)
{
	(void)top;
	screen_forget();
}

static void
on_quit(struct top *top)
{
	top->is_over = 1;
}

static const struct {
	int key;
	void (*on)(struct top *);
	int changes; /* the server */
} keys[] = {
	{ KEY_UP, on_up, 0 },
	{ 'k', on_up, 0 },
	{ KEY_DOWN, on_down, 0 },
	{ 'j', on_down, 0 },
	{ ' ', on_toggle, 1 },
	{ 'a', on_add, 1 },
	{ 'd', on_remove, 1 },
	{ 'L' & 0x1f, on_redraw, 0 }, /* Ctrl-L */
	{ 'q', on_quit, 0 },
};

/* 1: it is time to look again. */
static int
handle(struct top *top, int key)
{
	size_t i;

	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		if (keys[i].key != key)
			continue;
		keys[i].on(top);
		return keys[i].changes;
	}
	return 0;
}

static long
clock_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void
run_screen(struct top *top, long interval_ms)
{
	long next = 0, now;

	screen_begin(&top->screen);
	while (!top->is_over) {
		now = clock_ms();
		if (now >= next) {
			model_look(&top->model, top->toxi);
			model_ask_why(
			    &top->model, top->toxi, top->screen.chosen);
			next = now + interval_ms;
		}
		screen_draw(&top->screen, &top->model);
		now = clock_ms();
		if (handle(top, screen_key(next > now ? (int)(next - now) : 0)))
			next = 0;
	}
	screen_end();
}

static json_t *
json_of_row(const struct row *row, int has_rates)
{
	json_t *json = json_of_proxy(row->proxy);

	if (has_rates)
		json_object_set_new(json, "rates",
		    json_pack("{s:f,s:f}", "upstream",
			row->rates[TOXI_UPSTREAM], "downstream",
			row->rates[TOXI_DOWNSTREAM]));
	if (row->sessions >= 0) {
		json_object_set_new(
		    json, "sessions", json_integer((json_int_t)row->sessions));
		json_object_set_new(
		    json, "restarts", json_integer((json_int_t)row->restarts));
		json_object_set_new(json, "dial_failures",
		    json_integer((json_int_t)row->dial_failures));
	}
	return json;
}

static void
print_row(const struct row *row)
{
	printf("%s\t%s\t%zu\t%.0f\t%.0f\t%.0f\t%.0f\n", row->name,
	    row->proxy->state == TOXI_ENABLED ? "enabled" : "disabled",
	    row->proxy->toxics.n, fmax(row->sessions, 0),
	    row->rates[TOXI_UPSTREAM], row->rates[TOXI_DOWNSTREAM],
	    row->restarts);
}

/* Where there is no screen: what happened in one interval. */
static int
print_once(struct ctl *ctl, struct top *top, long interval_ms)
{
	struct timespec pause = { interval_ms / 1000,
		interval_ms % 1000 * 1000000 };
	struct model *m = &top->model;
	json_t *array;
	size_t i;

	model_look(m, top->toxi);
	nanosleep(&pause, NULL);
	if (m->error.code == TOXI_OK)
		model_look(m, top->toxi);
	if (m->error.code != TOXI_OK)
		return fail(ctl, &m->error, "Failed to retrieve proxies");
	array = json_array();
	for (i = 0; i < m->n; i++)
		if (ctl->is_json)
			json_array_append_new(
			    array, json_of_row(&m->rows[i], m->has_rates));
		else
			print_row(&m->rows[i]);
	if (ctl->is_json)
		json_out(stdout, array);
	else
		json_decref(array);
	return EXIT_OK;
}

/* The interval is no shorter because counters may be 250 ms old. */
int
cmd_top(struct ctl *ctl, struct args *args)
{
	const char *interval = args_value(args, FLAG_INTERVAL);
	char *end = NULL;
	double seconds = interval != NULL ? strtod(interval, &end) : 1;
	struct toxi_options options = ctl->options;
	struct top top = { .is_over = 0 };
	struct toxi_error e;
	int code = EXIT_OK;

	if ((end != NULL && (end == interval || *end != '\0')) ||
	    !(seconds >= 0.3 && seconds <= 3600))
		return fail_usage(ctl, "--interval is 0.3 to 3600 seconds");
	options.timeout_ms = PATIENCE_MS;
	if ((top.toxi = toxi_new(&options, &e)) == NULL)
		return fail(ctl, &e, "%s", ctl->server);
	top.screen.title = ctl->server;
	top.screen.is_coloured = ctl->is_coloured;
	if (ctl->is_terminal && isatty(STDIN_FILENO) && !ctl->is_json)
		run_screen(&top, (long)(seconds * 1000));
	else
		code = print_once(ctl, &top, (long)(seconds * 1000));
	model_free(&top.model);
	toxi_free(top.toxi);
	return code;
}
