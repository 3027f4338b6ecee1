/* SPDX-License-Identifier: ISC */
#ifndef PENDING_H
#define PENDING_H

/* ctld.resolving and ctld.queued, by proxy. */

struct change;
struct proxy_key;

void pending_init(void);
void pending_resolve(struct change *);
void pending_resolved(struct change *);
int change_has_to_wait(const struct change *);
void pending_queue(struct change *);
void pending_dequeue(struct change *);
struct change *pending_queued(const struct proxy_key *); /* the first */

#endif
