/* SPDX-License-Identifier: ISC */
#ifndef ANSWER_PARTS_H
#define ANSWER_PARTS_H

#include <jansson.h>

#include "etcd.h"

/* What answers are made of.  Each fills *err where it gives -1 or NULL. */

/* The object, unless it is an error; of a stream what is in its "result". */
json_t *answer_load(const struct etcd_answer *, struct etcd_error *);
/* A text, or a number; what is not there is 0. */
int64_t answer_number(const json_t *object, const char *name);
void answer_header(const json_t *object, struct etcd_header *);
int answer_fail(struct etcd_error *, int code, const char *message);

#endif
