/* SPDX-License-Identifier: ISC */
#ifndef OWN_TOXICS_H
#define OWN_TOXICS_H

#include <stdint.h>

/*
 * Toxics of one session's own are their worker's; ctld counts them among all
 * that there may be, and among their tenant's.
 */

struct child;

void own_toxics_are(struct child *worker, uint64_t n); /* which has a proxy */
uint32_t own_toxics_count(void);                       /* of all workers */
uint32_t own_toxics_to_be(void); /* ... of proxies that stay */

#endif
