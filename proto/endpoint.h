/* SPDX-License-Identifier: ISC */
#ifndef ENDPOINT_H
#define ENDPOINT_H

#include <stddef.h>
#include <stdint.h>

#include "address.h"

/*
 * "host:port" as somebody wrote it, and what became of it on its way through
 * the processes: apid splits the text, resolvd looks names up, toxid binds an
 * address, diald connects to one.
 */

#define ENDPOINT_TEXT_MAX 261 /* a name of 255, a colon, a port of 5 */
#define HOST_MAX 255
#define SERVICE_MAX 63

/* Why an endpoint cannot be used; the texts are Toxiproxy's (Go's). */
enum endpoint_error {
	ENDPOINT_OK,
	ENDPOINT_MISSING_PORT,    /* no colon */
	ENDPOINT_TOO_MANY_COLONS, /* an IPv6 address without brackets */
	ENDPOINT_MISSING_BRACKET, /* [::1 */
	ENDPOINT_BAD_BRACKET,     /* a bracket where none may be */
	ENDPOINT_INVALID_PORT,    /* a number that is none of 0..65535 */
	ENDPOINT_UNKNOWN_PORT,    /* no such service */
	ENDPOINT_NO_SUCH_HOST,
	ENDPOINT_LOOKUP_FAILED, /* the resolver gave no answer */
	ENDPOINT_TIMED_OUT,     /* of the look-up */
	ENDPOINT_UNKNOWN_ZONE,  /* [fe80::1%eth7], and there is no eth7 */
	ENDPOINT_POISONOUS,     /* resolvd has died of that name, twice */
	ENDPOINT_DENIED,        /* listening there, by -bind-policy */
	ENDPOINT_CIRCLE,        /* the proxy would lead to itself */
	ENDPOINT_DIALER_DIED,   /* of it, twice */
	ENDPOINT_FORBIDDEN,     /* dialling it, by a rule of upstreams.deny */
	ENDPOINT_OFF_LIMITS,    /* ... to tenants: loopback, and the like */
	ENDPOINT_NOT_ALLOWED,   /* ... upstreams.allow has no such address */
	ENDPOINT_NAME_NOT_ALLOWED,
	ENDPOINT_NO_POLICY,       /* nobody has said what its proxy may reach */
	ENDPOINT_NOT_ITS_PORT,    /* listening there, by limits.ports */
	ENDPOINT_ANOTHERS_PORT,   /* ... which another tenant has */
	ENDPOINT_PORTS_ARE_TAKEN, /* ... and none of them is free */
	ENDPOINT_SYSTEM,          /* see the errno beside it */
	ENDPOINT_ERROR_MAX
};

struct endpoint {
	char text[ENDPOINT_TEXT_MAX + 1]; /* verbatim */
	uint8_t error;                    /* enum endpoint_error of the split */
	uint8_t literal; /* host and service are plain numbers: see address */
	char host[HOST_MAX + 1];       /* "" is any address */
	char service[SERVICE_MAX + 1]; /* number or name; "" is port 0 */
	struct address address;        /* valid when literal */
};

/*
 * split.c: "host:port" as Go's net package reads it, or the error that stays
 * with the endpoint.  An address in an odd spelling, "0::1", is looked up like
 * a name.  Not for toxid and ctld, which parse no such text.  0, or -1: the
 * text is longer than ENDPOINT_TEXT_MAX.
 */
int endpoint_split(struct endpoint *, const char *text);

/*
 * Does the text say what host, service and address do?  They are put together
 * and compared, so that nobody has to take a text apart to know: the host of a
 * literal is spelled as inet_ntop(3) does, or left out.  Not for an endpoint
 * with an error.
 */
int endpoint_agrees(const struct endpoint *);

/* The literal endpoint of an address, spelled as address_text() does. */
void endpoint_of_address(struct endpoint *, const struct address *);

/* The largest text of an address: brackets, scope and port included. */
#define ADDRESS_TEXT_MAX 80

/* "1.2.3.4:80" or "[fe80::1%eth0]:80"; returns text. */
const char *address_text(const struct address *, char text[ADDRESS_TEXT_MAX]);
/*
 * The text of an error as Go's net package words it, without "listen tcp: " or
 * "dial tcp: ".  error is ENDPOINT_*, sys_errno its errno for ENDPOINT_SYSTEM.
 * Returns text.
 */
const char *endpoint_error_text(
    const struct endpoint *, int error, int sys_errno, char *text, size_t size);

/* What became of a dial. */
struct dial_result {
	uint8_t error;       /* enum endpoint_error */
	uint8_t is_injected; /* ENDPOINT_SYSTEM, as dial_fail wants it */
	uint16_t rule;       /* ENDPOINT_FORBIDDEN: its number; _OFF_LIMITS: its
			      * enum rule_kind; else 0 */
	int32_t sys_errno;   /* of ENDPOINT_SYSTEM; else 0 */
	struct address address; /* reached, or refused; or none */
};

/*
 * The text of one that failed, to that upstream, as in "dial tcp 127.0.0.1:1:
 * connect: connection refused".  Returns text.
 */
const char *endpoint_dial_error_text(const struct endpoint *upstream,
    const struct dial_result *, char *text, size_t size);

#endif
