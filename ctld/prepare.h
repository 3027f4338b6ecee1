/* SPDX-License-Identifier: ISC */
#ifndef PREPARE_H
#define PREPARE_H

#include "names.h"

/* All that may fail, before anything is done. */

struct address;
struct change;
struct endpoint;
struct proxy;

/* Whose address has to be known before: see change_endpoint(). */
const struct endpoint *endpoint_of_create(
    const struct change *, enum answer_stage *);
const struct endpoint *endpoint_of_populate(
    const struct change *, enum answer_stage *);
const struct endpoint *endpoint_of_update(
    const struct change *, enum answer_stage *);
const struct endpoint *endpoint_of_reset(
    const struct change *, enum answer_stage *);

/*
 * ANSWER_OK: it can be done.  Else its answer: the caller has the change still,
 * undoes what has been prepared, and answers.
 */
enum answer_code prepare_create(struct change *);
enum answer_code prepare_populate(struct change *);
enum answer_code prepare_update(struct change *);
enum answer_code prepare_delete(struct change *);
enum answer_code prepare_reset(struct change *);
enum answer_code prepare_await(struct change *);
enum answer_code prepare_toxic_create(struct change *);
enum answer_code prepare_toxic_update(struct change *);
enum answer_code prepare_toxic_delete(struct change *);
enum answer_code prepare_renewal(struct change *);
enum answer_code prepare_profile(struct change *); /* prepare_profile.c */

void change_undo(struct change *);
/* .made, as stored will have it; bound: where it listens, or NULL. */
void change_keep_made(struct change *, const struct address *bound);
/* .proxy likewise, with another connect, print and source. */
void change_keep_changed(struct change *);
/* Of a proxy that is to be: its leases, and its toxics', begin.  Once;
 * ANSWER_OK, or why not. */
enum answer_code change_agree(struct change *);
/* What is asked for, which begins now, and is then when it ends. */
enum answer_code change_agree_lease(struct change *, int64_t *lease);
/* Likewise, of toxics that are to be on a proxy that is there. */
enum answer_code change_agree_toxics(struct change *);

#endif
