/* SPDX-License-Identifier: ISC */
#ifndef SELECTS_H
#define SELECTS_H

#include <jansson.h>

#include "decode.h"
#include "toxi.h"

/* "select" of a toxic; NULL: *err says why. */

json_t *select_encode(const struct toxi_select *, struct toxi_error *);

/* Of one answer; whose text points into the JSON. */
struct kept_select {
	struct kept kept;
	struct toxi_select select;
	const char *clients[]; /* its own */
};
struct kept_select *select_decode(const json_t *, struct toxi_error *);

#endif
