/* SPDX-License-Identifier: ISC */
#ifndef FLEET_WIRE_H
#define FLEET_WIRE_H

#include "etcd.h"

struct fleet_wire;

struct fleet_tls {
	const char *ca_file, *cert_file, *key_file; /* or NULL */
};

/* NULL: no memory. */
struct fleet_wire *fleet_wire_new(const struct fleet_tls *);
void fleet_wire_free(struct fleet_wire *);

/*
 * One request, as a POST; token may be NULL.  The answer's text is the wire's,
 * until the next.  NULL: there is one; or why there is none, in words.
 */
const char *fleet_wire_ask(struct fleet_wire *, const char *url,
    const char *path, const char *token, const char *ask, struct etcd_answer *);

#endif
