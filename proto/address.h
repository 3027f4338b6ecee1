/* SPDX-License-Identifier: ISC */
#ifndef ADDRESS_H
#define ADDRESS_H

#include <stdint.h>
#include <sys/socket.h>

#define ZONE_MAX 15 /* IFNAMSIZ, without its NUL */

/* An IP address and a port, in the form that crosses process boundaries. */
struct address {
	uint8_t family; /* 4, 6, or 0 for none */
	uint8_t reserved;
	uint16_t port;  /* host byte order */
	uint32_t scope; /* a link-local IPv6 address's interface, else 0 */
	uint8_t ip[16]; /* network byte order; IPv4 in the first 4 */
	char zone[ZONE_MAX + 1]; /* that interface's name; "": nobody knows */
};

/* With zeros where its family has nothing: equal ones are equal bytes. */
int address_is_legal(const struct address *);
int address_is_wildcard(const struct address *);
int address_equal(const struct address *, const struct address *);

/* "::ffff:127.0.0.1" is 127.0.0.1: for who binds; others are as they were. */
struct address address_unmapped(const struct address *);

/* Both return 0, or -1 for a family that is neither IPv4 nor IPv6. */
int address_to_sockaddr(
    const struct address *, struct sockaddr_storage *, socklen_t *);
int address_from_sockaddr(struct address *, const struct sockaddr *);

#endif
