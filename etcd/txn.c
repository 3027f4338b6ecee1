/* SPDX-License-Identifier: ISC */
/* What is done all at once or not at all. */

#include <stdlib.h>
#include <string.h>

#include "etcd.h"
#include "request_parts.h"

#define OP_BYTES 64 /* of JSON around a key and its value, about */

struct etcd_txn {
	json_t *compare, *success;
	size_t bytes;
	int has_failed; /* no memory: its text says so */
};

struct etcd_txn *
etcd_txn_new(void)
{
	struct etcd_txn *txn = calloc(1, sizeof(*txn));

	if (txn == NULL)
		return NULL;
	txn->compare = json_array();
	txn->success = json_array();
	return txn;
}

/* A number of 0 has to be there: it is what is compared with. */
void
etcd_txn_if(struct etcd_txn *txn, const char *key, int64_t mod_revision)
{
	json_t *is = json_pack("{s:s, s:s, s:I}", "target", "MOD", "result",
	    "EQUAL", "mod_revision", (json_int_t)mod_revision);

	if (put_key(is, key, NULL) == -1)
		txn->has_failed = 1;
	if (json_array_append_new(txn->compare, is) == -1)
		txn->has_failed = 1;
	txn->bytes += strlen(key) * 4 / 3 + OP_BYTES;
}

static void
add(struct etcd_txn *txn, const char *kind, json_t *request, size_t bytes)
{
	json_t *op = json_pack("{s:o}", kind, request);

	if (json_array_append_new(txn->success, op) == -1)
		txn->has_failed = 1;
	txn->bytes += bytes * 4 / 3 + OP_BYTES;
}

void
etcd_txn_put(struct etcd_txn *txn, const char *key, const char *value,
    size_t len, int64_t lease)
{
	add(txn, "request_put", put_request(key, value, len, lease),
	    strlen(key) + len);
}

void
etcd_txn_delete(struct etcd_txn *txn, const char *key, const char *end)
{
	add(txn, "request_delete_range", delete_request(key, end),
	    strlen(key) + (end != NULL ? strlen(end) : 0));
}

size_t
etcd_txn_ops(const struct etcd_txn *txn)
{
	return json_array_size(txn->success);
}

size_t
etcd_txn_bytes(const struct etcd_txn *txn)
{
	return txn->bytes;
}

char *
etcd_txn_text(struct etcd_txn *txn)
{
	char *text;

	if (txn == NULL)
		return NULL;
	text = request_text(json_pack("{s:o, s:o}", "compare", txn->compare,
				"success", txn->success),
	    txn->has_failed);
	free(txn);
	return text;
}
