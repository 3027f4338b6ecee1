/* SPDX-License-Identifier: ISC */
#ifndef GIVEN_H
#define GIVEN_H

#include <limits.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "agreed.h"
#include "bind_policy.h"
#include "endpoint.h"
#include "loss_pool.h"
#include "msg.h"
#include "priv.h"

/*
 * What start/, the program that is called toxid, gives to supervisor/, which
 * takes its place in the same process and stays: all that is text has been read
 * by then, and all that has a path is open.  It is a file at GIVEN_FD, of two
 * programs of one build.
 */
#define GIVEN_FD CHAN_FD

/*
 * Of user ids, from uid_base on: each role has its own, by its number, but
 * relayd, of which each worker has.
 */
#define UID_RELAYD 16

/*
 * In the environment of the start that a supervisor makes: the numbers of two
 * descriptors, its tables' and the environment's; see start/environment.h.
 */
#define HANDED_NAME "TOXID_HANDOVER"

/* Descriptors, which are inherited. */
enum given_fd {
	GIVEN_ENVIRONMENT, /* of the first of all, for the next start */
	GIVEN_NULL,
	GIVEN_EMPTY_DIR,  /* a root directory; without is_root there is none */
	GIVEN_STATE_DIR,  /* stored's folder, if anything is kept; after an
			   * upgrade it is in the tables */
	GIVEN_STATE_LOCK, /* on it: there is one toxid to a folder */
	GIVEN_API_SOCKET, /* listens, if it is to; likewise */
	GIVEN_NOTIFY,
	GIVEN_PROGRAMS, /* of each enum role */
	GIVEN_FDS = GIVEN_PROGRAMS + ROLE_MAX
};

struct given {
	char version[64]; /* of who gives */
	uint32_t size;    /* of this */

	uint8_t is_root; /* children get uids and a root directory */
	uint32_t uid_base;

	int32_t fds[GIVEN_FDS];      /* -1: there is none */
	uint8_t is_static[ROLE_MAX]; /* its program can begin without a file */
	int32_t tables_fd; /* of the supervisor before; -1: it is first */
	struct loss loss;  /* after an upgrade it is in the tables */
	uint32_t notify_size;
	struct sockaddr_un notify; /* so long */
	int64_t watchdog;          /* ns: how often it is to be fed, or 0 */

	struct bind_policy bind_policy; /* of proxies, not of the API */
	struct address api;             /* family 0: it is said by a name */
	uint8_t has_api_port;           /* it is said by a number */
	char token[TOKEN_TEXT_MAX + 1]; /* "": none is needed */
	char path[PATH_MAX]; /* of the program to start, for an upgrade */
	char files[PRIV_FILE_MAX][PATH_MAX]; /* "": there is none */
};

extern struct given given; /* each of the two has its own */

#endif
