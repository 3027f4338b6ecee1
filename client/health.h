/* SPDX-License-Identifier: ISC */
/* How proxies are, out of JSON. */
#ifndef HEALTH_H
#define HEALTH_H

#include <jansson.h>

#include "toxi.h"

/* NULL: *err says why, TOXI_ERR_PROTOCOL or TOXI_ERR_NOMEM. */
struct toxi_health *health_decode(json_t *, struct toxi_error *);
/* An object by name. */
struct toxi_healths *healths_decode(json_t *, struct toxi_error *);

/* As toxi_health_free(), which only one of the libraries has. */
void health_free(struct toxi_health *);
void healths_free(struct toxi_healths *);

#endif
