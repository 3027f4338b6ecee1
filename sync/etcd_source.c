/* SPDX-License-Identifier: ISC */
/*
 * etcd as a source.  After each loss it lists anew instead of going on where it
 * was: of a cluster that was restored from a snapshot no revision says that
 * what comes next is what came next.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "etcd_session.h"
#include "etcd_source.h"
#include "fleet_keys.h"
#include "must.h"
#include "options.h"
#include "source.h"

static const struct options *options;
static const struct source_news *news;
static struct etcd_header header; /* of the list */

/* ---- which keys */

static unsigned int
layer_of(const struct fleet_item *item)
{
	unsigned int i;

	if (item->scope == FLEET_ALL)
		return 0;
	for (i = 0; i < options->nlabels; i++)
		if (item->scope == FLEET_LABEL &&
		    strcmp(options->labels[i], item->which) == 0)
			return i + 1;
	return LABELS_MAX + 1;
}

static void
tell_item(const struct etcd_kv *kv)
{
	static const enum item_kind kinds[FLEET_KINDS] = {
		[FLEET_PROXIES] = ITEM_PROXY,
		[FLEET_SCENARIOS] = ITEM_SCENARIO,
	};
	struct item_news item = { .kind = ITEM_UNKNOWN,
		.name = "",
		.where = kv->key,
		.value = kv->is_deleted ? NULL : kv->value,
		.len = kv->value_len };
	struct fleet_item read = { .name = NULL };

	if (fleet_place_node(options->prefix, FLEET_DRAIN, kv->key) != NULL) {
		item.kind = ITEM_DRAIN;
	} else if (strlen(kv->key) == kv->key_len &&
	    fleet_item_read(options->prefix, kv->key, &read) == 0) {
		item.kind = kinds[read.kind];
		item.layer = layer_of(&read);
		item.name = read.name;
	}
	news->item(&item);
	free(read.name);
}

static void
tell_items(const struct etcd_kvs *kvs)
{
	size_t i;

	for (i = 0; i < kvs->n; i++)
		tell_item(&kvs->kv[i]);
}

/* ---- what its parts have to say */

static void
listed(const struct etcd_header *h)
{
	header = *h;
	etcd_report_up();
	news->listed(h->revision);
}

static void
changed(int64_t revision)
{
	news->changed(revision);
}

/* All that is under way is cancelled, and another end point is next. */
static void
lost(const char *why)
{
	char text[512];

	/* why may be of what is cancelled */
	snprintf(text, sizeof(text), "%s: %s", session_where(), why);
	etcd_list_stop();
	etcd_watch_stop();
	etcd_report_down();
	session_next();
	news->lost(text);
}

static const struct etcd_parts parts = {
	.items = tell_items,
	.listed = listed,
	.changed = changed,
	.lost = lost,
};

/* ---- the source */

static void
open_source(struct event_base *base, const struct options *o,
    const struct source_news *n)
{
	options = o;
	news = n;
	etcd_parts = &parts;
	etcd_ranges_open(o);
	session_open(o);
	etcd_report_open(base, o);
}

static void
list(void)
{
	news->list_begins();
	etcd_list_start();
}

static void
watch(int64_t revision)
{
	(void)revision; /* it is the header's */
	etcd_watch_start(&header);
}

/* What else is under way could be lost, and the last words with it. */
static void
retire(void (*done)(void))
{
	etcd_list_stop();
	etcd_watch_stop();
	etcd_report_retire(done);
}

static void
close_source(void)
{
	etcd_list_stop();
	etcd_watch_stop();
	etcd_report_close();
	session_close();
	etcd_ranges_close();
}

const struct source etcd_source = {
	.name = "etcd",
	.open = open_source,
	.list = list,
	.watch = watch,
	.report = etcd_report_set,
	.retire = retire,
	.close = close_source,
};
