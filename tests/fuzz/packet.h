/* SPDX-License-Identifier: ISC */
#ifndef PACKET_H
#define PACKET_H

#include "chan.h"
#include "fuzz.h"

/* Packets that no honest process sends, or not then. */

/* data[size] as one packet, with so many copies of fd, 3 at most. */
void packet_send(int channel, const void *data, size_t size, int fd, int nfds);

/*
 * Of the type that the input says: zeros of the right length, mostly, with
 * some bytes of the input in them, and the descriptor that it must have.
 */
void packet_random(struct input *, int channel);

/*
 * Of its kind, or all of a spec, with a name of "a" to "d".  0, or -1: these
 * values do not go together.  Not one of those that harm their own worker.
 */
enum toxic_kind packet_kind(struct input *);
int packet_attributes(struct input *, struct toxic_spec *);
int packet_toxic(struct input *, struct toxic_spec *);

/* Any that is sound. */
void packet_connect_spec(struct input *, struct connect_spec *);

/* A listening socket that whoever has the address may connect to. */
int packet_listener(void);
int packet_connect(int listener);

#endif
