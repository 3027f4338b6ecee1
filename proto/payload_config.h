/* SPDX-License-Identifier: ISC */
#ifndef PAYLOAD_CONFIG_H
#define PAYLOAD_CONFIG_H

#include <stdint.h>

#include "payload_request.h"

/* What is in a configuration file, for ctld, by the apid that reads it. */

#define CONFIG_PATH_MAX 255

struct config_file {
	char path[CONFIG_PATH_MAX + 1]; /* or its end */
	uint32_t is_stream; /* as a pipe: nobody has read its settings before */
	uint32_t is_done;   /* its proxies are not wanted any more */
	uint64_t guards_print; /* see struct config_end: as it was read first */
};

struct config_proxy {
	struct proxy_create create;
	uint32_t line, column; /* of what it says of listen */
};

struct config_fault {
	uint32_t line, column; /* 0: nowhere */
	char text[504];
};

struct config_end {
	uint32_t is_bad;
	uint32_t line, column; /* of what is bad; 0: nowhere */
	uint32_t nproxies, ntoxics;
	char why[504];
	uint8_t is_durable;    /* as -durability full */
	uint8_t is_socket_off; /* of the API, whatever -api-socket says */
	uint8_t reserved[2];
	uint64_t guards_print; /* of a file with what guards toxid; 0: it has
				* nothing of the kind */
};

/* What is wrong with the certificate and the key of the API. */
enum pair_what {
	PAIR_GOOD,
	PAIR_CERTIFICATE,
	PAIR_KEY,
	PAIR_BOTH, /* they do not belong together */
	PAIR_WHAT_MAX
};

struct pair_end {
	uint32_t what; /* enum pair_what */
	char why[128];
};

#endif
