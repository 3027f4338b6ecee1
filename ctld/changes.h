/* SPDX-License-Identifier: ISC */
#ifndef CHANGES_H
#define CHANGES_H

#include <stdint.h>

#include "names.h"

/*
 * Requests on their way to an answer.  A change that has been handed to one of
 * these is theirs: they answer it, and free it.
 */

struct change;
struct child;

void changes_ask(struct change *); /* as soon as it is its turn */
void changes_turn(void);           /* ... which one of them has now */
void changes_refuse(struct change *, enum answer_code); /* not started */
void changes_answer_unread(struct child *asker, uint32_t id, enum answer_code);
int changes_applied(struct child *worker, uint32_t serial); /* -1: none */
void changes_halted(struct change *);
void changes_inquired(struct change *, enum answer_code);
void changes_stored(struct change *, enum store_code);
void changes_go_on(void); /* those whose wait is over */
void changes_tick(int64_t now);
void changes_look(struct child *worker, int64_t now);
void changes_forget_asker(const struct child *);
void changes_forget_worker(struct child *);

#endif
