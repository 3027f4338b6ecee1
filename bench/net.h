/* SPDX-License-Identifier: ISC */
#ifndef NET_H
#define NET_H

#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>

#define ENDPOINTS_MAX 64

struct endpoint {
	union {
		struct sockaddr sa;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
	} addr;
	socklen_t len;
	char text[64];
};

struct endpoints {
	struct endpoint at[ENDPOINTS_MAX];
	size_t n;
};

/* "127.0.0.1:80" or "[::1]:80": numbers only, loopback only. */
int endpoint_parse(struct endpoint *, const char *text);

int net_listen(const struct endpoint *);
void net_accept_all(int listener, int *fds, size_t n);

/* source: the client is 127.0.0.source; 0: as the kernel likes. */
int net_socket(const struct endpoint *to, unsigned int source, int flags);
int net_connect(const struct endpoint *to, unsigned int source);

void net_send_all(int fd, const void *, size_t);
void net_recv_all(int fd, void *, size_t);
/* Bytes; 0: none for now; -1: the end.  Does not block. */
ssize_t net_recv_some(int fd, void *, size_t);
/* Bytes; 0: none for now.  Does not block. */
ssize_t net_send_some(int fd, const void *, size_t);

int poller_open(void);
void poller_add(int poller, int fd, uint32_t events, uint64_t data);
void poller_change(int poller, int fd, uint32_t events, uint64_t data);

#endif
