/* SPDX-License-Identifier: ISC */
#ifndef LOSSES_H
#define LOSSES_H

#include <stdint.h>

#include "payload_api.h"

struct change;
struct child;
struct connect_spec;
struct proxy;
struct toxic_spec;

/*
 * Toxics that lose segments, for which a worker needs one of toxid's programs:
 * see start/loss.c.
 */

/* May that proxy have such a toxic, if it is one?  proxy: NULL, if it is yet to
 * be made. */
enum answer_code loss_allowed(const struct proxy *, const struct toxic_spec *);

/* May the one become the other, of the same kind?  Who has a program goes on by
 * it without any that ctld can reach, but at the rate that there was. */
enum answer_code loss_update_allowed(
    const struct toxic_spec *was, const struct toxic_spec *is);

/*
 * May a change have all those that it has, and a connect, or a step's, that
 * loses such a share?  What it takes is counted, until it is done or undone.
 */
enum answer_code losses_allowed(struct change *, double syn_loss);

/* So many programs a proxy has, or will have. */
unsigned int loss_programs_of(const struct proxy *);

/* Before a worker is told of that toxic, if it is one: see worker_gets(). */
void loss_give(struct child *worker, const struct toxic_spec *);

/* ... and of those that an earlier ctld's worker has. */
void loss_go_on(struct child *worker);

/* A worker has ended, or a listener, and with it somebody's turn may come. */
void losses_give_again(void);

/* A worker has no descriptor left for what it got: it gets it again, later. */
void loss_program_lost(struct child *worker);
void loss_look_again(struct child *, int64_t now);

/* The toxics of that proxy are others now. */
void loss_look(const struct proxy *);

#endif
