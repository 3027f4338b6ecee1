/* SPDX-License-Identifier: ISC */
#ifndef HALT_H
#define HALT_H

#include "msg.h"

/* HALT and RESUME, as requests about a tenant, or about all. */

struct change;

int get_halt(struct change *, const struct msg *);
const struct proxy_key *tenant_of_halt(const struct change *);
void halt_at_once(struct change *); /* before it is kept: see there */
enum answer_code prepare_halt(struct change *);
enum answer_code prepare_resume(struct change *);
int commit_halt(struct change *);
int commit_resume(struct change *);

#endif
