/* SPDX-License-Identifier: ISC */
#ifndef SCENARIO_REQUEST_H
#define SCENARIO_REQUEST_H

#include "payload_api.h"

struct change;
struct msg;
struct proxy;
struct proxy_key;
struct toxics;

/* What is asked of scenarios: parts of rows of requests.c. */

int get_scenario(struct change *, const struct msg *);
const struct proxy_key *proxy_of_scenario(const struct change *);
int get_scenario_name(struct change *, const struct msg *);
const struct proxy_key *proxy_of_scenario_name(const struct change *);
void find_scenario(struct change *);
int scenario_is_to_begin(const struct change *);
enum answer_code prepare_scenario_create(struct change *);
enum answer_code prepare_scenario_delete(struct change *);
/* On that proxy, which may be still to be, among toxics that are its; those of
 * an earlier scenario are to go. */
enum answer_code scenario_prepare(
    struct change *, struct proxy *, const struct toxics *there);
void log_scenario_started(const struct change *);
void log_scenario_deleted(const struct change *);

#endif
