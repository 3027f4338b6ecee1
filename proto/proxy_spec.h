/* SPDX-License-Identifier: ISC */
#ifndef PROXY_SPEC_H
#define PROXY_SPEC_H

#include <stdint.h>

#include "endpoint.h"
#include "proxy_key.h"

/* How many toxics one proxy may have, both directions together. */
#define PROXY_TOXICS_MAX 256

/*
 * ... and all proxies together: so many, and 4,000 proxies, fit the queue of a
 * channel, on which a new apid or stored is told of them.
 */
#define TOXICS_MAX 50000

/* A proxy as somebody asked for it. */
struct proxy_spec {
	struct proxy_key key;
	struct endpoint listen;
	struct endpoint upstream;
	uint8_t enabled;
	uint8_t reserved[3];
};

#endif
