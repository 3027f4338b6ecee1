/* SPDX-License-Identifier: ISC */
#ifndef DIFFERENCE_H
#define DIFFERENCE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "endpoint.h"
#include "names.h"

/* Between a document and the truth. */

struct change;
struct document;
struct limits;

enum plan {
	PLAN_KEEP,  /* its entry is as it was */
	PLAN_ADOPT, /* is there already, and its entry is new */
	PLAN_MAKE,
	PLAN_REPLACE,
	PLAN_MAX
};
struct wanted {
	TAILQ_ENTRY(wanted) entry;
	struct document *document;
	struct change *change; /* a PROXY_POPULATE of nobody's */
	struct waiter waiter;  /* for the address of its listen */
	int is_asked;          /* for the address of its listen */
	enum plan plan;
	uint32_t line, column; /* where the file says listen */
	int fd;        /* if it is to have one: bound ahead of all changes */
	int is_shared; /* it is that of a proxy that leaves */
	struct address bound;
};
TAILQ_HEAD(wanteds, wanted);

void wanted_failure(
    const struct wanted *, const char *text, char *why, size_t size);
void difference_plan(struct wanteds *);
/*
 * What may fail, of what is planned, by limits that are to count: as much
 * memory as that, for other parts of the journal, is had, too.  0, or -1:
 * nothing has happened, and why.
 */
int difference_prepare(struct wanteds *, const struct limits *,
    size_t journal_room, char *why, size_t size);
/* ... has been prepared: cannot fail. */
void difference_apply(struct wanteds *);

#endif
