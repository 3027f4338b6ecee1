/* SPDX-License-Identifier: ISC */
#ifndef DOCUMENT_H
#define DOCUMENT_H

#include <stddef.h>
#include <stdint.h>

#include "difference.h"

/*
 * Proxies that are to be there, all of them or none: said entry by entry, as
 * an honest apid has read them; and their addresses.  What becomes of it,
 * difference.h says.
 */

struct change;
struct msg;

struct document {
	struct wanteds all;
	void *by_key;            /* tsearch(3) */
	unsigned int n, ntoxics; /* so many have been said */
	struct change *reading;  /* its toxics are still coming */
	uint32_t line, column;   /* of that one */
	int is_asking;
	void (*moved)(void); /* an address has come, or none */
};

void document_open(struct document *, void (*moved)(void));
void document_free(struct document *);

enum document_fault {
	DOCUMENT_OK = 0,
	DOCUMENT_ODD = -1, /* no honest reader says it */
	DOCUMENT_NO_MEMORY = -2,
	DOCUMENT_TOO_MANY = -3 /* toxics */
};

/* A CONFIG_PROXY, and then each of its toxics. */
enum document_fault document_proxy(struct document *, const struct msg *);
enum document_fault document_toxic(struct document *, const struct msg *);

/*
 * Of what is planned: how many addresses are still to be had, for which
 * .moved is called; or -1, and why one cannot be.
 */
int document_look_up(struct document *, char *why, size_t size);

#endif
