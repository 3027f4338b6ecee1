/* SPDX-License-Identifier: ISC */
#ifndef REPLICA_H
#define REPLICA_H

/* What apid knows of the truth. */

struct proxy;
struct scenario;
struct toxic;

void replica_feed(void);
void replica_proxy(const struct proxy *);
void replica_proxy_gone(const struct proxy *);
void replica_toxic(const struct proxy *, const struct toxic *);
void replica_toxic_gone(const struct proxy *, const struct toxic *);
void replica_scenario(const struct scenario *);
void replica_scenario_gone(const struct proxy *);
void replica_counters(const struct proxy *);
/* What comes until replica_changed() is one change: nobody sees the half. */
void replica_changes(void);
void replica_changed(void);

#endif
