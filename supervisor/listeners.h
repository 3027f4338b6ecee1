/* SPDX-License-Identifier: ISC */
#ifndef LISTENERS_H
#define LISTENERS_H

#include <stdint.h>

#include "address.h"
#include "agreed.h"
#include "options.h"

/* The listening sockets that ctld has asked for. */

struct listener {
	uint32_t id; /* 0: a row that is free */
	int fd;
	int is_api;             /* enum listener_of */
	struct address address; /* where it is bound; the socket's is none */
};

/* A change may have the next one beside the one that a proxy has. */
#define LISTENERS_MAX (2 * MAX_PROXIES + 3)

/*
 * A new one there; port 0 is a number afterwards.  instead, or NULL: one that
 * is in its way, and has stopped from then on, also where there is an error.
 * The API's is bound where the command line says, as far as it does so in
 * numbers, and from then on at that address alone.  0, an errno, or
 * PRIV_DENIED.
 */
int listener_new(struct address *, int is_api, const struct listener *instead,
    const struct listener **);
struct listener *listener_find(uint32_t id); /* NULL: it is none */
void listener_end(struct listener *);

#endif
