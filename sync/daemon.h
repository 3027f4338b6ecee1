/* SPDX-License-Identifier: ISC */
#ifndef DAEMON_H
#define DAEMON_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "items.h"

struct options;

/* The toxid of this node, by its API. */

enum daemon_health {
	DAEMON_UNKNOWN,
	DAEMON_UNREACHABLE,
	DAEMON_DEGRADED,
	DAEMON_OK
};

void daemon_open(const struct options *);
void daemon_close(void);

/* One at a time, of each of these. */

/* PUT /desired/SOURCE */
struct daemon_put {
	long status;         /* 0: there was no answer */
	const char *why;     /* of a status that is none of 2xx */
	const json_t *reply; /* NULL: it is no JSON */
};
void daemon_put(const char *document, void (*done)(const struct daemon_put *));

/* How it is, and what it has of this source. */
struct daemon_state {
	enum daemon_health health;
	const char *why; /* of DAEMON_UNREACHABLE */
	const char *version;
	int64_t uptime_s;
	int has_source;
	const char *generation; /* "": it has none of this source */
};
void daemon_look(void (*done)(const struct daemon_state *));

/* Sessions of all proxies: {"web": {"open_sessions": 3, ...}}; or NULL. */
void daemon_count(void (*done)(const json_t *));

#endif
