/* SPDX-License-Identifier: ISC */
#ifndef AGREED_H
#define AGREED_H

#include <signal.h>

/* Numbers on which two programs of toxid have to agree, and no message says. */

/*
 * The descriptors that a child finds: its channel, and what is to be its root
 * directory, where it is to have one.
 */
#define CHAN_FD 3
#define ROOT_DIR_FD 4

/* One /populate, and one configuration file, has so many proxies at most. */
#define POPULATE_MAX 10000

/* Toxiproxy's, of both ends of a session: s, s, and how often. */
#define KEEPALIVE_IDLE 15
#define KEEPALIVE_INTERVAL 15
#define KEEPALIVE_COUNT 9

/*
 * -reload: SIGHUP with this value, by sigqueue(3), is a question; the answer is
 * such a signal with an enum reload_outcome.  By itself it does nothing to
 * anybody.
 */
#define RELOAD_QUESTION 0x7265
#define RELOAD_ANSWER SIGURG

#endif
