/* SPDX-License-Identifier: ISC */
#ifndef DOOR_H
#define DOOR_H

/*
 * What the kernel does with who comes to a proxy's listener, by its connect:
 * see connect_spec.h.  What a worker can see to alone, it does.
 */

struct proxy;

/* As it has to be now, whatever has been done to it.  It may have none. */
void door_set(const struct proxy *);

/* There may be a program for its syn_loss by now, if it has none. */
void door_lose(const struct proxy *);

/* It listens again where it did, before that. */
void door_again(const struct proxy *);

/* It refuses: it does not listen, and is not to. */
int door_refuses(const struct proxy *);

/* What listen_reference() has made, as that one has to be. */
void door_set_reference(const struct proxy *, int fd);

#endif
