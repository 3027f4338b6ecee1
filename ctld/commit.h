/* SPDX-License-Identifier: ISC */
#ifndef COMMIT_H
#define COMMIT_H

/* What each request does to the truth, at once and whole. */

struct change;
struct proxy;

/* 1: the change waits for a worker, which has it now; 0: that was all. */
int commit_create(struct change *);
int commit_update(struct change *);
int commit_delete(struct change *);
int commit_reset(struct change *);
int commit_toxic_create(struct change *);
int commit_toxic_update(struct change *);
int commit_toxic_delete(struct change *);
int commit_profile(struct change *);
int commit_scenario_create(struct change *);
int commit_scenario_step(struct change *);
int commit_scenario_delete(struct change *);
int commit_renewal(struct change *);

void change_add_proxy(struct change *, struct proxy *old);

#endif
