/* SPDX-License-Identifier: ISC */
/* Which attributes of a toxic rise and fall: as flags, files and people have
 * it. */
#ifndef WAVES_H
#define WAVES_H

#include <stddef.h>

#include <jansson.h>
#include <toxi.h>

/*
 * Into a toxic: "latency=sine:60s:50,jitter=saw:500ms:5"; "" is none.  What was
 * in it is freed.  0, or -1: why[] says what is wrong with it.
 */
int waves_of_text(
    struct toxi_toxic *, const char *text, char *why, size_t size);
/* As the API has it; what is text in it is in the JSON still. */
int waves_of_json(struct toxi_toxic *, json_t *, char *why, size_t size);
/* Those of a toxic that one of these filled. */
void waves_free(struct toxi_toxic *);

json_t *json_of_waves(const struct toxi_toxic *);
/* As waves_of_text() takes it; by malloc. */
char *waves_text(const struct toxi_toxic *);

/* In any order. */
int waves_are_same(const struct toxi_toxic *, const struct toxi_toxic *);

#endif
