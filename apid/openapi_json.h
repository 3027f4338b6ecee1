/* SPDX-License-Identifier: ISC */
#ifndef OPENAPI_JSON_H
#define OPENAPI_JSON_H

#include <jansson.h>

/* At build time: see openapi_json.c.  Each value is given away. */

void put(json_t *object, const char *key, json_t *value);
void append(json_t *array, json_t *value);
/* To a component of that kind, which has to be there. */
json_t *reference(const char *kind, const char *name);
json_t *schema(const char *name);

/*
 * openapi_toxics.c: puts a schema of each toxic into schemas, as it is shown,
 * or as it is asked for; returns that of any of them.
 */
json_t *openapi_toxics(json_t *schemas, int is_new);

#endif
