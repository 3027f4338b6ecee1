/* SPDX-License-Identifier: ISC */
#ifndef RESOLVD_H
#define RESOLVD_H

#include <ares.h>
#include <stdint.h>
#include <sys/queue.h>
#include <sys/resource.h>

#include "events.h"
#include "msg.h"

/*
 * resolvd: the addresses of names, by the hosts file and by name servers
 * (c-ares), for ctld and diald.  Each name is looked up by itself, with sockets
 * of its own: none waits for another.
 */

/* What for: a name that hangs holds up nobody who asks for another purpose. */
enum purpose {
	TO_DIAL,
	TO_LISTEN,
	PURPOSE_MAX
};

/* settings.c: what resolv.conf(5) has, and c-ares does not read */
struct settings {
	int timeout_ms, attempts, rotates, uses_tcp;
};

void settings_read(struct settings *);

/* numbers.c: what need not be asked of anybody */

/* The port of a number or of a name in services(5). */
enum endpoint_error numbers_port(const char *service, uint16_t *port);

/*
 * 1: host is no name but an address, perhaps with a zone, or "", which is any;
 * or a bad one: see the error.  0: it is a name.
 */
int numbers_address(
    const char *host, struct address *, enum endpoint_error *error);

/* hosts.c: a hosts file that is too long to be read for each look-up */

#define HOSTS_ADDRESSES_MAX 64

/*
 * The addresses of a name, without ports, in the order of the file: how many;
 * -1: the file is c-ares's to read.
 */
int hosts_find(const char *name, struct address found[HOSTS_ADDRESSES_MAX]);

/* order.c: up to HOSTS_ADDRESSES_MAX, the best first */
void order_addresses(struct address *, size_t n);

/* sockets.c: those of c-ares.  Packets that one call of it may take. */
extern const struct ares_socket_functions sockets_functions;
void sockets_new_turn(void);

/* search.c: one name, one channel of c-ares */
struct search_socket;

struct search {
	ares_channel channel; /* NULL: there is none */
	LIST_HEAD(, search_socket) sockets;
	struct event timer;
	uint16_t port;
	int is_over;
	struct lookup_result result;
	void (*done)(struct search *); /* once, from the loop */
};

/*
 * 0: done is going to be called; 1: it is over already, see the result.  It
 * must not be moved, and be stopped in any case.
 */
int search_start(
    struct search *, const char *host, uint16_t port, enum purpose);
void search_stop(struct search *);

/* parts.c: of the look-ups for dials; so many run at once, for so many tenants
 */
void parts_divide(unsigned int all, uint32_t npolicies);
int part_has_room(uint32_t policy_id);
void part_take(uint32_t policy_id);
void part_give(uint32_t policy_id);

/* lookups.c: what is asked, by whom, and in which turn */

struct lookup;

/* Who asks: ctld for listen addresses, diald for upstreams. */
struct asker {
	struct peer *peer;
	enum purpose purpose;
	TAILQ_HEAD(, lookup) lookups;
	unsigned int n;
	int has_gone; /* its channel is no good any more */
};

void lookups_open(void);
void asker_open(struct asker *, struct peer *, enum purpose);
void asker_close(struct asker *); /* all that it asked for is forgotten */
/* A LOOKUP or LOOKUP_CANCEL.  0, or -1: malformed, or out of place. */
int asker_lookup(struct asker *, const struct msg *); /* -1: malformed */
int asker_cancel(struct asker *, const struct msg *);

/* clients.c: the channel to diald */
void client_open(int fd); /* owns fd; the one before is closed */
void client_flush(void);  /* after every pass of the loop */
void client_close(void);

/* dispatch.c */
void ctld_readable(evutil_socket_t, short, void *);

struct resolvd {
	struct event_base *base;
	struct peer ctld;
	struct asker asker; /* that is ctld */
	rlim_t descriptors_max;
	int has_ended;
};
extern struct resolvd resolvd;

#endif
