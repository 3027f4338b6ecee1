/* SPDX-License-Identifier: ISC */
/*
 * Every allocation fails once, of the library and of those below it: each
 * call then says so, or has found another way; nothing crashes, and nothing
 * stays behind.
 */

#include <err.h>
#include <event2/event.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <toxi_event.h>

void *__libc_malloc(size_t);
void *__libc_calloc(size_t, size_t);
void *__libc_realloc(void *, size_t);
void __libc_free(void *);

static long live;           /* blocks of this program */
static __thread long until; /* this thread's next failure; 0: none */
static __thread int failed;

static int
fails(void)
{
	if (until == 0 || --until > 0)
		return 0;
	failed = 1;
	return 1;
}

static void *
counted(void *p)
{
	if (p != NULL)
		__atomic_add_fetch(&live, 1, __ATOMIC_RELAXED);
	return p;
}

void *
malloc(size_t size)
{
	return fails() ? NULL : counted(__libc_malloc(size));
}

void *
calloc(size_t n, size_t size)
{
	return fails() ? NULL : counted(__libc_calloc(n, size));
}

void *
realloc(void *old, size_t size)
{
	if (old == NULL)
		return malloc(size);
	return fails() ? NULL : __libc_realloc(old, size);
}

void
free(void *p)
{
	if (p != NULL)
		__atomic_sub_fetch(&live, 1, __ATOMIC_RELAXED);
	__libc_free(p);
}

/*
 * jansson 2.14 reads and writes past the text that it is scanning when it
 * can't make room for more of it: always the double, from 32 bytes on.  That
 * is not ours to mend; all else of it may fail.
 */
static void *
for_jansson(size_t size)
{
	long n = until;
	void *p;

	if (size < 32 || (size & (size - 1)) != 0)
		return malloc(size);
	until = 0;
	p = malloc(size);
	until = n;
	return p;
}

static struct toxi_options options;
static int said;

/* What a call says agrees with what it returns. */
static void
check(int rc, const struct toxi_error *e)
{
	if ((rc == 0) != (e->code == TOXI_OK))
		errx(1, "%s: returns %d and %s", e->call, rc,
		    toxi_code_name(e->code));
	if (e->code == TOXI_ERR_NOMEM)
		said = 1;
}

static int
nothing(void *arg)
{
	(void)arg;
	return 0;
}

/*
 * Of a server whose ids are short: jansson 2.14 asserts where there is no
 * memory for the 16th digit of an integer.
 */
static void
events(void)
{
	struct toxi_options fake = options;
	struct toxi_history *history;
	struct toxi_error e;
	struct toxi *toxi;

	fake.url = getenv("TOXI_EVENTS");
	if ((toxi = toxi_new(&fake, &e)) == NULL) {
		check(-1, &e);
		return;
	}
	check(toxi_history(toxi, 0, 0, &history, &e), &e);
	toxi_history_free(history);
	toxi_free(toxi);
}

/* What goes through a proxy */
static void
watched(struct toxi *toxi)
{
	const struct toxi_proxy_session_filter filter = { .proxy = "nomem",
		.client = "127.0.0.1",
		.states = TOXI_SESSION_OPEN };
	const struct toxi_wait wait = { .toxic = "latency_downstream",
		.timeout_ms = -1 };
	struct toxi_proxy_sessions *sessions;
	struct toxi_stats *stats;
	struct toxi_waited *waited;
	struct toxi_error e;

	check(toxi_proxy_session_list(toxi, &filter, &sessions, &e), &e);
	toxi_proxy_sessions_free(sessions);
	check(toxi_proxy_session_get(toxi, "nomem", "0.1", NULL, &e), &e);
	check(toxi_proxy_session_end(toxi, "nomem", "0.1", TOXI_RESET, &e), &e);
	check(toxi_proxy_session_toxic_add(
		  toxi, "nomem", "0.1", toxi_latency(1, 0), NULL, &e),
	    &e);
	check(
	    toxi_proxy_session_toxic_remove(toxi, "nomem", "0.1", "t", &e), &e);
	check(toxi_proxy_stats(toxi, "nomem", &stats, &e), &e);
	toxi_stats_free(stats);
	check(toxi_wait(toxi, "nomem", &wait, &waited, &e), &e);
	toxi_waited_free(waited);
}

