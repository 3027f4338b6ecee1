/* SPDX-License-Identifier: ISC */
#ifndef TUNNEL_H
#define TUNNEL_H

#include "toxi.h"

/* As toxi_tunnel_open(), in the session of that number, if there is one. */
struct toxi_tunnel *tunnel_open(struct toxi *, const char *session,
    const char *upstream, struct toxi_error *);

#endif
