/* SPDX-License-Identifier: ISC */
/* What a source wants a server to be, and what came of it, out of JSON. */
#ifndef DESIRED_H
#define DESIRED_H

#include <jansson.h>

#include "toxi.h"

/* NULL: *err says why, TOXI_ERR_PROTOCOL or TOXI_ERR_NOMEM. */
struct toxi_desired *desired_decode(json_t *, struct toxi_error *);
/* ... of a document that was refused: its faults.  NULL: it says none. */
struct toxi_desired *desired_decode_refused(json_t *, struct toxi_error *);
/* An array. */
struct toxi_sources *sources_decode(json_t *, struct toxi_error *);

/* As toxi_desired_free(), which only one of the libraries has. */
void desired_free(struct toxi_desired *);
void sources_free(struct toxi_sources *);

#endif