static void
played(struct toxi *toxi)
{
	const struct toxi_connect late = toxi_accept_delay(5);
	const struct toxi_scenario wanted = { .name = "nomem",
		.proxy = "nomem",
		.id = "nomem",
		.steps =
		    TOXI_STEPS(toxi_step(1000, TOXI_TOXICS(toxi_timeout(1))),
			toxi_step_connect(
			    toxi_step_profile(1000, "slow-4g"), &late)) };
	struct toxi_scenarios *all;
	struct toxi_scenario *s;
	struct toxi_error e;

	check(toxi_scenario_start(toxi, &wanted, &s, &e), &e);
	toxi_scenario_free(s);
	check(toxi_scenario_list(toxi, &all, &e), &e);
	toxi_scenarios_free(all);
	check(toxi_scenario_get(toxi, "nomem", &s, &e), &e);
	toxi_scenario_free(s);
	check(toxi_scenario_stop_one(toxi, "nomem", "nomem", &e), &e);
}

static void
desired(struct toxi *toxi)
{
	const struct toxi_document document = { .source = "nomem",
		.generation = "1",
		.if_match = "0",
		.force = 1,
		.json = "{\"proxies\": [{\"name\": \"desired\", "
			"\"listen\": \"127.0.0.1:0\", "
			"\"upstream\": \"127.0.0.1:1\"}]}" };
	struct toxi_sources *all;
	struct toxi_desired *d;
	struct toxi_error e;

	check(toxi_desired_put(toxi, &document, &d, &e), &e);
	toxi_desired_free(d);
	check(toxi_desired_get(toxi, "nomem", &d, &e), &e);
	toxi_desired_free(d);
	check(toxi_desired_list(toxi, &all, &e), &e);
	toxi_sources_free(all);
	check(toxi_desired_delete(toxi, "nomem", &e), &e);
}

static void
blocking(void)
{
	static const char *const nets[] = { "127.0.0.0/8" };
	static const struct toxi_select some = {
		.every = 2, .clients = nets, .n_clients = 1
	};
	static const struct toxi_wave wave = {
		.attribute = "latency", .period = 1000, .amplitude = 1
	};
	const struct toxi_proxy wanted = { .name = "nomem",
		.upstream = "127.0.0.1:1",
		.toxics = TOXI_TOXICS(toxi_waving(
		    toxi_selected(toxi_latency(1, 0), &some), &wave, 1)) };
	const struct toxi_token token = { .name = "nomem", .role = "reader" };
	struct toxi *toxi;
	struct toxi_session *session;
	struct toxi_proxies *proxies;
	struct toxi_toxics *toxics;
	struct toxi_caller *caller;
	struct toxi_tokens *tokens;
	struct toxi_halts *halts;
	struct toxi_profiles *profiles;
	struct toxi_profile *profile;
	struct toxi_token *made;
	struct toxi_error e;

	if ((toxi = toxi_new(&options, &e)) == NULL) {
		check(-1, &e);
		return;
	}
	session = toxi_session_open(toxi, &e);
	check(session == NULL ? -1 : 0, &e);
	if (session != NULL) {
		check(toxi_session_proxy(session, &wanted, NULL, &e), &e);
		check(toxi_session_toxic(
			  session, "nomem", toxi_bandwidth(1), NULL, &e),
		    &e);
		check(toxi_session_tunnel(session, "127.0.0.1:1", &e) == NULL
			? -1
			: 0,
		    &e);
	}
	check(toxi_with(toxi, "nomem",
		  TOXI_TOXICS(toxi_timeout(1), toxi_slicer(1, 0, 0)), nothing,
		  NULL, &e),
	    &e);
	check(toxi_whoami(toxi, &caller, &e), &e);
	toxi_caller_free(caller);
	check(toxi_token_create(toxi, &token, &made, &e), &e);
	toxi_token_free(made);
	check(toxi_token_list(toxi, &tokens, &e), &e);
	toxi_tokens_free(tokens);
	check(toxi_token_revoke(toxi, token.name, &e), &e);
	check(toxi_halt(toxi, &halts, &e), &e);
	toxi_halts_free(halts);
	check(toxi_resume(toxi, &halts, &e), &e);
	toxi_halts_free(halts);
	check(toxi_profile_list(toxi, &profiles, &e), &e);
	toxi_profiles_free(profiles);
	if (session != NULL) {
		check(
		    toxi_session_profile(session, "nomem", "3g", &profile, &e),
		    &e);
		toxi_profile_free(profile);
	}
	played(toxi);
	desired(toxi);
	watched(toxi);
	check(toxi_proxy_list(toxi, &proxies, &e), &e);
	toxi_proxies_free(proxies);
	check(toxi_toxic_list(toxi, "nomem", &toxics, &e), &e);
	toxi_toxics_free(toxics);
	check(toxi_session_free(session, &e), &e);
	toxi_free(toxi);
}

