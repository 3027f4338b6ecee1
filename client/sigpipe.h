/* SPDX-License-Identifier: ISC */
/*
 * libcurl writes to sockets without SIGPIPE, but the TLS libraries below it
 * do not.  The signal is held back in this thread, and not left behind.
 */
#ifndef SIGPIPE_H
#define SIGPIPE_H

#include <signal.h>

struct sigpipe {
	int is_held;
	int was_pending;
	sigset_t before;
};

void sigpipe_hold(struct sigpipe *, int may_come);
void sigpipe_release(struct sigpipe *);

#endif
