/* SPDX-License-Identifier: ISC */
#ifndef COMMIT_H
#define COMMIT_H

#include "names.h"

/* What each request does to the truth, at once and whole. */

struct change;
struct proxy;

void change_commit(struct change *);
void change_add_proxy(struct change *, struct proxy *old);
void change_stored(struct change *, enum store_code);

#endif
