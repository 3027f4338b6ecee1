/* SPDX-License-Identifier: ISC */
#ifndef CONNECT_H
#define CONNECT_H

#include "values.h"

/* A proxy's "connect", in JSON and out of it. */

/*
 * o: the proxy, or a scenario's step.  0, or -1 and the failure is set.  null
 * is as good as {}: it is given, and as usual.
 */
int get_connect(const struct object *, struct connect_spec *, int *given);

/* ,"connect":{...}; or nothing, where it is as usual. */
void encode_connect(FILE *, const struct connect_spec *);

#endif
