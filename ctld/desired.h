/* SPDX-License-Identifier: ISC */
#ifndef DESIRED_H
#define DESIRED_H

#include <stdint.h>

#include "difference.h"
#include "document.h"

/*
 * A document that a client wants applied, from its first message on until it
 * can be prepared: it is read, piece by piece, while apid asks for other
 * things, too; then its addresses are looked up.
 */

struct change;
struct child;
struct msg;
struct source;

struct desired {
	struct document document;
	char *text; /* of it, .ntext bytes so far */
	uint64_t ntext;
	struct source *made;        /* what it will be as; or NULL */
	int is_owned;               /* a fault is that: another source's */
	int64_t deadline;           /* of its look-ups */
	TAILQ_ENTRY(desired) entry; /* of those that wait for them */
};

int desired_is_read(void); /* one at a time */
/* Takes it: a DESIRED_PUT, which its caller may ask. */
void desired_read(struct change *);
/* The next piece of it; or of one that has been refused.  -1: no honest apid
 * says it. */
int desired_text(struct msg *);
int desired_proxy(struct msg *);
int desired_scenario(struct msg *);
int desired_toxic(struct msg *);

void desired_tick(int64_t now);
int desired_waits(void);
void desired_forget_asker(const struct child *);
void desired_free(struct change *); /* what it wants */

#endif
