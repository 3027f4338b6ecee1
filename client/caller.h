/* SPDX-License-Identifier: ISC */
/* For whom the server takes us, out of JSON. */
#ifndef CALLER_H
#define CALLER_H

#include <jansson.h>

#include "toxi.h"

/* NULL: *err says why, TOXI_ERR_PROTOCOL or TOXI_ERR_NOMEM. */
struct toxi_caller *caller_decode(json_t *, struct toxi_error *);

/* As toxi_caller_free(), which only one of the libraries has. */
void caller_free(struct toxi_caller *);

#endif
