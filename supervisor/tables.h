/* SPDX-License-Identifier: ISC */
#ifndef TABLES_H
#define TABLES_H

#include <stdint.h>

#include "agreed.h"
#include "children.h"
#include "listeners.h"
#include "loss_pool.h"
#include "msg.h"
#include "nitems.h"
#include "priv.h"

/*
 * What toxid has given to ctld, and has to know of it for as long as it lives.
 * It is in a memory file, so that the program after this one has it, too.
 */

/*
 * Raised with each change of the layout; a program reads its own alone.  The
 * digest is that of the layout: a unit test says what it is.
 */
#define TABLES_FORMAT 1
#define TABLES_DIGEST UINT64_C(0xbff97df33b6a0c1e)

struct tables {
	char magic[8];
	uint32_t format, size;
	int32_t fd;       /* its own */
	uint32_t last_id; /* of children, listeners and askers */
	int32_t ctld;     /* the pid of who has asked for an upgrade */
	int32_t memories[MEMORIES];    /* what outlives a ctld */
	int32_t state_dir, state_lock; /* as in struct given */
	uint32_t nclients;
	int32_t clients[API_CLIENTS_MAX];
	struct address api; /* where it is bound; family 0: nowhere yet */
	struct loss loss;
	struct child children[UIDS];
	struct listener listeners[LISTENERS_MAX];
};

extern struct tables *tables;

/* All rows of one of its arrays, or those from that number on. */
#define FOREACH_ROW(row, rows) FOREACH_ROW_FROM (row, rows, (size_t)0)
#define FOREACH_ROW_FROM(row, rows, n)                                   \
	for ((row) = (rows) + ((n) < nitems(rows) ? (n) : nitems(rows)); \
	     (row) < (rows) + nitems(rows); (row)++)

/*
 * fd: those of the program before, or -1.  The trial of an upgrade may read
 * them, and they stay another's.  0, or -1: they cannot be read.
 */
int tables_open(int fd, int is_trial);

/* Does an exec leave it open?  All that a supervisor, or a ctld on trial, goes
 * on from. */
void tables_inherit(int inherited);
void tables_inherit_journals(int inherited);

/* Clients of the API that a ctld gives back at its end, for the next one. */
int client_keep(int fd); /* 0, or errno; fd is taken */
int client_take(void);   /* the caller's; -1: there are no more */
void clients_drop(void); /* there will be no next ctld */

/* None is given twice, nor 0. */
uint32_t id_new(void);

#endif
