/* SPDX-License-Identifier: ISC */
/* What goes through proxies: listed, watched, and ended. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include <toxi_watch.h>

#include "json.h"
#include "table.h"
#include "toxictl.h"
#include "ttl.h"

#define PAUSE_S 1 /* between two looks */

struct listing {
	struct ctl *ctl;
	struct toxi_proxy_session_filter filter;
	int are_ended;
	size_t rows, shown_max; /* of them, and on this terminal */
	struct table *table;    /* on a terminal */
	json_t *array;          /* with --json */
};

static const char *
state_word(const struct toxi_proxy_session *s)
{
	switch (s->state) {
	case TOXI_SESSION_DIALLING:
		return "dialling";
	case TOXI_SESSION_OPEN:
		return "open";
	case TOXI_SESSION_HALF_CLOSED:
		return "half-closed";
	case TOXI_SESSION_DRAINING:
		return "draining";
	case TOXI_SESSION_ENDED:
		return "ended";
	}
	return "unknown";
}

static const char *
text(const char *s)
{
	return s != NULL ? s : "";
}

/* ---- one */

static json_t *
json_of(const char *s)
{
	return s != NULL ? json_of_text(s) : json_null();
}

static json_t *
json_of_session(const struct toxi_proxy_session *s)
{
	json_t *json =
	    json_pack("{s:o,s:o,s:o,s:s,s:I,s:{s:I,s:I}}", "id", json_of(s->id),
		"proxy", json_of(s->proxy), "client", json_of(s->client),
		"state", state_word(s), "age_ms", (json_int_t)s->age_ms,
		"bytes", "upstream", (json_int_t)s->sent[TOXI_UPSTREAM],
		"downstream", (json_int_t)s->sent[TOXI_DOWNSTREAM]);
	json_t *more = s->state == TOXI_SESSION_ENDED
	    ? json_pack("{s:I,s:I,s:o,s:o,s:o}", "ended_ms",
		  (json_int_t)s->ended_ms, "sessions", (json_int_t)s->sessions,
		  "cause", json_of(s->cause), "why", json_of(s->why), "toxic",
		  json_of(s->toxic))
	    : json_pack("{s:o,s:o,s:I}", "upstream", json_of(s->upstream),
		  "address", json_of(s->address), "held_bytes",
		  (json_int_t)s->held_bytes);

	if (json != NULL && more != NULL)
		(void)json_object_update(json, more);
	json_decref(more);
	return json;
}

static void
print_numbers(const struct toxi_proxy_session *s)
{
	printf("\t%lld\t%lld\t%lld", (long long)s->sent[TOXI_UPSTREAM],
	    (long long)s->sent[TOXI_DOWNSTREAM], (long long)s->age_ms);
}

static void
print_session(const struct toxi_proxy_session *s)
{
	table_say("%s\t%s\t%s", text(s->id), s->proxy, text(s->client));
	if (s->state != TOXI_SESSION_ENDED) {
		table_say("\t%s\t%s", text(s->address), state_word(s));
		print_numbers(s);
		printf("\t%lld\n", (long long)s->held_bytes);
		return;
	}
	print_numbers(s);
	printf("\t%lld\t%lld", (long long)s->ended_ms, (long long)s->sessions);
	table_say("\t%s\t%s\n", text(s->why), text(s->toxic));
}

static void
tabulate_ms(struct table *table, int64_t ms)
{
	char age[40];

	ttl_text(ms, age, sizeof(age));
	table_cell(table, PLAIN, "%s", age);
}

static void
tabulate(struct table *t, const struct toxi_proxy_session *s)
{
	const int is_ended = s->state == TOXI_SESSION_ENDED;

	if (s->id != NULL)
		table_cell(t, BLUE, "%s", s->id);
	else
		table_cell(t, BLUE, "%lld of them", (long long)s->sessions);
	table_cell(t, GREEN, "%s", s->proxy);
	table_cell(t, YELLOW, "%s", text(s->client));
	if (!is_ended)
		table_cell(t, PURPLE, "%s", state_word(s));
	table_cell(t, PLAIN, "%lld", (long long)s->sent[TOXI_UPSTREAM]);
	table_cell(t, PLAIN, "%lld", (long long)s->sent[TOXI_DOWNSTREAM]);
	if (!is_ended)
		table_cell(t, PLAIN, "%lld", (long long)s->held_bytes);
	tabulate_ms(t, s->age_ms);
	if (!is_ended)
		return;
	tabulate_ms(t, s->ended_ms);
	table_cell(t, PLAIN, "%s%s%s", text(s->why),
	    s->toxic != NULL ? ": " : "", text(s->toxic));
}

/* ---- all of them */

static void
show(struct listing *l, const struct toxi_proxy_session *s)
{
	l->rows++;
	if (l->array != NULL)
		json_array_append_new(l->array, json_of_session(s));
	else if (l->table == NULL)
		print_session(s);
	else if (l->rows <= l->shown_max)
		tabulate(l->table, s);
}

