/* SPDX-License-Identifier: ISC */
/*
 * What an etcd may answer, and what may stand in its keys and values: read,
 * told to the items of a node, and made a document, which then is JSON, and
 * names each proxy once.
 */

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "etcd.h"
#include "fleet_keys.h"
#include "items.h"

/* Before ours: a header of sync/ has another. */
#undef must
#include "fuzz.h"

static void
tell(const struct etcd_kv *kv)
{
	struct fleet_item item = { .name = NULL };
	struct item_news news = { .kind = ITEM_UNKNOWN,
		.name = "",
		.where = kv->key,
		.value = kv->is_deleted ? NULL : kv->value,
		.len = kv->value_len };
	char *again;

	must(kv->key[kv->key_len] == '\0' && kv->value[kv->value_len] == '\0');
	if (fleet_item_read("/t", kv->key, &item) == 0) {
		again = fleet_item_key(
		    "/t", item.scope, item.which, item.kind, item.name);
		must(strcmp(again, kv->key) == 0);
		free(again);
		news.kind =
		    item.kind == FLEET_PROXIES ? ITEM_PROXY : ITEM_SCENARIO;
		news.layer = item.scope;
		news.name = item.name;
	}
	items_set(&news);
	free(item.name);
}

static void
tell_all(const struct etcd_kvs *kvs)
{
	size_t i;

	for (i = 0; i < kvs->n; i++)
		tell(&kvs->kv[i]);
}

/* One that can be is JSON: toxid would say so of all of it, and of no key. */
static void
look_at_document(void)
{
	struct faults faults = { .n = 0 };
	struct document d;
	json_t *object, *proxies;

	if (document_make(&d, "1", &faults) == 0) {
		must(faults.n == 0);
		object = json_loadb(d.text.at, d.text.len, 0, NULL);
		must(object != NULL);
		proxies = json_object_get(object, "proxies");
		must(json_array_size(proxies) == d.n[ITEM_PROXY]);
		json_decref(object);
	} else {
		must(faults.n > 0 && faults.fault[0].key != NULL);
	}
	faults_free(&faults);
	document_free(&d);
}

static void
read_others(const struct etcd_answer *a)
{
	struct etcd_header header;
	struct etcd_error err;
	int64_t lease, ttl;
	int succeeded;
	char *token;

	must(etcd_read_token(a, &token, &err) == 0 || token == NULL);
	free(token);
	if (etcd_read_done(a, &header, &err) == -1)
		must(err.code != 0 && err.message[0] != '\0');
	etcd_read_txn(a, &header, &succeeded, &err);
	etcd_read_lease(a, &lease, &ttl, &err);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = size > 0 ? (const char *)data + 1 : "";
	const struct etcd_answer a = { size > 0 && data[0] == 'e' ? 401 : 200,
		text, size > 0 ? size - 1 : 0 };
	struct etcd_error err;
	struct etcd_list list;
	struct etcd_told told;

	read_others(&a);
	if (etcd_read_list(&a, &list, &err) == 0)
		tell_all(&list.kvs);
	etcd_kvs_free(&list.kvs);
	if (etcd_read_told(&a, &told, &err) == 0)
		tell_all(&told.kvs);
	etcd_kvs_free(&told.kvs);
	look_at_document();
	items_clear();
	return 0;
}
