/* SPDX-License-Identifier: ISC */
/*
 * A plan, written to a fleet: by one transaction, or where that is too large by
 * several.  Each wants that who has written this scope last is who it was when
 * the plan was made, or we; and each key as it was then.
 */

#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "fleet_write.h"
#include "json.h"

/* What etcd takes in one, and the writer's own. */
#define CHANGES_MAX (ETCD_TXN_OPS_MAX - 1)
/* Leaves room for one value of 1 MiB, which no proxy has. */
#define BYTES_MAX (ETCD_REQUEST_MAX / 3)

struct writing {
	struct fleet_store *store;
	const struct fleet_plan *plan;
	struct fleet_written *written;
	const char *text;
	char *key; /* the writer's */
	json_t *writer;
	int64_t writer_was; /* its mod_revision */
};

/* Who has written it last; NULL: nobody.  -1: it has been said. */
static int
read_writer(struct writing *w, json_t **writer, int64_t *mod_revision)
{
	const struct etcd_range range = { .key = w->key };
	struct etcd_list list;

	*writer = NULL;
	*mod_revision = 0;
	if (fleet_list(w->store, &range, &list) == -1)
		return -1;
	if (list.kvs.n > 0) {
		*mod_revision = list.kvs.kv[0].mod_revision;
		*writer = json_loadb(
		    list.kvs.kv[0].value, list.kvs.kv[0].value_len, 0, NULL);
	}
	etcd_kvs_free(&list.kvs);
	return 0;
}

/* As many of the changes as go into it; how many they are. */
static size_t
fill(const struct writing *w, struct etcd_txn *txn)
{
	const struct fleet_change *c;
	size_t i = w->written->done, n = 0;

	for (; i < w->plan->n && n < CHANGES_MAX; i++, n++) {
		if (n > 0 && etcd_txn_bytes(txn) > BYTES_MAX)
			break;
		c = &w->plan->list[i];
		etcd_txn_if(txn, c->key, c->was);
		if (c->value != NULL)
			etcd_txn_put(
			    txn, c->key, c->value, strlen(c->value), 0);
		else
			etcd_txn_delete(txn, c->key, NULL);
	}
	return n;
}

/* The next part of it.  How many changes that are; 0: no memory. */
static size_t
next_part(const struct writing *w, struct etcd_txn **made)
{
	struct etcd_txn *txn = etcd_txn_new();
	char *value;
	size_t n;

	if ((*made = txn) == NULL)
		return 0;
	etcd_txn_if(txn, w->key, w->writer_was);
	n = fill(w, txn);
	json_object_set_new(
	    w->writer, "part", json_integer((json_int_t)w->written->parts));
	if ((value = json_text(w->writer)) == NULL)
		return 0;
	etcd_txn_put(txn, w->key, value, strlen(value), 0);
	free(value);
	return n;
}

static const char *
said(const json_t *writer, const char *key)
{
	const char *text = json_string_value(json_object_get(writer, key));

	return text != NULL ? text : "somebody";
}

/* Somebody else was first: who, and what there is of ours now. */
static int
lost(const struct writing *w, const json_t *writer, int64_t mod_revision)
{
	char ours[96];

	if (w->written->done == 0)
		snprintf(ours, sizeof(ours), "nothing of this is written");
	else
		snprintf(ours, sizeof(ours),
		    "%zu of %zu changes of this are written, and may be "
		    "replaced by now",
		    w->written->done, w->plan->n);
	if (mod_revision == w->writer_was)
		return fail(w->store->ctl, NULL,
		    "A key of %s was changed meanwhile, not by toxictl: %s",
		    w->text, ours);
	return fail(w->store->ctl, NULL,
	    "%s has written to %s meanwhile, at %s (revision %lld), and won: "
	    "%s",
	    said(writer, "by"), w->text, said(writer, "at"),
	    (long long)mod_revision, ours);
}

/* Not done, or done and the answer was lost: the writer is we then. */
static int
look_who(struct writing *w, int64_t *revision)
{
	json_t *writer;
	int64_t mod;
	int is_us;

	if (read_writer(w, &writer, &mod) == -1)
		return -1;
	is_us = mod > 0 && json_equal(writer, w->writer);
	if (is_us)
		*revision = mod;
	else
		lost(w, writer, mod);
	json_decref(writer);
	return is_us ? 0 : -1;
}

static int
write_part(struct writing *w)
{
	struct etcd_txn *txn;
	size_t n = next_part(w, &txn);
	int64_t revision = 0;
	int done = 0;

	if (n == 0)
		err(EXIT_FAILED, NULL);
	if (fleet_txn(w->store, txn, &revision, &done) == -1)
		return -1;
	if (!done && look_who(w, &revision) == -1)
		return -1;
	w->writer_was = w->written->revision = revision;
	w->written->done += n;
	w->written->parts++;
	return 0;
}

static int
write_all(struct writing *w)
{
	json_t *before;
	int rc = read_writer(w, &before, &w->writer_was);

	/* It was another's already when the plan was made, or after that. */
	if (rc == 0 && w->writer_was > w->plan->revision) {
		lost(w, before, w->writer_was);
		rc = -1;
	}
	json_decref(before);
	while (rc == 0 && w->written->done < w->plan->n)
		rc = write_part(w);
	return rc;
}

int
fleet_write(struct fleet_store *s, const char *text, const char *digest,
    const struct fleet_plan *plan, struct fleet_written *written)
{
	struct writing w = {
		.store = s, .plan = plan, .written = written, .text = text
	};
	int rc;

	memset(written, 0, sizeof(*written));
	written->revision = plan->revision;
	if (plan->n == 0)
		return 0;
	w.writer = fleet_writer_new();
	json_object_set_new(w.writer, "document", json_string(digest));
	if ((w.key = fleet_writer_key(s->prefix, text)) == NULL)
		err(EXIT_FAILED, NULL);
	rc = write_all(&w);
	json_decref(w.writer);
	free(w.key);
	return rc;
}
