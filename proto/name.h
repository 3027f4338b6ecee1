/* SPDX-License-Identifier: ISC */
#ifndef NAME_H
#define NAME_H

#include <sys/queue.h>

#include <stdint.h>

#include "names.h"

/*
 * A name that is being looked up: found by what is asked for, and by the id
 * with which resolvd is asked.  For names.c alone.
 */

TAILQ_HEAD(names, name);
struct name {
	TAILQ_ENTRY(name) entry;
	struct names *list; /* of names.c, that it is in */
	uint32_t id;
	int64_t sent_at;
	struct endpoint endpoint; /* its key, with: */
	uint32_t policy_id;       /* whose it is: see names.h */
	TAILQ_HEAD(, waiter) waiters;
	TAILQ_ENTRY(name) unwanted;
	int64_t cancel_at;           /* among the unwanted, until then; or 0 */
	struct lookup_result result; /* of one that is answered */
};

/* NULL: there is none. */
struct name *name_find(const struct endpoint *, uint32_t policy_id);
struct name *name_of_id(uint32_t id);

/* In no list, and without anybody who waits; NULL: no memory, or too many. */
struct name *name_new(const struct endpoint *, uint32_t policy_id);

/* Found by its id alone: who asks for the same gets another. */
void name_unkey(struct name *);
int name_has_key(const struct name *);

void name_unlist(struct name *); /* nobody finds it any more */
void name_free(struct name *);   /* after that */

#endif
