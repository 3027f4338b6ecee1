/* SPDX-License-Identifier: ISC */
#ifndef PREPARE_H
#define PREPARE_H

#include "names.h"

/* All that may fail, before anything is done. */

struct address;
struct change;
struct endpoint;
struct proxy;

const struct endpoint *change_endpoint(
    const struct change *, enum answer_stage *);
/* ANSWER_OK: it can be done.  Else its answer; nothing has been prepared. */
enum answer_code change_prepare(struct change *);
int proxy_listens_at(
    const struct proxy *, const struct endpoint *given, const struct address *);
void change_undo(struct change *);

#endif
