/* SPDX-License-Identifier: ISC */
#ifndef PROXY_SPEC_H
#define PROXY_SPEC_H

#include <stdint.h>

#include "connect_spec.h"
#include "endpoint.h"
#include "proxy_key.h"

/* A proxy as somebody asked for it. */
struct proxy_spec {
	int64_t lease; /* see lease.h */
	struct connect_spec connect;
	struct proxy_key key;
	struct endpoint listen;
	struct endpoint upstream;
	uint8_t enabled;
	uint8_t reserved[7];
};

#endif
