/* SPDX-License-Identifier: ISC */
#ifndef STATE_H
#define STATE_H

#include <stdint.h>

#include "options.h"
#include "priv.h"

/*
 * ctld: keeps the truth, and decides who is started, who listens where, who is
 * killed and replaced; toxid does it.  It believes no child, reads no network
 * and parses no text but toxid's command line.
 *
 * This is what everyone may ask and nobody changes once the loop runs; what
 * changes has its owner, in whose header it stands.
 */
extern struct ctld {
	struct options options;
	char **arguments; /* what those point to */
	int log_level;
	uint64_t started;        /* s since the epoch, for the metrics */
	struct priv_start start; /* what toxid has said */
	uint16_t api_port;       /* as it was asked for; 0: any, or a name */
} ctld;

#endif
