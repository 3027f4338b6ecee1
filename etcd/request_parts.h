/* SPDX-License-Identifier: ISC */
#ifndef REQUEST_PARTS_H
#define REQUEST_PARTS_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Parts of requests.  Each gives 0, or -1: no memory.  What is NULL is what
 * there was no memory for.
 */
int put_bytes(json_t *object, const char *name, const void *, size_t);
int put_key(json_t *object, const char *key, const char *end);
/* A text, as JSON's numbers may end at 2^53; nothing for 0. */
int put_number(json_t *object, const char *name, int64_t);

json_t *put_request(
    const char *key, const char *value, size_t len, int64_t lease);
json_t *delete_request(const char *key, const char *end);

/* Frees it, NULL too; the text, unless there was no memory so far. */
char *request_text(json_t *, int failed);

#endif
