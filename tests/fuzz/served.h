/* SPDX-License-Identifier: ISC */
#ifndef SERVED_H
#define SERVED_H

#include "fuzz.h"
#include "model.h"

/*
 * apid as a client finds it, for harnesses that are one: its loop, turned by
 * hand, and a model of ctld behind it.
 */
#define TURNS_MAX 200

/* Once: HTTP on a listener of packet.h, which is returned. */
int served_open(void);

/* A life of the model, which answers like that; what apid.flags say counts. */
void served_begin(enum model_mood, uint8_t code);
void served_turn(void); /* of apid's loop */
/* Closes the client, whose time is over: nothing is left of it. */
void served_end(int fd);

#endif
