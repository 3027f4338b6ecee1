/* SPDX-License-Identifier: ISC */
/* What has happened, out of JSON that somebody else wrote. */
#ifndef HISTORY_H
#define HISTORY_H

#include <jansson.h>

#include "toxi_watch.h"

/* NULL: err says why. */
struct toxi_history *history_decode(json_t *, struct toxi_error *);

/* As toxi_history_free(), which only one of the libraries has. */
void history_free(struct toxi_history *);

#endif
