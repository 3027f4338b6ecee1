/* SPDX-License-Identifier: ISC */
/* A proxy's connect in JSON. */
#ifndef CONNECT_H
#define CONNECT_H

#include <jansson.h>

#include "toxi.h"

/* 0, or -1: *err says why. */
int put_connect(
    json_t *proxy, const struct toxi_connect *, struct toxi_error *);
void read_connect(const json_t *object, struct toxi_connect *);

#endif
