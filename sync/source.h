/* SPDX-License-Identifier: ISC */
#ifndef SOURCE_H
#define SOURCE_H

#include <stddef.h>
#include <stdint.h>

struct event_base;
struct options;

/*
 * Where documents come from: what lists them, watches them from there on, and
 * is told how this node is.  etcd is one; what else can do these three may be.
 *
 * Whoever uses it asks for a list, and, when that has been told whole, for a
 * watch from its revision; when it hears lost() it lists again.  Nothing is
 * called before a function of these has returned.
 */

enum item_kind {
	ITEM_PROXY,
	ITEM_SCENARIO,
	ITEM_DRAIN,   /* it is there, or not; it has no name */
	ITEM_UNKNOWN, /* nobody knows what it is to be: a fault */
	ITEM_KINDS
};

/* Of two that have a name in common that of the higher layer counts. */
struct item_news {
	enum item_kind kind;
	unsigned int layer;
	const char *name, *where; /* where: how its source calls it */
	const char *value;        /* NULL: it is gone */
	size_t len;
};

/* What a source tells. */
struct source_news {
	/* A list begins: what was told before is nothing. */
	void (*list_begins)(void);
	/* Within a list, or later on. */
	void (*item)(const struct item_news *);
	/* The list is whole, as of that revision. */
	void (*listed)(int64_t revision);
	/* All items up to that revision have been told. */
	void (*changed)(int64_t revision);
	/* Neither lists nor watches any more. */
	void (*lost)(const char *why);
};

struct source {
	const char *name;
	void (*open)(struct event_base *, const struct options *,
	    const struct source_news *);
	void (*list)(void);
	void (*watch)(int64_t revision); /* what came after that */
	/* The newest counts; it does what it can until close(). */
	void (*report)(const char *status, size_t len);
	/* The node's status goes, too; then it calls that. */
	void (*retire)(void (*done)(void));
	void (*close)(void);
};

extern const struct source etcd_source;

#endif
