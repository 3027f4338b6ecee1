/* SPDX-License-Identifier: ISC */
/* etcd/: what is said to etcd's JSON gateway, and what it has answered. */

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "etcd.h"

#define HEADER                                                 \
	"\"header\":{\"cluster_id\":\"14841639068965178418\"," \
	"\"member_id\":\"10276657743932975437\","              \
	"\"revision\":\"6\",\"raft_term\":\"2\"}"

static void
says(char *request, const char *text)
{
	cr_assert_not_null(request);
	cr_expect_str_eq(request, text);
	free(request);
}

static struct etcd_answer
answer(long status, const char *text)
{
	return (struct etcd_answer){ status, text, strlen(text) };
}

/* ---- requests */

Test(etcd, requests_are_as_the_gateway_takes_them)
{
	const struct etcd_range r = {
		.key = "/x/", .end = "/x0", .limit = 500, .revision = 7
	};

	says(etcd_authenticate("n1", "a\"b"),
	    "{\"name\":\"n1\",\"password\":\"a\\\"b\"}");
	says(etcd_range(&r),
	    "{\"key\":\"L3gv\",\"range_end\":\"L3gw\",\"limit\":\"500\","
	    "\"revision\":\"7\"}");
	says(etcd_put("/x/a", "hello", 5, 0),
	    "{\"key\":\"L3gvYQ==\",\"value\":\"aGVsbG8=\"}");
	says(etcd_put("/x/a", "", 0, INT64_MAX),
	    "{\"key\":\"L3gvYQ==\",\"value\":\"\","
	    "\"lease\":\"9223372036854775807\"}");
	says(etcd_delete("/x/a", NULL), "{\"key\":\"L3gvYQ==\"}");
	says(etcd_lease_grant(30), "{\"TTL\":\"30\"}");
	says(etcd_lease_keepalive(123), "{\"ID\":\"123\"}");
	says(etcd_lease_revoke(123), "{\"ID\":\"123\"}");
}

Test(etcd, a_range_of_keys_alone_says_so)
{
	const struct etcd_range r = { .key = "/x/", .keys_only = 1 };

	says(etcd_range(&r), "{\"key\":\"L3gv\",\"keys_only\":true}");
}

Test(etcd, a_watch_asks_for_parts_and_progress)
{
	const struct etcd_watch w = {
		.key = "/x/", .end = "/x0", .id = 5, .start = 43
	};

	says(etcd_watch(&w),
	    "{\"create_request\":{\"fragment\":true,"
	    "\"progress_notify\":true,\"key\":\"L3gv\",\"range_end\":\"L3gw\","
	    "\"watch_id\":\"5\",\"start_revision\":\"43\"}}");
}

Test(etcd, a_transaction_compares_also_with_nothing)
{
	struct etcd_txn *txn = etcd_txn_new();

	cr_assert_not_null(txn);
	etcd_txn_if(txn, "/x/a", 0);
	etcd_txn_put(txn, "/x/a", "hello", 5, 0);
	etcd_txn_delete(txn, "/x/b", NULL);
	cr_expect_eq(etcd_txn_ops(txn), 2);
	cr_expect_geq(etcd_txn_bytes(txn), 100);
	says(etcd_txn_text(txn),
	    "{\"compare\":[{\"target\":\"MOD\",\"result\":\"EQUAL\","
	    "\"mod_revision\":0,\"key\":\"L3gvYQ==\"}],"
	    "\"success\":[{\"request_put\":{\"key\":\"L3gvYQ==\","
	    "\"value\":\"aGVsbG8=\"}},"
	    "{\"request_delete_range\":{\"key\":\"L3gvYg==\"}}]}");
	cr_expect_null(etcd_txn_text(NULL));
}

Test(etcd, the_end_of_a_range_is_what_follows)
{
	says(etcd_range_end("/x/"), "/x0");
	says(etcd_range_end("a\xff"), "b");
}

/* ---- answers */

