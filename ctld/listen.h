/* SPDX-License-Identifier: ISC */
#ifndef LISTEN_H
#define LISTEN_H

#include <stdint.h>

#include "endpoint.h"

/*
 * Listening sockets.  toxid binds them, and keeps a copy of each under an id;
 * here they are descriptors.
 */

/* For so many descriptors as there may be. */
void listen_init(void);
/* ... whenever one stops to listen, whoever made it do so */
void listen_tell(void (*when_one_ends)(void));

/*
 * What may be bound toxid's command line says.  ENDPOINT_OK; ENDPOINT_DENIED,
 * by that; or ENDPOINT_SYSTEM and errno.  *bound is the address that it came
 * to, port 0 being a number by then.  Where old, or -1, is in the way, it stops
 * listening for a moment, and goes on with listen_again().
 */
enum endpoint_error listen_bind(
    int old, const struct address *, int *fd, struct address *bound);
enum endpoint_error listen_bind_api(
    int old, const struct address *, int *fd, struct address *bound);

/* Where it is, or was before listen_bind(): with its whole backlog. */
void listen_again(int fd);

/*
 * It listens no more, and keeps its address, which nobody else can have; and it
 * listens again: 0, or -1 and errno.
 */
void listen_hold(int fd);
int listen_release(int fd);

/* The former alone, of one that listens. */
void listen_stop_alone(int fd);

/*
 * Whatever comes for one that is not to hear is dropped, unless its sender has
 * raised its time to live to 255; of these one can come in, if he is
 * listen_to_one()'s, and then plugs it.  What is open goes on.
 */
void listen_hear(int fd, int is_to_hear);
int listen_is_deaf(int fd);
void listen_to_one(int fd);

/* It has stopped, for another that was to be bound in its place. */
int listen_has_made_way(int fd);

/* As one at that address is before it is bound: the caller's.  -1: none. */
int listen_reference(const struct address *);

/* *fd is -1 afterwards; before, too: then there is nothing to do. */
void listen_end(int *fd);

/* At the end of all: the port is free for the next toxid. */
void listen_stop(int fd);

/* It is another's from now on, by this number. */
int listen_dup(int fd);     /* -1 and errno */
void listen_close(int *fd); /* ours alone: who dup()ed it goes on */

/* The id of one, for who follows us; 0: it has none.  And the way back. */
uint32_t listen_id(int fd);
void listen_know(int fd, uint32_t id);

/* Why not, of that endpoint, right after it: errno is looked at. */
const char *listen_error_text(
    enum endpoint_error, const struct endpoint *, char *text, size_t size);

#endif
