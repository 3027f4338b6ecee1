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

/* Why apid refuses somebody itself. */
enum refusal {
	REFUSAL_NO_TOKEN,     /* 401: he has brought none, and is no user */
	REFUSAL_BAD_TOKEN,    /* 401: what he has brought can be none */
	REFUSAL_WRONG_TOKEN,  /* 401: it is nobody's, or its time is over */
	REFUSAL_READS_ONLY,   /* 403: his role */
	REFUSAL_OTHER_TENANT, /* 403: he acts for his own alone */
	REFUSAL_CALLS,        /* 429: limits.api_calls_per_s */
	REFUSAL_AGENT,        /* 403: a web page, and how that shows */
	REFUSAL_HOST,
	REFUSAL_ORIGIN,
	REFUSAL_SITE,
	REFUSAL_CROWD, /* for any of these: more than are told apart */
	REFUSALS
};

#define REFUSED_REQUEST_MAX 127

/* Whom apid has refused: the first of a kind, or others that were like it. */
struct api_refused {
	struct api_caller by;
	char request[REFUSED_REQUEST_MAX + 1]; /* "DELETE /proxies/redis" */
	char tenant[TENANT_NAME_MAX + 1];      /* whom he wanted to act for */
	char first[REQUEST_ID_MAX + 1]; /* whom it was like; none: itself */
	uint8_t reserved[3];
	uint32_t why;   /* enum refusal */
	uint32_t times; /* that it was so */
};

/* Whose toxics are off: a tenant's, or those of all. */
#define HALT_OF_ALL "*" /* which is no tenant's name */

struct halt {
	char tenant[TENANT_NAME_MAX + 1]; /* "": the one that has no name */
};

#endif