Test(etcd, a_list_has_its_keys_and_values)
{
	const struct etcd_answer a = answer(200,
	    "{" HEADER ",\"kvs\":[{\"key\":\"L3gvYQ==\","
	    "\"create_revision\":\"4\",\"mod_revision\":\"4\","
	    "\"version\":\"1\",\"value\":\"aGVsbG8=\"},"
	    "{\"key\":\"L3gvZQ==\",\"mod_revision\":\"5\"}],"
	    "\"more\":true,\"count\":\"3\"}");
	struct etcd_list list;
	struct etcd_error err;

	cr_assert_eq(etcd_read_list(&a, &list, &err), 0);
	cr_expect_eq(list.header.cluster_id, UINT64_C(14841639068965178418));
	cr_expect_eq(list.header.member_id, UINT64_C(10276657743932975437));
	cr_expect_eq(list.header.revision, 6);
	cr_expect_eq(list.header.raft_term, 2);
	cr_expect_eq(list.more, 1);
	cr_expect_eq(list.count, 3);
	cr_assert_eq(list.kvs.n, 2);
	cr_expect_str_eq(list.kvs.kv[0].key, "/x/a");
	cr_expect_str_eq(list.kvs.kv[0].value, "hello");
	cr_expect_eq(list.kvs.kv[0].value_len, 5);
	cr_expect_eq(list.kvs.kv[0].mod_revision, 4);
	cr_expect_str_eq(list.kvs.kv[1].value, "");
	etcd_kvs_free(&list.kvs);
}

Test(etcd, a_list_of_nothing_is_one)
{
	const struct etcd_answer a = answer(200, "{" HEADER "}");
	struct etcd_list list;
	struct etcd_error err;

	cr_assert_eq(etcd_read_list(&a, &list, &err), 0);
	cr_expect_eq(list.kvs.n, 0);
	cr_expect_eq(list.more, 0);
}

Test(etcd, what_is_no_base64_is_said)
{
	const struct etcd_answer a =
	    answer(200, "{" HEADER ",\"kvs\":[{\"key\":\"L3g*\"}]}");
	struct etcd_list list;
	struct etcd_error err;

	cr_assert_eq(etcd_read_list(&a, &list, &err), -1);
	cr_expect_eq(err.code, ETCD_GARBLED);
	cr_expect_eq(list.kvs.n, 0);
}

Test(etcd, a_watch_tells_of_changes)
{
	const struct etcd_answer a = answer(200,
	    "{\"result\":{" HEADER ",\"watch_id\":\"5\",\"fragment\":true,"
	    "\"events\":[{\"kv\":{\"key\":\"L3gvYQ==\","
	    "\"mod_revision\":\"4\",\"value\":\"aGVsbG8=\"}},"
	    "{\"type\":\"DELETE\",\"kv\":{\"key\":\"L3gvYQ==\","
	    "\"mod_revision\":\"6\"}}]}}");
	struct etcd_told told;
	struct etcd_error err;

	cr_assert_eq(etcd_read_told(&a, &told, &err), 0);
	cr_expect_eq(told.id, 5);
	cr_expect_eq(told.is_fragment, 1);
	cr_expect_eq(told.is_created, 0);
	cr_assert_eq(told.kvs.n, 2);
	cr_expect_eq(told.kvs.kv[0].is_deleted, 0);
	cr_expect_str_eq(told.kvs.kv[0].value, "hello");
	cr_expect_eq(told.kvs.kv[1].is_deleted, 1);
	cr_expect_eq(told.kvs.kv[1].mod_revision, 6);
	etcd_kvs_free(&told.kvs);
}

/* etcd 3.4: it is answered 200, and is canceled at once. */
Test(etcd, a_watch_without_a_token_is_canceled)
{
	static const char *const reasons[] = {
		"rpc error: code = Unauthenticated desc = etcdserver: "
		"invalid auth token",
		"rpc error: code = InvalidArgument desc = etcdserver: "
		"user name is empty",
	};
	struct etcd_told told;
	struct etcd_error err;
	char text[512];
	size_t i;

	for (i = 0; i < 2; i++) {
		snprintf(text, sizeof(text),
		    "{\"result\":{" HEADER ",\"watch_id\":\"-1\","
		    "\"created\":true,\"canceled\":true,"
		    "\"cancel_reason\":\"%s\"}}",
		    reasons[i]);
		const struct etcd_answer a = answer(200, text);

		cr_assert_eq(etcd_read_told(&a, &told, &err), 0);
		cr_expect_eq(told.id, -1);
		cr_expect_eq(told.is_canceled, 1);
		cr_expect_eq(etcd_told_wants_token(&told), 1);
	}
}

Test(etcd, a_watch_of_what_is_compacted_is_canceled)
{
	const struct etcd_answer a = answer(200,
	    "{\"result\":{\"header\":{\"cluster_id\":\"1\"},"
	    "\"canceled\":true,\"compact_revision\":\"3\"}}");
	struct etcd_told told;
	struct etcd_error err;

	cr_assert_eq(etcd_read_told(&a, &told, &err), 0);
	cr_expect_eq(told.is_canceled, 1);
	cr_expect_eq(told.compact_revision, 3);
	cr_expect_eq(told.header.revision, 0); /* it does not say */
	cr_expect_eq(etcd_told_wants_token(&told), 0);
}

