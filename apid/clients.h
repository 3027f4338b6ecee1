/* SPDX-License-Identifier: ISC */
#ifndef CLIENTS_H
#define CLIENTS_H

#include <microhttpd.h>
#include <stdint.h>
#include <sys/queue.h>
#include <sys/socket.h>

#include "wire.h"

/*
 * clients.c: connections to the API.  holders.c: whose they are, and which of
 * them has to go when there is no room for another.  turns.c: which of them is
 * listened to first.
 */

/* What a connection is at; each of its holder's lists is in order of since. */
enum client_state {
	CLIENT_BUSY, /* a request has begun, or there has never been one */
	CLIENT_IDLE, /* between two requests */
	CLIENT_HELD, /* its request waits for us */
	CLIENT_STATES
};

struct client {
	TAILQ_ENTRY(client) all;
	TAILQ_ENTRY(client) entry; /* of its holder's list */
	struct holder *holder;
	enum client_state state;
	int64_t since;
	int fd;       /* libmicrohttpd's */
	int is_local; /* of the socket: then it is that user's */
	struct ucred user;
	int has_begun; /* a head, which libmicrohttpd has not seen */
	int has_request;
	int is_kept;    /* ... whose reply has no end */
	int is_leaving; /* its end is on its way */
	int shakes;     /* it is not libmicrohttpd's yet: see handshake.c */
	uint32_t asked; /* requests that libmicrohttpd has seen */
	struct MHD_Connection *connection;
	uint32_t events; /* epoll's, that libmicrohttpd is yet to be told of */
	TAILQ_ENTRY(client) waiting; /* of its holder's that have some; or: */
	int waits_as_kept;           /* of all that are kept */
	struct wire wire;
};
TAILQ_HEAD(clients, client);

void client_comes_or_goes(void *, struct MHD_Connection *, void **context,
    enum MHD_ConnectionNotificationCode);
/* Its request line has come; returns since when it has been at that. */
int64_t client_asks(struct MHD_Connection *);
void client_is_held(struct MHD_Connection *);
void client_goes_on(struct MHD_Connection *);
/* Its reply is kept open: it is not in the way of an end.  Its fd. */
int client_is_kept(struct MHD_Connection *);
void client_is_kept_no_more(struct MHD_Connection *);
int client_fd(struct MHD_Connection *);
/* How many its address has of those that are kept, and count: see kept.h. */
unsigned int *client_streams(struct MHD_Connection *);
void client_is_answered(struct MHD_Connection *);
/* Why the request that it is at is to be refused; NULL: it is not. */
const struct wire_fault *client_fault(struct MHD_Connection *);
/* Its descriptor and whose it is, if it is one of the socket's; else -1. */
int client_user(struct MHD_Connection *, struct ucred *);
/* Where it comes from: an IPv6 address, 0 behind its first 64 bits; or IPv4; or
 * see holder_user(). */
const uint8_t *client_address(struct MHD_Connection *);
/* When its address last had a turn at long work. */
int64_t client_turn(struct MHD_Connection *);
void client_takes_turn(struct MHD_Connection *);
unsigned int clients_count(void);
int clients_are_quiet(void);
void clients_tick(int64_t now);
/* handshake.c: one that is to be libmicrohttpd's when TLS is through. */
struct client *client_shakes(int fd, const struct sockaddr *);
void client_begins(struct client *);
struct client *client_still_shaking(int fd); /* or NULL */
void client_drop(struct client *);           /* its fd stays open */
unsigned int clients_shaking(void);
void clients_each_shaking(void (*)(struct client *));
void clients_give_away(void (*give)(int fd));
/* The end of one; give_up is for one that is CLIENT_HELD. */
void clients_make_room(void (*give_up)(struct MHD_Connection *));

/* Puts it on its address's list; it is to be on none. */
void holder_take(struct client *, const struct sockaddr *);
/* 1, and the uid of who is no address, but a user of the socket; or 0. */
int holder_user(const uint8_t address[16], uint32_t *uid);
void holder_leave(struct client *);
void holder_drop(struct client *);
void holder_move(struct client *, enum client_state);
int64_t *holder_turn(struct holder *);
unsigned int *holder_streams(struct holder *);
const uint8_t *holder_address(const struct holder *); /* 16 bytes */
/* Of the address that has most; NULL: there is none. */
struct client *holders_choose(int64_t now);
/* It has something to say, and waits for a turn. */
void holder_waits(struct client *);
void holder_waits_no_more(struct client *);
/* The first one of the address whose turn it is; NULL: there is none now. */
struct client *holders_next(int64_t now);
/* How long until there is one; CLOCK_NEVER: none waits. */
int64_t holders_wait(int64_t now);

void turns_open(int fd); /* that libmicrohttpd waits for */
/* From now on, until it is dropped, its events wait for their turn. */
void turns_take(struct client *);
void turns_drop(struct client *);
/* How long until libmicrohttpd is to be told of somebody; or CLOCK_NEVER. */
int64_t turns_wait(int64_t now);
/* It is not listened to any more; libmicrohttpd looks anew when it goes on. */
void turns_forget(struct client *);

#endif
