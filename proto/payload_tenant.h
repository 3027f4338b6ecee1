/* SPDX-License-Identifier: ISC */
#ifndef PAYLOAD_TENANT_H
#define PAYLOAD_TENANT_H

#include <stdint.h>

#include "address.h"
#include "agreed.h"
#include "proxy_key.h"

/* Who asks; tenants, tokens and limits are in credential.h and limit.h. */

/* Who may ask for something: all anew, those that follow. */
enum callers_mode {
	CALLERS_NOBODY,     /* whose token is not among them */
	CALLERS_ANYBODY,    /* as if with an administrator's token */
	CALLERS_OF_TENANTS, /* as the first, but for what says no names */
	CALLERS_MODES
};

struct api_callers {
	uint32_t mode; /* enum callers_mode */
};

#define REQUEST_ID_MAX 20

/* Who asks for what follows. */
struct api_caller {
	char token[TOKEN_TEXT_MAX + 1];      /* that its client has brought, or
					      * none */
	char request_id[REQUEST_ID_MAX + 1]; /* X-Toxiproxy-Request-Id */
	uint8_t reserved[3];
	struct address peer; /* its client; or none */
};

/* Whose toxics are off: a tenant's, or those of all. */
#define HALT_OF_ALL "*" /* which is no tenant's name */

struct halt {
	char tenant[TENANT_NAME_MAX + 1]; /* "": the one that has no name */
};

#endif