static int
read_pages(struct listing *l, struct toxi_error *e)
{
	struct toxi_proxy_sessions *page = NULL, *next;
	size_t i;

	l->filter.cursor = NULL;
	do {
		if (toxi_proxy_session_list(
			l->ctl->toxi, &l->filter, &next, e) == -1) {
			toxi_proxy_sessions_free(page);
			return -1;
		}
		toxi_proxy_sessions_free(page);
		page = next;
		for (i = 0; i < page->n; i++)
			show(l, &page->list[i]);
		l->filter.cursor = page->next;
	} while (page->next != NULL);
	toxi_proxy_sessions_free(page);
	return 0;
}

static struct table *
new_table(const struct listing *l)
{
	static const char *const live[] = { "Session", "Proxy", "Client",
		"State", "Up", "Down", "Held", "Age" },
				 *const ended[] = { "Session", "Proxy",
					 "Client", "Up", "Down", "Lived", "Ago",
					 "Why" };

	return table_new(l->are_ended ? ended : live, 8);
}

static void
say_rest(const struct listing *l)
{
	if (l->rows == 0)
		puts(l->are_ended
			? "No connection has ended otherwise than by itself"
			: "Nobody is connected");
	else if (l->rows > l->shown_max)
		printf("... and %zu more\n", l->rows - l->shown_max);
}

static int
fail_to_list(const struct ctl *ctl, const struct toxi_error *e)
{
	if (e->code == TOXI_ERR_UNSUPPORTED)
		return fail(ctl, NULL,
		    "%s does not say what goes through it, as Toxiproxy does "
		    "not",
		    ctl->server);
	return fail(ctl, e, "Failed to list sessions");
}

/* Once; wipes: what the last look has left on the terminal goes first. */
static int
look(struct listing *l, int wipes)
{
	struct toxi_error e;
	int rc;

	l->rows = 0;
	l->array = l->ctl->is_json ? json_array() : NULL;
	l->table =
	    l->array == NULL && l->ctl->is_terminal ? new_table(l) : NULL;
	rc = read_pages(l, &e);
	if (wipes)
		fputs("\033[H\033[2J", stdout);
	if (l->table != NULL)
		table_print(l->table, l->ctl->is_coloured);
	if (l->array != NULL)
		json_out(stdout, l->array);
	if (rc == -1)
		return fail_to_list(l->ctl, &e);
	if (l->table != NULL)
		say_rest(l);
	fflush(stdout);
	return EXIT_OK;
}

/* As many as there is room for, with the heads and what is behind. */
static size_t
rows_of_terminal(void)
{
	struct winsize size;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == -1 || size.ws_row < 6)
		return 20;
	return (size_t)size.ws_row - 4;
}

/* Until it is interrupted, or the server is not there. */
static int
watch(struct listing *l)
{
	const struct timespec pause = { .tv_sec = PAUSE_S };
	int code;

	do {
		l->shown_max = rows_of_terminal();
		code = look(l, 1);
	} while (code == EXIT_OK && nanosleep(&pause, NULL) == 0);
	return code;
}

/* ---- one that is to end */

static int
end(struct ctl *ctl, const char *proxy, const char *id, enum toxi_ending how)
{
	struct toxi_error e;

	if (toxi_proxy_session_end(ctl->toxi, proxy, id, how, &e) == -1) {
		if (e.code == TOXI_ERR_UNSUPPORTED)
			return fail_to_list(ctl, &e);
		return fail(
		    ctl, &e, "Failed to end session %s of %s", id, proxy);
	}
	if (ctl->is_json)
		json_out(stdout,
		    json_pack("{s:s,s:s}", "proxy", proxy, "ended", id));
	else
		table_say("Session %s of %s %s\n", id, proxy,
		    how == TOXI_RESET ? "is reset" : "is closed");
	return EXIT_OK;
}

int
cmd_sessions(struct ctl *ctl, struct args *args)
{
	const char *close_id = args_value(args, FLAG_CLOSE),
		   *reset_id = args_value(args, FLAG_RESET);
	struct listing l = { .ctl = ctl, .shown_max = (size_t)-1 };

	l.filter.proxy = args_word(args);
	l.are_ended = args_has(args, FLAG_ENDED);
	if (l.filter.proxy == NULL &&
	    (close_id != NULL || reset_id != NULL || l.are_ended))
		return fail_usage(ctl, "a PROXY is wanted with that");
	if (close_id != NULL && reset_id != NULL)
		return fail_usage(ctl, "--close or --reset, not both");
	if (close_id != NULL)
		return end(ctl, l.filter.proxy, close_id, TOXI_CLOSE);
	if (reset_id != NULL)
		return end(ctl, l.filter.proxy, reset_id, TOXI_RESET);
	if (l.are_ended)
		l.filter.states = TOXI_SESSION_ENDED;
	if (args_has(args, FLAG_WATCH) && ctl->is_terminal && !ctl->is_json)
		return watch(&l);
	return look(&l, 0);
}
