/* SPDX-License-Identifier: ISC */
#ifndef LOSS_MAP_H
#define LOSS_MAP_H

#include <stdint.h>

/*
 * What one worker and the program at its sockets (start/bpf/loss.c) share: a
 * page, the one value of a map.  The worker says how much is lost and reads how
 * much was; the kernel does the rest.  A worker goes on with its page after an
 * upgrade: with another layout, MSG_VERSION is another, too.
 *
 * A chance is a share of LOSS_ALWAYS: what is drawn is less than that.
 */
#define LOSS_ALWAYS (UINT64_C(1) << 31)

/* Bytes of it: so many sockets have a state of their own. */
#define LOSS_SOCKETS 2048
#define LOSS_MAP_SIZE 4096

/* With these chances 2^0, 2^1, ... segments pass in a row; see there. */
#define LOSS_POWERS 8

/* Good or bad; of one segment that comes in it. */
struct loss_state {
	uint64_t pass[LOSS_POWERS]; /* it comes through, and the state stays */
	uint64_t lost;              /* where that is not so: it is lost */
	uint64_t turns;             /* the state is the other behind it */
};

/* Of segments that go one way. */
struct loss_way {
	struct loss_state states[2]; /* good, bad */
	uint64_t seen, lost; /* segments that were drawn for; of those */
};

struct loss_map {
	uint64_t random; /* the generator's state */
	uint16_t port;   /* local, of the sockets that were accepted */
	uint16_t unused[3];
	struct loss_way ways[2]; /* enum toxic_stream */
	uint8_t is_bad[LOSS_SOCKETS];
};

_Static_assert(sizeof(struct loss_map) <= LOSS_MAP_SIZE, "it is a page");

#endif
