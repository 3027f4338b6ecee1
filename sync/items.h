/* SPDX-License-Identifier: ISC */
#ifndef ITEMS_H
#define ITEMS_H

#include <stddef.h>

#include "source.h"
#include "text.h"

/*
 * What a source has told: proxies and scenarios by name, in layers, as texts.
 * Each is looked at as it comes, so that a document is put together without
 * reading any.
 */

/* Bytes of all values; what is beyond is a fault. */
#define ITEMS_BYTES_MAX ((size_t)48 * 1024 * 1024)
#define ITEMS_MAX 40000

/*
 * A list is taken beside what there is, which counts until that is whole: while
 * etcd is away toxid may want its document again.
 */
void items_list_begins(void);
void items_list_ends(int is_whole);
void items_clear(void);
void items_set(const struct item_news *);

/* 0, or 1: this node is to be drained, within so many seconds. */
int items_drain(int *within_s);

/* Faults of a document: of items here, or as toxid has said. */
struct faults {
	struct fault {
		char *item, *name, *field, *error, *source, *key; /* or NULL */
	} * fault;
	size_t n, all; /* those that are kept, and how many there were */
};
#define FAULTS_MAX 32
struct fault *faults_add(struct faults *); /* NULL: enough are kept */
void faults_free(struct faults *);

/* What toxid is to have. */
struct document {
	struct text text; /* {"generation": ..., "proxies": [...], ...} */
	size_t n[ITEM_DRAIN];
	char **name[ITEM_DRAIN], **where[ITEM_DRAIN]; /* by their place */
};

/* 0, or -1: it cannot be, as some items are none. */
int document_make(struct document *, const char *generation, struct faults *);
/* ... or without anything. */
void document_make_empty(struct document *, const char *generation);
void document_free(struct document *);
/* "proxies[3].listen": as its source calls it, or NULL. */
const char *document_where(const struct document *, const char *item);
int document_has(const struct document *, enum item_kind, const char *name);

#endif
