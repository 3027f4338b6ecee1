/* SPDX-License-Identifier: ISC */
/*
 * All keys that concern this node, as of one revision: that of the first page.
 * A page has so many keys that it fits its bound: values may be of 1.5 MiB.
 */

#include <stdlib.h>
#include <string.h>

#include "etcd_session.h"
#include "etcd_source.h"
#include "http.h"
#include "must.h"
#include "text.h"

#define PAGE_KEYS 500
#define PAGE_MAX ((size_t)16 * 1024 * 1024) /* bytes */
#define PAGE_WITHIN_MS 15000

static struct {
	struct session_call *call;
	size_t range;  /* of etcd_ranges */
	char *from;    /* where its next page begins; NULL: at its beginning */
	int64_t limit; /* keys */
	struct etcd_header header; /* of the first page */
	int has_header;
} list;

static session_fn on_page;

static void
ask(void)
{
	const struct etcd_range r = {
		.key =
		    list.from ? list.from : etcd_ranges.range[list.range].key,
		.end = etcd_ranges.range[list.range].end,
		.limit = list.limit,
		.revision = list.header.revision,
	};
	const struct session_request request = {
		.path = ETCD_RANGE,
		.body = etcd_range(&r),
		.timeout_ms = PAGE_WITHIN_MS,
		.answer_max = PAGE_MAX,
		.on_end = on_page,
	};

	list.call = session_ask(&request);
}

/* Behind that key; none of a fleet has a smaller byte in it than \1. */
static void
go_on_behind(const struct etcd_kv *last)
{
	free(list.from);
	list.from = text_format("%s\1", last->key);
}

static void
take(const struct etcd_list *page)
{
	if (!list.has_header) {
		list.has_header = 1;
		list.header = page->header;
	} else if (page->header.cluster_id != list.header.cluster_id) {
		etcd_parts->lost("this is another cluster");
		return;
	}
	etcd_parts->items(&page->kvs);
	if (page->more && page->kvs.n > 0) {
		go_on_behind(&page->kvs.kv[page->kvs.n - 1]);
	} else {
		free(list.from);
		list.from = NULL;
		list.range++;
	}
	if (list.range < etcd_ranges.n)
		ask();
	else
		etcd_parts->listed(&list.header);
}

static void
on_page(const struct etcd_answer *answer, const char *failure)
{
	struct etcd_list page;
	struct etcd_error err;

	list.call = NULL;
	if (failure != NULL && list.limit > 1 &&
	    strcmp(failure, http_too_long) == 0) {
		list.limit = list.limit > 8 ? list.limit / 8 : 1;
		ask();
	} else if (failure != NULL) {
		etcd_parts->lost(failure);
	} else if (etcd_read_list(answer, &page, &err) == -1) {
		etcd_lost_of(&err);
	} else {
		take(&page);
		etcd_kvs_free(&page.kvs);
	}
}

void
etcd_list_start(void)
{
	etcd_list_stop();
	list.limit = PAGE_KEYS;
	ask();
}

void
etcd_list_stop(void)
{
	session_cancel(list.call);
	free(list.from);
	memset(&list, 0, sizeof(list));
}
