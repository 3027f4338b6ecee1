/* SPDX-License-Identifier: ISC */
#ifndef LISTENERS_H
#define LISTENERS_H

#include <stdint.h>

#include "endpoint.h"
#include "options.h"

/* The listening sockets that ctld has asked for. */

struct listener {
	uint32_t id; /* 0: a row that is free */
	int fd;
	int is_api;
	struct address address; /* where it is bound, with its port */
};

/* A change may have the next one beside the one that a proxy has. */
#define LISTENERS_MAX (2 * MAX_PROXIES + 2)

/*
 * ENDPOINT_OK, ENDPOINT_DENIED, or ENDPOINT_SYSTEM and errno.  instead is of
 * one that may be in the way of the new one, or NULL; *bound is set, too, where
 * it is denied.  The API's is bound
 * where the command line says, as far as it does so in numbers, and from then
 * on at that address alone: a new one for a spoilt one.
 */
enum endpoint_error listener_new(const struct address *, int is_api,
    const struct listener *instead, const struct listener **,
    struct address *bound);
struct listener *listener_find(uint32_t id);  /* NULL: it is none */
void listener_again(const struct listener *); /* where it was, or is */
void listener_end(struct listener *);

#endif