Test(etcd, a_lease_that_is_gone_has_no_time_left)
{
	const struct etcd_answer gone =
				     answer(200, "{\"result\":{\"ID\":\"5\"}}"),
				 there = answer(200,
				     "{\"result\":{\"ID\":\"5\","
				     "\"TTL\":\"30\"}}");
	struct etcd_error err;
	int64_t lease, ttl;

	cr_assert_eq(etcd_read_lease(&gone, &lease, &ttl, &err), 0);
	cr_expect_eq(ttl, 0);
	cr_assert_eq(etcd_read_lease(&there, &lease, &ttl, &err), 0);
	cr_expect_eq(lease, 5);
	cr_expect_eq(ttl, 30);
}

Test(etcd, a_transaction_says_whether_it_was_done)
{
	const struct etcd_answer done = answer(
				     200, "{" HEADER ",\"succeeded\":true}"),
				 not = answer(200, "{" HEADER "}");
	struct etcd_header header;
	struct etcd_error err;
	int succeeded;

	cr_assert_eq(etcd_read_txn(&done, &header, &succeeded, &err), 0);
	cr_expect_eq(succeeded, 1);
	cr_expect_eq(header.revision, 6);
	cr_assert_eq(etcd_read_txn(&not, &header, &succeeded, &err), 0);
	cr_expect_eq(succeeded, 0);
}

Test(etcd, a_token_is_a_line)
{
	const struct etcd_answer good = answer(
				     200, "{" HEADER ",\"token\":\"RoF.23\"}"),
				 two = answer(
				     200, "{\"token\":\"a\\r\\nHost: b\"}"),
				 none = answer(200, "{" HEADER "}");
	struct etcd_error err;
	char *token;

	cr_assert_eq(etcd_read_token(&good, &token, &err), 0);
	cr_expect_str_eq(token, "RoF.23");
	free(token);
	cr_expect_eq(etcd_read_token(&two, &token, &err), -1);
	cr_expect_null(token);
	cr_expect_eq(etcd_read_token(&none, &token, &err), -1);
}

/* Of 3.4, of 3.6, in a stream, of a proxy between. */
Test(etcd, errors_are_read_in_all_forms)
{
	static const struct {
		long status;
		const char *text, *message;
		int code, wants_token;
	} rows[] = {
		{ 401,
		    "{\"error\":\"etcdserver: invalid auth token\","
		    "\"message\":\"etcdserver: invalid auth token\","
		    "\"code\":16}",
		    "etcdserver: invalid auth token", 16, 1 },
		{ 400,
		    "{\"error\":\"etcdserver: user name is empty\","
		    "\"message\":\"etcdserver: user name is empty\","
		    "\"code\":3}",
		    "etcdserver: user name is empty", 3, 1 },
		{ 403,
		    "{\"code\":7,\"message\":\"etcdserver: permission "
		    "denied\",\"details\":[]}",
		    "etcdserver: permission denied", 7, 0 },
		{ 200,
		    "{\"error\":{\"grpc_code\":14,\"http_code\":503,"
		    "\"message\":\"etcdserver: no leader\"}}",
		    "etcdserver: no leader", 14, 0 },
		{ 401, "", "not as etcd answers: HTTP 401, \"\"", 16, 1 },
		{ 502, "Bad Gateway",
		    "not as etcd answers: HTTP 502, \"Bad Gateway\"",
		    ETCD_GARBLED, 0 },
		{ 200, "[1]", "not as etcd answers: HTTP 200, \"[1]\"",
		    ETCD_GARBLED, 0 },
		{ 500, "{}", "not as etcd answers: HTTP 500, \"{}\"",
		    ETCD_GARBLED, 0 },
	};
	struct etcd_header header;
	struct etcd_error err;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct etcd_answer a =
		    answer(rows[i].status, rows[i].text);

		cr_assert_eq(etcd_read_done(&a, &header, &err), -1, "%zu", i);
		cr_expect_eq(err.code, rows[i].code, "%zu", i);
		cr_expect_str_eq(err.message, rows[i].message);
		cr_expect_eq(etcd_wants_token(&err), rows[i].wants_token);
	}
}
