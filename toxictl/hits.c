/* SPDX-License-Identifier: ISC */
/* wait, for what a proxy counts: did it hit? */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <toxi_watch.h>

#include "hits.h"
#include "json.h"
#include "probe.h"
#include "table.h"

#define AGAIN_MS 100L
#define LONGEST_MS 3600000L /* that the server waits */

int
hits_are_wanted(const struct args *args)
{
	return args_has(args, FLAG_UNTIL_HIT) ||
	    args_has(args, FLAG_UNTIL_OPEN) || args_has(args, FLAG_UNTIL_ENDED);
}

int
hits_extra_word(const struct ctl *ctl, const struct args *args)
{
	char text[256];

	snprintf(text, sizeof(text), "one argument too many: %.200s",
	    args->words[1]);
	return fail_usage(ctl, text);
}

/* preset: where nothing is said; -1: it is no number from 1 on. */
static int64_t
take_count(const char *text, int64_t preset)
{
	const size_t len = text != NULL ? strlen(text) : 0;
	int64_t n;

	if (text == NULL)
		return preset;
	if (len == 0 || len > 18 || strspn(text, "0123456789") != len)
		return -1;
	n = strtoll(text, NULL, 10);
	return n > 0 ? n : -1;
}

/* NULL, or what is wrong. */
static const char *
read_wish(struct toxi_wait *w, const struct args *args)
{
	const char *hit = args_value(args, FLAG_UNTIL_HIT);
	const int nwishes = args_has(args, FLAG_UNTIL_HIT) +
	    args_has(args, FLAG_UNTIL_OPEN) + args_has(args, FLAG_UNTIL_ENDED);

	*w = (struct toxi_wait){ .toxic = hit };
	if (nwishes != 1)
		return "one of --hit, --sessions and --ended is wanted";
	if (hit != NULL)
		w->hits = take_count(args->words[1], 1);
	w->sessions = take_count(args_value(args, FLAG_UNTIL_OPEN), 0);
	w->ended = take_count(args_value(args, FLAG_UNTIL_ENDED), 0);
	return w->hits == -1 || w->sessions == -1 || w->ended == -1
	    ? "how many is a number from 1 on"
	    : NULL;
}

/* The server is replaced meanwhile, or its API: what was counted stays. */
static int
is_passing(const struct toxi_error *e)
{
	return e->code == TOXI_ERR_CONNECT || e->code == TOXI_ERR_TRANSPORT ||
	    (e->code == TOXI_ERR_HTTP && e->status == 503);
}

/* As toxi_wait(), again and again as long as there is time. */
static int
ask(struct ctl *ctl, const char *proxy, struct toxi_wait *w, long timeout_ms,
    struct toxi_waited **waited, struct toxi_error *e)
{
	const struct timespec pause = { 0, AGAIN_MS * 1000000 };
	const long until = probe_clock() + timeout_ms;
	long left;

	for (;;) {
		left = until - probe_clock();
		w->timeout_ms = left > 0 ? (int)left : -1;
		if (toxi_wait(ctl->toxi, proxy, w, waited, e) == 0)
			return 0;
		if (left <= AGAIN_MS || !is_passing(e))
			return -1;
		nanosleep(&pause, NULL);
	}
}

static const char *
how(const struct toxi_wait *w, int64_t n)
{
	if (w->sessions > 0)
		return n == 1 ? "is open" : "are open";
	return n == 1 ? "has ended" : "have ended";
}

static void
tell(const struct ctl *ctl, const char *proxy, const struct toxi_wait *w,
    const struct toxi_waited *waited)
{
	char so_many[sizeof("-9223372036854775808 sessions")];

	if (ctl->is_json) {
		json_out(stdout,
		    json_pack("{s:s,s:I,s:I}", "proxy", proxy, "reached",
			(json_int_t)waited->reached, "wanted",
			(json_int_t)waited->wanted));
		return;
	}
	snprintf(so_many, sizeof(so_many), "%" PRId64 " session%s",
	    waited->reached, waited->reached == 1 ? "" : "s");
	if (w->toxic != NULL)
		table_say("%s has hit %s of %s\n", w->toxic, so_many, proxy);
	else
		table_say(
		    "%s of %s %s\n", so_many, proxy, how(w, waited->reached));
}

int
hits_wait(struct ctl *ctl, const struct args *args, const char *proxy,
    long timeout_ms)
{
	struct toxi_waited *waited;
	struct toxi_wait w;
	struct toxi_error e;
	const char *wrong = read_wish(&w, args);

	if (wrong != NULL)
		return fail_usage(ctl, wrong);
	if (w.toxic == NULL && args->n_words > 1)
		return hits_extra_word(ctl, args);
	if (timeout_ms > LONGEST_MS)
		return fail_usage(ctl, "--timeout is an hour at most here");
	if (ask(ctl, proxy, &w, timeout_ms, &waited, &e) == 0) {
		tell(ctl, proxy, &w, waited);
		toxi_waited_free(waited);
		return EXIT_OK;
	}
	toxi_waited_free(waited);
	if (e.code == TOXI_ERR_UNSUPPORTED)
		return fail(ctl, NULL,
		    "%s does not count what toxics do, as Toxiproxy does not",
		    ctl->server);
	return fail(ctl, &e, "Not so at %s", proxy);
}
