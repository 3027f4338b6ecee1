/* SPDX-License-Identifier: ISC */
/* What has happened, and with -f what does, a line each. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <toxi_watch.h>

#include "json.h"
#include "table.h"
#include "toxictl.h"

#define WAIT_MS 15000       /* for news: the server takes up to 20000 */
#define PAUSE_NS 500000000L /* until a server that has gone is asked again */

/* Where somebody is who reads. */
struct reading {
	uint64_t after; /* the last id that is known */
	unsigned int wait_ms;
	int is_alone; /* the server does not answer, which was said */
};

/* ---- an event */

/* Said in another place of the line, or nowhere. */
static int
is_said(const char *key)
{
	static const char *const keys[] = { "id", "event", "at", "tenant",
		"proxy", "toxic", "changed", "request_id" };
	size_t i;

	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (strcmp(key, keys[i]) == 0)
			return 1;
	return 0;
}

/* Text is one word, in quotes if it would be none; by malloc, or NULL. */
static char *
word_of(const json_t *value)
{
	const char *text = json_string_value(value);

	if (json_is_null(value))
		return strdup("unknown");
	if (text != NULL && *text != '\0' && strpbrk(text, " \"=") == NULL)
		return strdup(text);
	return json_text(value);
}

static void
say(const char *before, const json_t *value)
{
	char *word = value != NULL ? word_of(value) : NULL;

	if (word != NULL)
		table_say("%s%s", before, word);
	free(word);
}

/* " latency=100->250"; of what is new " latency=250", of what has gone ...->.
 */
static void
say_change(const char *key, const json_t *change)
{
	const json_t *was = json_object_get(change, "before");

	table_say(" %s=", key);
	say("", was);
	if (was != NULL)
		table_say("->");
	say("", json_object_get(change, "after"));
}

static void
say_all(const char *at, json_t *event)
{
	const json_t *tenant = json_object_get(event, "tenant");
	const char *key;
	json_t *value;

	table_say("%s", at != NULL ? at : "-");
	say(" ", json_object_get(event, "event"));
	say(" ", tenant);
	say(tenant != NULL ? "/" : " ", json_object_get(event, "proxy"));
	say(" ", json_object_get(event, "toxic"));
	json_object_foreach(event, key, value)
	{
		if (is_said(key))
			continue;
		table_say(" %s=", key);
		say("", value);
	}
	json_object_foreach(json_object_get(event, "changed"), key, value)
	    say_change(key, value);
	puts("");
}

/* A terminal is not told what to do by it, however JSON spells that. */
static void
tell(const struct ctl *ctl, const struct toxi_history_entry *entry)
{
	json_t *event;

	if (ctl->is_json && ctl->is_terminal) {
		table_say("%s\n", entry->json);
	} else if (ctl->is_json) {
		puts(entry->json);
	} else {
		event = json_loads(entry->json, 0, NULL);
		say_all(entry->at, event);
		json_decref(event);
	}
}

/* ---- all of them */

/* 1: there was something; 0: nothing new; -1: err says why. */
static int
read_more(const struct ctl *ctl, struct reading *r, struct toxi_error *err)
{
	struct toxi_history *history;
	int has_moved;
	size_t i;

	if (toxi_history(ctl->toxi, r->after, r->wait_ms, &history, err) == -1)
		return -1;
	for (i = 0; i < history->n; i++)
		tell(ctl, &history->list[i]);
	has_moved = history->n > 0 && history->last != r->after;
	r->after = history->last;
	toxi_history_free(history);
	return has_moved;
}

static int
fail_to_read(const struct ctl *ctl, const struct toxi_error *err)
{
	if (err->code == TOXI_ERR_UNSUPPORTED)
		return fail(ctl, NULL,
		    "%s cannot say what has happened, as Toxiproxy cannot",
		    ctl->server);
	return fail(ctl, err, "Failed to read events");
}

/* What happens while this reads, it leaves to the next time. */
static int
show_past(const struct ctl *ctl, struct reading *r)
{
	struct toxi_history *now;
	struct toxi_error err;
	uint64_t last;
	int n = -1;

	if (toxi_history(ctl->toxi, TOXI_FROM_NOW, 0, &now, &err) == 0) {
		last = now->last;
		toxi_history_free(now);
		do
			n = read_more(ctl, r, &err);
		while (n > 0 && r->after < last);
	}
	return n == -1 ? fail_to_read(ctl, &err) : EXIT_OK;
}

int
events_may_come_back(const struct toxi_error *err)
{
	switch (err->code) {
	case TOXI_ERR_CONNECT:
	case TOXI_ERR_TIMEOUT:
	case TOXI_ERR_TRANSPORT:
		return 1;
	case TOXI_ERR_HTTP:
		return err->status == 429 || err->status == 503;
	default:
		return 0;
	}
}

void
events_pause(void)
{
	const struct timespec little = { .tv_nsec = PAUSE_NS };

	(void)nanosleep(&little, NULL);
}

/* Of one that has never answered nothing is expected. */
static int
follow(const struct ctl *ctl, struct reading *r)
{
	int n, has_answered = 0;
	struct toxi_error err;

	while (!ferror(stdout)) {
		n = read_more(ctl, r, &err);
		fflush(stdout);
		if (n == -1 && (!has_answered || !events_may_come_back(&err)))
			return fail_to_read(ctl, &err);
		if (n == -1 && !r->is_alone)
			(void)fail(ctl, &err, "Waiting for the server");
		r->is_alone = n == -1;
		has_answered |= n != -1;
		if (n != 1)
			events_pause();
		r->wait_ms = WAIT_MS;
	}
	return EXIT_FAILED;
}

/* -1: that is none. */
static int
id_of_text(const char *text, uint64_t *id)
{
	char *end;

	errno = 0;
	*id = strtoull(text, &end, 10);
	return *text >= '0' && *text <= '9' && *end == '\0' && errno == 0 &&
		*id != TOXI_FROM_NOW
	    ? 0
	    : -1;
}

int
cmd_events(struct ctl *ctl, struct args *args)
{
	const char *after = args_value(args, FLAG_AFTER);
	const int is_followed = args_has(args, FLAG_FOLLOW);
	struct reading r = { .after = is_followed ? TOXI_FROM_NOW : 0 };

	if (after != NULL && id_of_text(after, &r.after) == -1)
		return fail_usage(ctl, "--after is the id of an event");
	return is_followed ? follow(ctl, &r) : show_past(ctl, &r);
}
