/* SPDX-License-Identifier: ISC */
/* The connect of a proxy, or of a scenario's step, in JSON. */
#ifndef CONNECT_H
#define CONNECT_H

#include <jansson.h>

#include "decode.h"
#include "toxi.h"

/* 0, or -1: *err says why. */
int put_connect(
    json_t *object, const struct toxi_connect *, struct toxi_error *);

/* Of one answer; NULL: *err says why. */
struct kept_connect {
	struct kept kept;
	struct toxi_connect connect;
};
struct kept_connect *connect_decode(const json_t *object, struct toxi_error *);

#endif
