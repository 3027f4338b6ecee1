/* SPDX-License-Identifier: ISC */
/* What proxies and toxics have done, out of JSON. */
#ifndef STATS_H
#define STATS_H

#include <jansson.h>

#include "toxi_watch.h"

/* NULL: *err says why, TOXI_ERR_PROTOCOL or TOXI_ERR_NOMEM. */
struct toxi_stats *stats_decode(json_t *, struct toxi_error *);
struct toxi_waited *waited_decode(const json_t *, struct toxi_error *);

/* As toxi_stats_free(), which only one of the libraries has; and so on. */
void stats_free(struct toxi_stats *);
void waited_free(struct toxi_waited *);

#endif
