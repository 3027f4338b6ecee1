/* SPDX-License-Identifier: ISC */
#ifndef PROXY_CLIENTS_H
#define PROXY_CLIENTS_H

#include <stddef.h>

#include "payload.h"

/*
 * Who may connect to one proxy, of those whom its tenant lets connect: of the
 * configuration file, by name, whether there is such a proxy or not.  They are
 * its worker's to keep; here they are for the next worker, and in the journal
 * for the next ctld.
 */

/* Some that are being read.  Zeros: none yet. */
struct clients_lists {
	struct proxy_clients *all;
	size_t n;
};

/* 0; -1: too many are; or -2: no memory. */
int clients_lists_add(struct clients_lists *, const struct proxy_clients *);
/* That was all; -1: a proxy has two. */
int clients_lists_end(struct clients_lists *);
void clients_lists_free(struct clients_lists *);
/* NULL: it has none of its own. */
const struct relay_clients *clients_lists_find(
    const struct clients_lists *, const struct proxy_key *);
/* 1: of both it has the same, or none. */
int clients_lists_agree(const struct clients_lists *,
    const struct clients_lists *, const struct proxy_key *);

/* They count from now on, and *lists is what did before.  1: it differs. */
int clients_lists_take(struct clients_lists *lists);
/* Those that count; proxy_clients.c's. */
const struct clients_lists *clients_lists_now(void);

/* truth_save.c, truth_load.c: one part of the journal */
int clients_lists_are_new(void); /* since it was asked last */
int clients_lists_load(const void *bytes, size_t size); /* 0, or -1 */

#endif
