/* SPDX-License-Identifier: ISC */
/* What the tests of the client library share; see test_client.py. */
#ifndef RIG_H
#define RIG_H

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <toxi.h>

/* A text out of the environment that test_client.py makes. */
const char *given(const char *name);

/* The server is Toxiproxy, not toxid. */
int is_original(void);

/* A client of it; ends the test if there is none. */
struct toxi *client(void);

/* An address that echoes what comes there. */
const char *echo(void);

/* An address, in memory of its own until the next, where nobody listens. */
const char *nobody(void);

/* A new proxy for echo(), or the end of the test. */
void make_proxy(struct toxi *, const char *name);

/* There and back, in ms. */
int64_t ping(int fd);

extern struct toxi_error err;

#define MUST(asked)                                                    \
	cr_assert_eq(asked, 0, "%s: %s: %s", toxi_code_name(err.code), \
	    err.call, err.text)
#define FAILS(asked, what)                                                  \
	do {                                                                \
		cr_assert_eq(asked, -1);                                    \
		cr_assert_eq(err.code, what, "%s: %s", err.call, err.text); \
	} while (0)
#define REFUSED(asked, with)                                           \
	do {                                                           \
		FAILS(asked, TOXI_ERR_HTTP);                           \
		cr_assert_eq(                                          \
		    err.status, with, "%d: %s", err.status, err.text); \
	} while (0)

#endif
