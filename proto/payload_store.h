/* SPDX-License-Identifier: ISC */
#ifndef PAYLOAD_STORE_H
#define PAYLOAD_STORE_H

#include <stdint.h>

#include "connect_spec.h"
#include "endpoint.h"
#include "proxy_spec.h"

/* Between ctld and stored. */

/* A proxy as it is kept; its endpoints as text, which stored splits again. */
struct store_proxy {
	uint64_t config_print; /* of its entry in the configuration file */
	int64_t lease;         /* see lease.h */
	struct connect_spec connect;
	struct proxy_key key;
	char listen[ENDPOINT_TEXT_MAX + 1]; /* the bound address, if it was */
	char given[ENDPOINT_TEXT_MAX + 1];  /* as it was asked for */
	char upstream[ENDPOINT_TEXT_MAX + 1];
	uint8_t enabled;
	uint8_t reserved;
	uint32_t source; /* whose it is: see payload_desired.h */
};

struct stored_proxy {
	uint64_t config_print;
	struct proxy_spec spec;
	char given[ENDPOINT_TEXT_MAX + 1];
	uint8_t reserved[6];
	uint32_t source;
};

enum store_code {
	STORE_OK,
	STORE_FULL,    /* no room on the disk */
	STORE_CORRUPT, /* the database is damaged, or is none */
	STORE_FAILED,  /* anything else: see why */
	STORE_UNSURE,  /* ... and what it was about may be found stored */
	STORE_CODE_MAX
};

struct store_result {
	uint32_t code;         /* enum store_code */
	uint32_t is_populated; /* of STORE_LOAD: STORE_POPULATED was said */
	uint64_t event_block;  /* likewise: the last of STORE_EVENTS; or 0 */
	char why[120];         /* for the log; "" if nothing went wrong */
};

#endif
