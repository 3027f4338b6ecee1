/* SPDX-License-Identifier: ISC */
#ifndef TENANT_QUEUE_H
#define TENANT_QUEUE_H

/*
 * Changes that wait for their tenant's turn: one of each tenant, and then the
 * next of each.  Those of one are in the order in which they came.
 */

struct change;
struct child;

void tenant_queue_put(struct change *, const char *tenant);
struct change *tenant_queue_take(void); /* whose turn it is; NULL: none */
int tenant_queue_waits(void);           /* Is there one? */
void tenant_queue_forget_asker(const struct child *);

#endif
