/* SPDX-License-Identifier: ISC */
#ifndef DUE_H
#define DUE_H

#include <stdint.h>

/* When a child, or a proxy, is to be looked at: at the nearest of its times. */

struct child;
struct proxy;

/* Who looks, once for the process. */
void due_init(void (*look_at_child)(struct child *, int64_t now),
    void (*look_at_proxy)(struct proxy *, int64_t now));

/* One of its times has changed: to nearer, or else it need not be called. */
void child_due(struct child *);
void proxy_due(struct proxy *);

/* Before its memory goes. */
void child_not_due(struct child *);
void proxy_not_due(struct proxy *);

#endif
