/* SPDX-License-Identifier: ISC */
#ifndef SUSPECTS_H
#define SUSPECTS_H

#include <sys/queue.h>

#include "endpoint.h"

/*
 * Hosts that resolvd may have died of, whatever the case of their letters, with
 * a dot at the end or without: for names.c.  After a minute each is forgotten.
 */
struct suspect {
	TAILQ_ENTRY(suspect) entry;
	char host[HOST_MAX + 1]; /* without that dot */
	unsigned int weight;     /* of all that it was blamed for */
	unsigned int blamed;     /* at the last of how many deaths */
	uint64_t order;          /* of all that were blamed, from 1 on */
	int64_t until;           /* ns, as clock_now() */
};

int suspects_are_any(void);
/* NULL: it is none.  Valid until another function is called here. */
struct suspect *suspects_find(const char host[HOST_MAX + 1], int64_t now);
/* What is blamed from now on was there at another death. */
void suspects_another_death(void);
/* Counts once for each death. */
void suspects_blame(
    const char host[HOST_MAX + 1], unsigned int weight, int64_t now);
void suspects_clear(struct suspect *);

#endif
