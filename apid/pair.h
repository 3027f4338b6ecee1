/* SPDX-License-Identifier: ISC */
#ifndef PAIR_H
#define PAIR_H

#include <gnutls/gnutls.h>
#include <stdint.h>

/*
 * A certificate and its key, as GnuTLS has them, out of two files; shared by
 * the sessions that have begun with it.
 */
struct pair {
	gnutls_certificate_credentials_t credentials;
	int64_t expires; /* s since 1970 */
	unsigned int users;
};

struct tls_fault;

/* One user's; NULL: why not. */
struct pair *pair_read(int certificate, int key, struct tls_fault *);
struct pair *pair_take(struct pair *); /* one more */
void pair_drop(struct pair *);         /* or NULL */

#endif
