/* SPDX-License-Identifier: ISC */
#ifndef DESIRED_REQUEST_H
#define DESIRED_REQUEST_H

#include "payload_api.h"

struct change;
struct msg;
struct proxy_key;

/* What is asked of desired state: parts of rows of requests.c. */

int get_desired(struct change *, const struct msg *);
const struct proxy_key *tenant_of_desired(const struct change *);
enum answer_code prepare_desired(struct change *);
void undo_desired(struct change *);
void tell_desired(const struct change *);
int commit_desired(struct change *);

int get_desired_show(struct change *, const struct msg *);
const struct proxy_key *tenant_of_desired_show(const struct change *);
void desired_show(struct change *);

#endif
