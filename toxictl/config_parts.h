/* SPDX-License-Identifier: ISC */
/* What proxies and steps of a file have both, and how it is read. */
#ifndef CONFIG_PARTS_H
#define CONFIG_PARTS_H

#include "config.h"

/* As the API reads an object: keys in any case, the last counts, no null. */
json_t *config_member(json_t *object, const char *name);

/* What follows returns 0, or -1: error says what is wrong, and where. */

/* It is an object, none of whose keys is nearly one of these. */
int config_check_keys(struct config *, json_t *object, const char *const *keys,
    size_t n, const char *what);

/* What is not there stays as it is. */
int config_take_text(
    struct config *, json_t *object, const char *key, const char **text);

/* 0: none. */
int config_take_ttl(struct config *, json_t *object, int64_t *ttl_ms);

/* config_toxic.c: those of an array; NULL: nothing is said of any. */
int config_take_toxics(struct config *, json_t *array, struct wanted *);

/* The text, and its JSON, of a zeroed one: see config_read(). */
int config_open(struct config *, const char *path);

/* Where the proxies of one that is open are; NULL: there are none in it. */
int config_proxies(struct config *, json_t **);
/* What is said of each: the rest of config_read(). */
int config_check(struct config *);

#endif
