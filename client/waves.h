/* SPDX-License-Identifier: ISC */
#ifndef WAVES_H
#define WAVES_H

#include <jansson.h>

#include "decode.h"
#include "toxi.h"

/* "wave" of a toxic; NULL: *err says why. */

json_t *waves_encode(const struct toxi_wave *, size_t n, struct toxi_error *);

/* Of one answer; whose text points into the JSON. */
struct kept_waves {
	struct kept kept;
	size_t n;
	struct toxi_wave list[];
};
struct kept_waves *waves_decode(json_t *, struct toxi_error *);

#endif
