/* SPDX-License-Identifier: ISC */
#ifndef STATE_H
#define STATE_H

#include "options.h"
#include "priv.h"

/*
 * toxid: forks and binds for ctld, which keeps the truth.  It meets no message
 * but ctld's, reads no network, and parses no text but its own command line.
 */

struct toxid {
	struct options options;
	int is_root;               /* children get uids and a root directory */
	int empty_dir_fd;          /* that root directory, -1 without is_root */
	int state_dir_fd;          /* stored's folder; -1: nothing is kept */
	int journal_fds[JOURNALS]; /* what outlives a ctld: memory files of its
				      own */
	int state_lock_fd;         /* on it: there is one toxid to a folder */
};

extern struct toxid toxid;

#endif
