/* SPDX-License-Identifier: ISC */
/* Proxies and toxics as JSON. */
#ifndef JSON_H
#define JSON_H

#include <stdio.h>

#include <jansson.h>
#include <toxi.h>

/* New references, or NULL: no memory. */
json_t *json_of_attribute(const struct toxi_attribute *);
json_t *json_of_toxic(const struct toxi_toxic *);
json_t *json_of_toxics(const struct toxi_toxics *);
json_t *json_of_proxy(const struct toxi_proxy *);
json_t *json_of_proxies(const struct toxi_proxies *);

/*
 * The same of any text: what in it is no UTF-8, and so cannot be JSON's, is a
 * '?' for each byte.
 */
json_t *json_of_text(const char *);

/*
 * On one line, with as few digits as say the same: 0.2 is 0.2.  By malloc, or
 * NULL: no memory.
 */
char *json_text(const json_t *);

/* Prints and releases; NULL: says that there is no memory. */
void json_out(FILE *, json_t *);

#endif
