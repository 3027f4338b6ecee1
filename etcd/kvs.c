/* SPDX-License-Identifier: ISC */
/* Keys and values in an answer: of a list, and of what a watch tells. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "answer_parts.h"
#include "base64.h"

void
etcd_kvs_free(struct etcd_kvs *kvs)
{
	size_t i;

	for (i = 0; i < kvs->n; i++) {
		free(kvs->kv[i].key);
		free(kvs->kv[i].value);
	}
	free(kvs->kv);
	memset(kvs, 0, sizeof(*kvs));
}

/* What is empty is not there. */
static char *
read_bytes(
    const json_t *object, const char *name, size_t *len, struct etcd_error *err)
{
	const json_t *value = json_object_get(object, name);
	const char *text = value == NULL ? "" : json_string_value(value);
	int is_garbled = 1;
	char *bytes = NULL;

	if (text != NULL)
		bytes = base64_decode(text, len, &is_garbled);
	if (bytes == NULL)
		answer_fail(err, is_garbled ? ETCD_GARBLED : ETCD_NO_MEMORY,
		    is_garbled ? "a key or value is not base64" : "no memory");
	return bytes;
}

static int
read_kv(const json_t *from, struct etcd_kv *kv, struct etcd_error *err)
{
	kv->key = read_bytes(from, "key", &kv->key_len, err);
	if (kv->key == NULL)
		return -1;
	kv->value = read_bytes(from, "value", &kv->value_len, err);
	kv->mod_revision = answer_number(from, "mod_revision");
	kv->lease = answer_number(from, "lease");
	return kv->value != NULL ? 0 : -1;
}

/* inner: where in each of the array it is, or NULL: it is that. */
static int
read_kvs(const json_t *array, const char *inner, struct etcd_kvs *kvs,
    struct etcd_error *err)
{
	const json_t *each;
	const char *type;
	size_t i;

	if (json_array_size(array) == 0)
		return 0;
	kvs->kv = calloc(json_array_size(array), sizeof(*kvs->kv));
	if (kvs->kv == NULL)
		return answer_fail(err, ETCD_NO_MEMORY, "no memory");
	json_array_foreach(array, i, each)
	{
		kvs->n = i + 1;
		type = json_string_value(json_object_get(each, "type"));
		kvs->kv[i].is_deleted =
		    type != NULL && strcmp(type, "DELETE") == 0;
		if (read_kv(inner ? json_object_get(each, inner) : each,
			&kvs->kv[i], err) == -1) {
			etcd_kvs_free(kvs);
			return -1;
		}
	}
	return 0;
}

int
etcd_read_list(
    const struct etcd_answer *a, struct etcd_list *list, struct etcd_error *err)
{
	json_t *root = answer_load(a, err);
	int rc;

	memset(list, 0, sizeof(*list));
	if (root == NULL)
		return -1;
	answer_header(root, &list->header);
	list->count = answer_number(root, "count");
	list->more = json_is_true(json_object_get(root, "more"));
	rc = read_kvs(json_object_get(root, "kvs"), NULL, &list->kvs, err);
	json_decref(root);
	return rc;
}

int
etcd_read_told(
    const struct etcd_answer *a, struct etcd_told *told, struct etcd_error *err)
{
	json_t *root = answer_load(a, err);
	const char *reason;
	int rc;

	memset(told, 0, sizeof(*told));
	if (root == NULL)
		return -1;
	answer_header(root, &told->header);
	told->id = answer_number(root, "watch_id");
	told->is_created = json_is_true(json_object_get(root, "created"));
	told->is_canceled = json_is_true(json_object_get(root, "canceled"));
	told->is_fragment = json_is_true(json_object_get(root, "fragment"));
	told->compact_revision = answer_number(root, "compact_revision");
	reason = json_string_value(json_object_get(root, "cancel_reason"));
	if (reason != NULL)
		snprintf(told->reason, sizeof(told->reason), "%s", reason);
	rc = read_kvs(json_object_get(root, "events"), "kv", &told->kvs, err);
	json_decref(root);
	return rc;
}
