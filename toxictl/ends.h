/* SPDX-License-Identifier: ISC */
/* How connections of a proxy have ended: those that did alike are one. */
#ifndef ENDS_H
#define ENDS_H

#include <stddef.h>

#include <toxi.h>

#include "why_text.h"

struct ends {
	struct why_end *list; /* the newest first */
	const char **causes;  /* of each, in the server's word */
	size_t n;
	size_t entries;      /* of the server's that these are */
	int64_t connections; /* that its worker has had */
	int64_t lowest;      /* number of one that is here */
	void *pages;         /* what they point into */
};

/*
 * Each is said to be of so many connections as there have been since the first
 * of which it would be known.  0; or -1, and there is nothing to free.
 */
int ends_read(struct toxi *, const struct toxi_proxy *, struct ends *,
    struct toxi_error *);

/* All in one line: "SENTENCE; SENTENCE"; by malloc, "": none. */
char *ends_text(const struct ends *);

void ends_free(struct ends *);

#endif
