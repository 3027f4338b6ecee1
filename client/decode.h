/* SPDX-License-Identifier: ISC */
/* Proxies and toxics out of JSON that somebody else wrote. */
#ifndef DECODE_H
#define DECODE_H

#include <jansson.h>

#include "toxi.h"

/*
 * NULL: *err says why, TOXI_ERR_PROTOCOL or TOXI_ERR_NOMEM.  What is made is
 * freed by toxi_proxy_free() and so on.
 */
struct toxi_proxy *decode_proxy(json_t *, struct toxi_error *);
struct toxi_toxic *decode_toxic(json_t *, struct toxi_error *);
struct toxi_toxics *decode_toxics(json_t *, struct toxi_error *);

/* An array, or an object by name; null, as Toxiproxy has it, is none. */
struct toxi_proxies *decode_proxies(json_t *, struct toxi_error *);

/*
 * As JSON on one line, with as few digits as say the same: 0.2 is 0.2.  By
 * malloc, or NULL: no memory.
 */
char *decode_dump(const json_t *);

/* The text of a member, or NULL. */
const char *decode_text(const json_t *object, const char *key);

/*
 * What a result points to and its JSON does not have begins with this; it is
 * freed with the result.  By malloc.
 */
struct kept {
	struct kept *next;
};

#endif
