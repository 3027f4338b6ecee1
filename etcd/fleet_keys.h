/* SPDX-License-Identifier: ISC */
#ifndef FLEET_KEYS_H
#define FLEET_KEYS_H

#include <stddef.h>

/*
 * The keys of a fleet below its prefix ("/toxid/lab1": it begins with a slash,
 * and ends with none):
 *
 *	PREFIX/desired/all/proxies/NAME
 *	PREFIX/desired/label/K=V/proxies/NAME
 *	PREFIX/desired/node/NODE/proxies/NAME	... and scenarios/NAME
 *	PREFIX/drain/NODE
 *	PREFIX/status/NODE	under a lease
 *	PREFIX/nodes/NODE
 *
 * NAME is percent-encoded where it is not [A-Za-z0-9._~-]; a node, and both
 * sides of a label, are [A-Za-z0-9._-]{1,63}.
 *
 * Texts that are returned are the caller's to free; NULL: no memory.
 */

enum fleet_scope { /* later ones win */
	FLEET_ALL,
	FLEET_LABEL,
	FLEET_NODE,
	FLEET_SCOPES
};
enum fleet_kind {
	FLEET_PROXIES,
	FLEET_SCENARIOS,
	FLEET_KINDS
};

/* "proxies", "scenarios": in keys, and in a document of PUT /desired. */
extern const char *const fleet_kinds[FLEET_KINDS];

/* NULL: it is one.  Or why it is none, in words: "is empty", ... */
const char *fleet_prefix_fault(const char *prefix);
const char *fleet_node_fault(const char *node);
const char *fleet_label_fault(const char *label); /* K=V */

/* which: of a label "K=V", of a node its name; of all nodes NULL. */
char *fleet_scope_key(/* with a slash at its end */
    const char *prefix, enum fleet_scope, const char *which);
char *fleet_item_key(const char *prefix, enum fleet_scope, const char *which,
    enum fleet_kind, const char *name);

enum fleet_place {
	FLEET_DRAIN,
	FLEET_STATUS,
	FLEET_KNOWN,
	FLEET_PLACES
};
/* node NULL: PREFIX/drain/, with its slash, which all of them begin with. */
char *fleet_place_key(const char *prefix, enum fleet_place, const char *node);
/* The node of such a key, within it; NULL: it is none. */
const char *fleet_place_node(
    const char *prefix, enum fleet_place, const char *key);

/* What a key below PREFIX/desired/ says. */
struct fleet_item {
	enum fleet_scope scope;
	char which[128]; /* of FLEET_ALL "" */
	enum fleet_kind kind;
	char *name; /* as it is, not as it is written; the caller's */
};
/* 0; 1: it is another key (its kind is unknown, its name is ill-formed), -1. */
int fleet_item_read(const char *prefix, const char *key, struct fleet_item *);

/* NULL: no memory; of decode also where it is ill-formed or has a NUL in it. */
char *percent_encode(const char *text);
char *percent_decode(const char *text);

#endif
