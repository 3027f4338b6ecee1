/* SPDX-License-Identifier: ISC */
#ifndef LOSS_ROW_H
#define LOSS_ROW_H

#include <stdint.h>

/*
 * What ctld and the program at a worker's sockets, or at a proxy's listener
 * (start/bpf/loss.c), share: a row of a map, of one of them at a time.  ctld
 * says how much is lost, and the kernel does the rest; no worker sees it. toxid
 * that is upgraded keeps program and map: with another layout the program is
 * another, too.
 *
 * A chance is a share of LOSS_ALWAYS: what is drawn is less than that.
 */
#define LOSS_ALWAYS (UINT64_C(1) << 31)

/* Bytes of it: so many sockets have a state of their own. */
#define LOSS_SOCKETS 2048

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

struct loss_row {
	uint64_t random;   /* the generator's state */
	uint32_t owner;    /* id of whom toxid has lent the program to */
	uint16_t port;     /* local, of the sockets that were accepted */
	uint16_t is_door;  /* of a listener: what it accepts it lets alone */
	uint64_t syn_loss; /* a chance: of first packets */
	uint64_t syns, syns_lost;
	struct loss_way ways[2]; /* enum toxic_stream */
	uint8_t is_bad[LOSS_SOCKETS];
};

#endif
