/* SPDX-License-Identifier: ISC */
/* A node is to be without sessions, or is not any more; or is forgotten. */

#include <err.h>
#include <stdio.h>
#include <stdlib.h>

#include "fleet.h"
#include "fleet_keys.h"
#include "fleet_state.h"
#include "json.h"
#include "table.h"

#define WITHIN_MAX 3600 /* s */

/* ---- what is common: one node, by its name */

typedef int act_fn(struct fleet_store *, struct args *,
    const struct fleet_node *, const char *name);

static int
with_node(struct ctl *ctl, struct args *args, act_fn *act)
{
	const char *name = args_word(args), *fault;
	struct fleet_state st;
	struct fleet_store s;
	int code;

	if (name == NULL)
		return fail_usage(ctl, "a NODE is wanted");
	if ((fault = fleet_node_fault(name)) != NULL)
		return fail(ctl, NULL, "no node: %.100s: it %s", name, fault);
	if (fleet_open(&s, ctl, args, &code) == -1)
		return code;
	code = EXIT_FAILED;
	if (fleet_state_read(&s, &st) == 0)
		code = act(&s, args, fleet_state_node(&st, name), name);
	fleet_state_free(&st);
	fleet_close(&s);
	return code;
}

static void
say(const struct ctl *ctl, const char *done, const char *name,
    const char *sentence)
{
	if (ctl->is_json)
		json_out(stdout, json_pack("{s:s}", done, name));
	else
		table_say("%s %s\n", name, sentence);
}

static char *
key_of(const struct fleet_store *s, enum fleet_place place, const char *name)
{
	char *key = fleet_place_key(s->prefix, place, name);

	if (key == NULL)
		err(EXIT_FAILED, NULL);
	return key;
}

static int
unknown(const struct ctl *ctl, const char *name)
{
	return fail(ctl, NULL, "No node %s has ever been there", name);
}

/* ---- drain */

/* s; -1: it is none. */
static long
within(const struct args *args)
{
	const char *said = args_value(args, FLAG_WITHIN);
	char *end;
	long s;

	if (said == NULL)
		return 30;
	s = strtol(said, &end, 10);
	return end != said && *end == '\0' && s >= 0 && s <= WITHIN_MAX ? s
									: -1;
}

static int
drain(struct fleet_store *s, struct args *args, const struct fleet_node *node,
    const char *name)
{
	char value[64], *key;
	int64_t revision;
	int rc;

	if (node == NULL)
		return unknown(s->ctl, name);
	key = key_of(s, FLEET_DRAIN, name);
	snprintf(value, sizeof(value), "{\"within\":%ld}", within(args));
	rc = fleet_put(s, key, value, &revision);
	free(key);
	if (rc == -1)
		return EXIT_FAILED;
	say(s->ctl, "drain", name,
	    "is to drain: `fleet status` says how far it is");
	return EXIT_OK;
}

int
cmd_fleet_drain(struct ctl *ctl, struct args *args)
{
	if (within(args) == -1)
		return fail_usage(
		    ctl, "--within is a number of seconds, up to 3600");
	return with_node(ctl, args, drain);
}

/* ---- undrain, forget */

/* These two places of it, and nothing else of it. */
static int
delete_places(struct fleet_store *s, const char *name, int is_known)
{
	char *drained = key_of(s, FLEET_DRAIN, name);
	char *known = key_of(s, FLEET_KNOWN, name);
	struct etcd_txn *txn = etcd_txn_new();
	int64_t revision;
	int done, rc;

	if (txn == NULL)
		err(EXIT_FAILED, NULL);
	etcd_txn_delete(txn, drained, NULL);
	if (is_known)
		etcd_txn_delete(txn, known, NULL);
	rc = fleet_txn(s, txn, &revision, &done);
	free(drained);
	free(known);
	return rc;
}

static int
undrain(struct fleet_store *s, struct args *args, const struct fleet_node *node,
    const char *name)
{
	(void)args;
	if (node == NULL)
		return unknown(s->ctl, name);
	if (node->drain == NULL)
		return fail(s->ctl, NULL, "%s is not to drain", name);
	if (delete_places(s, name, 0) == -1)
		return EXIT_FAILED;
	say(s->ctl, "undrain", name, "is to be as the others again");
	return EXIT_OK;
}

int
cmd_fleet_undrain(struct ctl *ctl, struct args *args)
{
	return with_node(ctl, args, undrain);
}

static int
forget(struct fleet_store *s, struct args *args, const struct fleet_node *node,
    const char *name)
{
	(void)args;
	if (node == NULL)
		return unknown(s->ctl, name);
	if (node->status != NULL)
		return fail(s->ctl, NULL,
		    "%s is live, and would be back at once: end its "
		    "toxid-sync first",
		    name);
	if (delete_places(s, name, 1) == -1)
		return EXIT_FAILED;
	say(s->ctl, "forget", name, "is forgotten");
	return EXIT_OK;
}

int
cmd_fleet_forget(struct ctl *ctl, struct args *args)
{
	return with_node(ctl, args, forget);
}
