/* SPDX-License-Identifier: ISC */
/* On which connections a toxic is: as flags, files and people have it. */
#ifndef SELECTS_H
#define SELECTS_H

#include <stddef.h>

#include <jansson.h>
#include <toxi.h>

/*
 * "first=3,every=2,clients=10.0.0.0/8,after=5s"; "" is none.  To be freed by
 * select_free(); NULL: why[] says what is wrong with it.
 */
struct toxi_select *select_of_text(const char *, char *why, size_t size);
/* As the API has it; what is text in it is in the JSON still. */
struct toxi_select *select_of_json(json_t *, char *why, size_t size);
void select_free(const struct toxi_select *);

json_t *json_of_select(const struct toxi_select *);
/* As select_of_text() takes it; by malloc. */
char *select_text(const struct toxi_select *);

/* NULL is none.  "10.0.0.1" is "10.0.0.1/32". */
int select_is_same(const struct toxi_select *, const struct toxi_select *);

#endif
