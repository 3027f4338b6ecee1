/* SPDX-License-Identifier: ISC */
/*
 * What changes after the list: a watch for each range, all in one stream.  That
 * a node does not watch what is meant for others alone keeps etcd from telling
 * each change to everybody.
 */

#include <stdlib.h>
#include <string.h>

#include "etcd_session.h"
#include "etcd_source.h"
#include "must.h"
#include "text.h"

#define LINE_MAX_BYTES ((size_t)32 * 1024 * 1024)
#define RANGES_MAX 32 /* labels, and three */

static struct {
	struct session_call *call;
	struct etcd_header header; /* of the list */
	int64_t heard[RANGES_MAX]; /* of each watch: the newest header */
	int64_t changed;           /* of what was told in parts: the newest */
} watch;

static char *
body(void)
{
	struct text all = { .len = 0 };
	char *one;
	size_t i;

	for (i = 0; i < etcd_ranges.n; i++) {
		const struct etcd_watch w = {
			.key = etcd_ranges.range[i].key,
			.end = etcd_ranges.range[i].end,
			.id = (int64_t)i + 1,
			.start = watch.header.revision + 1,
		};

		one = must(etcd_watch(&w));
		text_puts(&all, one);
		free(one);
	}
	return all.at;
}

/* It is a lie, or a cluster that was restored; 0: of which it says nothing. */
static const char *
fault_of(const struct etcd_told *told)
{
	int64_t *heard;

	if (told->is_canceled && told->compact_revision != 0)
		return "the revision was compacted";
	if (told->is_canceled)
		return told->reason[0] != '\0' ? told->reason
					       : "the watch was canceled";
	if (told->id < 1 || (size_t)told->id > etcd_ranges.n)
		return "a watch that nobody asked for";
	if (told->header.cluster_id != watch.header.cluster_id)
		return "this is another cluster";
	heard = &watch.heard[told->id - 1];
	if (told->header.revision != 0 && told->header.revision < *heard)
		return "revisions have gone back";
	return NULL;
}

static void
take(const struct etcd_told *told)
{
	size_t i;

	if (told->header.revision > watch.heard[told->id - 1])
		watch.heard[told->id - 1] = told->header.revision;
	etcd_parts->items(&told->kvs);
	for (i = 0; i < told->kvs.n; i++)
		if (told->kvs.kv[i].mod_revision > watch.changed)
			watch.changed = told->kvs.kv[i].mod_revision;
	if (told->kvs.n > 0 && !told->is_fragment)
		etcd_parts->changed(watch.changed);
}

static void
on_line(const struct etcd_answer *line)
{
	struct etcd_told told;
	struct etcd_error err;
	const char *fault;

	if (etcd_read_told(line, &told, &err) == -1) {
		if (etcd_wants_token(&err))
			session_forget_token();
		etcd_lost_of(&err);
		return;
	}
	if (etcd_told_wants_token(&told))
		session_forget_token();
	if ((fault = fault_of(&told)) != NULL)
		etcd_parts->lost(fault);
	else
		take(&told);
	etcd_kvs_free(&told.kvs);
}

/* It never ends but for a reason. */
static void
on_end(const struct etcd_answer *answer, const char *failure)
{
	struct etcd_header header;
	struct etcd_error err;

	watch.call = NULL;
	if (failure != NULL)
		etcd_parts->lost(failure);
	else if (answer->len > 0 && etcd_read_done(answer, &header, &err) == -1)
		etcd_lost_of(&err);
	else
		etcd_parts->lost("the watch has ended");
}

void
etcd_watch_start(const struct etcd_header *listed)
{
	struct session_request request = {
		.path = ETCD_WATCH,
		.answer_max = LINE_MAX_BYTES,
		.on_line = on_line,
		.on_end = on_end,
	};
	size_t i;

	etcd_watch_stop();
	watch.header = *listed;
	for (i = 0; i < etcd_ranges.n; i++)
		watch.heard[i] = listed->revision;
	request.body = body();
	watch.call = session_ask(&request);
}

void
etcd_watch_stop(void)
{
	session_cancel(watch.call);
	memset(&watch, 0, sizeof(watch));
}