static void
told(const struct toxi_reply *reply, void *arg)
{
	++*(int *)arg;
	if (reply->error != NULL && reply->error->code == TOXI_ERR_NOMEM)
		said = 1;
}

/* The base is not under test: it has its memory before. */
static void
in_a_loop(void)
{
	const long n = until;
	struct event_base *base;
	struct toxi_event *event;
	struct toxi_error e;
	int calls = 0, answers = 0;

	until = 0;
	base = event_base_new();
	until = n;
	if ((event = toxi_event_new(base, &options, &e)) == NULL) {
		check(-1, &e);
		event_base_free(base);
		return;
	}
	calls += toxi_event_proxy_list(event, told, &answers) != NULL;
	calls += toxi_event_proxy_get(event, "none", told, &answers) != NULL;
	calls += toxi_event_proxy_get(event, "", told, &answers) != NULL;
	if (calls < 3)
		said = 1;
	event_base_dispatch(base);
	toxi_event_free(event);
	if (answers != calls)
		errx(1, "%d calls and %d answers", calls, answers);
	event_base_free(base);
}

static void
clean_up(void)
{
	struct toxi *toxi = toxi_new(&options, NULL);
	struct toxi_proxies *left;
	size_t i;

	toxi_proxy_list(toxi, &left, NULL);
	for (i = 0; i < left->n; i++)
		toxi_proxy_delete(toxi, left->list[i].name, NULL);
	toxi_proxies_free(left);
	toxi_token_revoke(toxi, "nomem", NULL);
	toxi_free(toxi);
}

/* How many blocks it leaves behind. */
static long
leaves(void (*calls)(void), long n)
{
	long before = __atomic_load_n(&live, __ATOMIC_RELAXED);

	said = failed = 0;
	until = n;
	calls();
	until = 0;
	clean_up();
	return __atomic_load_n(&live, __ATOMIC_RELAXED) - before;
}

static void
each_fails_once(const char *name, void (*calls)(void))
{
	long n = 0, tells = 0;

	calls();
	do {
		n++;
		/* What is made once in a process is not made again. */
		if (leaves(calls, n) > 0 && leaves(calls, n) > 0)
			errx(1, "%s: number %ld leaves something", name, n);
		tells += said;
	} while (failed);
	printf("%s: %ld allocations, %ld told\n", name, n - 1, tells);
	if (tells == 0)
		errx(1, "%s: nobody says so", name);
}

int
main(void)
{
	if ((options.url = getenv("TOXI_URL")) == NULL)
		errx(1, "no TOXI_URL");
	json_set_alloc_funcs(for_jansson, free);
	options.timeout_ms = 5000;
	options.tenant = "lab"; /* the token's own */
	each_fails_once("blocking", blocking);
	each_fails_once("events", events);
	each_fails_once("in a loop", in_a_loop);
	return 0;
}
