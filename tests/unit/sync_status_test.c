/* SPDX-License-Identifier: ISC */
/* sync/status.c, backoff.c: what a node says of itself, and when it tries
 * again. */

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backoff.h"
#include "etcd.h"
#include "options.h"
#include "status.h"

static const struct options options = {
	.node = "n1", .labels = { "zone=a", "rack=7" }, .nlabels = 2
};

static json_t *
said(const struct status *s)
{
	char *text = status_text(s, &options);
	json_t *object = json_loads(text, 0, NULL);

	cr_assert_not_null(object);
	free(text);
	return object;
}

static void
is(const json_t *object, const char *member, const char *expected)
{
	char *text = json_dumps(json_object_get(object, member),
	    JSON_ENCODE_ANY | JSON_COMPACT | JSON_SORT_KEYS);

	cr_assert_not_null(text, "%s", member);
	cr_expect_str_eq(text, expected);
	free(text);
}

static void
apply(struct status *s, int64_t revision, const char *reply)
{
	json_t *object = json_loads(reply, 0, NULL);

	status_set_applied(s, revision, object);
	json_decref(object);
}

#define REPLY                                                        \
	"{\"applied_at\":\"2026-11-28T18:00:00.000Z\",\"proxies\":[" \
	"{\"name\":\"web\",\"listen\":\"127.0.0.1:34567\","          \
	"\"upstream\":\"db:1\"}]}"

Test(status, says_what_is_applied_and_where)
{
	struct status s = { .revision = 41, .health = DAEMON_OK };
	json_t *object;

	apply(&s, 40, REPLY);
	object = said(&s);
	is(object, "node", "\"n1\"");
	is(object, "labels", "{\"rack\":\"7\",\"zone\":\"a\"}");
	is(object, "revision", "41");
	is(object, "applied", "40");
	is(object, "applied_at", "\"2026-11-28T18:00:00.000Z\"");
	is(object, "error", "null");
	is(object, "health", "\"ok\"");
	is(object, "drain", "null");
	is(object, "proxies",
	    "{\"web\":{\"listen\":\"127.0.0.1:34567\","
	    "\"upstream\":\"db:1\"}}");
	json_decref(object);
	status_free(&s);
}

Test(status, says_of_an_error_which_key_it_is_about)
{
	struct status s = { .revision = 41, .health = DAEMON_DEGRADED };
	struct fault *f = faults_add(&s.faults);
	json_t *object;

	f->key = strdup("/t/desired/all/proxies/web");
	f->error = strdup("no");
	status_set_error(&s, 41, "refused");
	object = said(&s);
	is(object, "error",
	    "{\"faults\":[{\"error\":\"no\","
	    "\"key\":\"/t/desired/all/proxies/web\"}],"
	    "\"message\":\"refused\",\"revision\":41}");
	is(object, "health", "\"degraded\"");
	is(object, "applied", "0");
	is(object, "applied_at", "null");
	json_decref(object);
	status_free(&s);
}

Test(status, a_node_that_is_drained_has_no_addresses)
{
	struct status s = { .health = DAEMON_OK, .drain = DRAIN_UNDER_WAY };
	json_t *object;

	apply(&s, 40, REPLY);
	object = said(&s);
	is(object, "drain", "\"draining\"");
	is(object, "proxies", "{}");
	json_decref(object);
	s.drain = DRAIN_DONE;
	object = said(&s);
	is(object, "drain", "\"drained\"");
	is(object, "proxies", "{}");
	json_decref(object);
	status_free(&s);
}

/* ... however many faults and proxies there are. */
Test(status, fits_into_a_value_of_etcd)
{
	struct status s = { .health = DAEMON_OK };
	json_t *reply, *list = json_array(), *object;
	char name[128], *text;
	int i;

	for (i = 0; i < 20000; i++) {
		snprintf(name, sizeof(name), "%0127d", i);
		json_array_append_new(list,
		    json_pack("{s:s, s:s, s:s}", "name", name, "listen",
			"127.0.0.1:34567", "upstream", name));
	}
	reply = json_pack("{s:o}", "proxies", list);
	status_set_applied(&s, 1, reply);
	for (i = 0; i < 1000; i++)
		faults_add(&s.faults);
	status_set_error(&s, 1, "refused");
	text = status_text(&s, &options);
	cr_expect_lt(strlen(text) / 3 * 4, ETCD_REQUEST_MAX);
	free(text);
	object = said(&s);
	cr_expect_gt(
	    json_integer_value(json_object_get(object, "more_proxies")), 0);
	cr_expect_eq(json_integer_value(json_object_get(
			 json_object_get(object, "error"), "more_faults")),
	    1000 - FAULTS_MAX);
	json_decref(object);
	json_decref(reply);
	status_free(&s);
}

Test(backoff, doubles_up_to_its_bound_and_never_waits_less_than_half)
{
	struct backoff b = { .first_ms = 100, .most_ms = 1000 };
	int64_t ms, bound = 100;
	int i;

	for (i = 0; i < 100; i++) {
		ms = backoff_next(&b);
		cr_expect_geq(ms, bound / 2);
		cr_expect_leq(ms, bound);
		bound = bound * 2 < 1000 ? bound * 2 : 1000;
	}
	backoff_reset(&b);
	cr_expect_leq(backoff_next(&b), 100);
}
