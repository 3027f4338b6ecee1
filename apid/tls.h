/* SPDX-License-Identifier: ISC */
#ifndef TLS_H
#define TLS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * TLS in front of all that reads and writes of a client: this file's is the
 * only program text that knows GnuTLS.  A session holds on to the certificate
 * that it has begun with.  Nothing in it waits.
 */

struct tls; /* a connection's */

/* Before the filter: what GnuTLS does with files. */
void tls_init(void);

/* What is wrong with which of the two. */
struct tls_fault {
	int what; /* enum pair_what */
	char why[128];
};
/*
 * What both files have is what sessions from now on begin with.  0; or -1 and
 * why, and all is as it was.  They stay the caller's.
 */
int tls_load(int certificate, int key, struct tls_fault *);
/* ... is looked at, and forgotten. */
int tls_try(int certificate, int key, struct tls_fault *);
int tls_is_on(void);       /* there is one of each */
int64_t tls_expires(void); /* s since 1970; it is on */

struct tls *tls_open(int fd); /* not its owner; NULL: no memory */
/* 1: it is done, 0: more has to come, -1: there will be none. */
int tls_shake(struct tls *);
/* As recv(2) and sendmsg(2), of a socket that does not block. */
ssize_t tls_read(struct tls *, void *, size_t);
struct iovec;
ssize_t tls_write(struct tls *, const struct iovec *, size_t n);
/* Has some of what nobody has read yet left the socket? */
int tls_has_kept(const struct tls *);
int tls_has_ended(const struct tls *); /* there is nothing more to read */
/* What the socket had no room for; 1: there is still some of it. */
int tls_flush(struct tls *);
unsigned int tls_unsent(void); /* how many have some of that */
void tls_bye(struct tls *);    /* it writes no more */
void tls_free(struct tls *);

#endif
