/* SPDX-License-Identifier: ISC */
#ifndef STATE_H
#define STATE_H

#include <stdint.h>
#include <sys/queue.h>

#include "change.h"
#include "child.h"
#include "options.h"
#include "priv.h"
#include "proxies.h"
#include "store.h"

/*
 * ctld: keeps the truth, and decides who is started, who listens where, who is
 * killed and replaced; toxid does it.  It believes no child, reads no network
 * and parses no text but toxid's command line.
 */

struct ctld {
	struct options options;
	char **arguments; /* what those point to */
	int log_level;
	uint64_t started;        /* s since the epoch, for the metrics */
	struct priv_start start; /* what toxid has said */
	int api_fd;              /* the listening descriptor; -1: not yet */
	const struct role_row *roles;
	int64_t tick_at;
	int has_file;     /* the configuration file is still to be read */
	int is_draining;  /* no new clients, no changes: see drain.c */
	int is_upgrading; /* no child is to be started: see upgrade.c */
	int quit;
};

extern struct ctld ctld;

void state_init(void);

#endif
