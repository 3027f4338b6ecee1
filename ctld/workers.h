/* SPDX-License-Identifier: ISC */
#ifndef WORKERS_H
#define WORKERS_H

#include <stdint.h>

/* relayd for proxies, and the spare ones. */

struct change;
struct child;
struct connect_spec;
struct counters;
struct proxy;

/* The id of RELAY_DRAIN, and of the RELAY_COUNTERS that answer it. */
#define DRAIN_ID 1

void worker_is_wanted(struct proxy *); /* it gets one in a moment */
void worker_assign(struct proxy *);    /* now, if it can be had */
void workers_assign(void); /* to every proxy that has none, and may */
int worker_dismiss(struct proxy *, struct change *); /* 1: it waits */
void worker_retire(struct proxy *);
void worker_died(struct child *);
/* It is about to be told of that toxic: what goes before it, and is counted. */
void worker_gets(struct child *, struct toxic *);
/* It says so, to a ctld that follows, too. */
void worker_has_counted(struct child *, const struct counters *);
void worker_counters(struct child *, const struct counters *);
uint64_t workers_sessions(void); /* open, as far as was said */
void worker_look(struct proxy *, int64_t now);
void worker_wait(struct child *, struct change *, uint32_t serial);
void worker_connect(struct child *, const struct connect_spec *known);

#endif
