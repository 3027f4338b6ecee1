/* SPDX-License-Identifier: ISC */
/* Whose toxics are off, out of JSON. */
#ifndef HALTS_H
#define HALTS_H

#include <jansson.h>

#include "toxi.h"

/* NULL: *err says why, TOXI_ERR_PROTOCOL or TOXI_ERR_NOMEM. */
struct toxi_halts *halts_decode(json_t *, struct toxi_error *);

/* As toxi_halts_free(), which only one of the libraries has. */
void halts_free(struct toxi_halts *);

#endif
