/* SPDX-License-Identifier: ISC */
#ifndef CHANGES_H
#define CHANGES_H

#include <stdint.h>

#include "names.h"

/* Requests on their way to an answer. */

struct change;
struct child;

void change_start(struct change *);
void changes_stored(struct change *, enum store_code);
void changes_tick(int64_t now);
void changes_forget_asker(const struct child *);

#endif
