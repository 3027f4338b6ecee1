/* SPDX-License-Identifier: ISC */
/*
 * libtoxi: what goes on in a toxid.  See toxi(3).  Errors, results and who owns
 * them are as in <toxi.h>.  A Toxiproxy has none of it: TOXI_ERR_UNSUPPORTED.
 */
#ifndef TOXI_WATCH_H
#define TOXI_WATCH_H

#include <toxi.h>

#ifdef __cplusplus
extern "C" {
#endif
#ifdef __GNUC__
#pragma GCC visibility push(default)
#endif

/* ---- events: what has happened, and what does */

struct toxi_history_entry {
	uint64_t id;
	const char *kind;   /* "toxic_changed": see toxid-api(7) */
	const char *at;     /* "2026-11-27T08:00:00.250Z"; NULL: of a gap */
	const char *tenant; /* NULL: it is about none; so of the next two */
	const char *proxy;
	const char *toxic;
	const char *json; /* the event as it came, in one line */
	void *reserved[4];
};

struct toxi_history {
	const struct toxi_history_entry *list; /* the oldest first */
	size_t n;
	uint64_t last; /* where to go on */
	void *reserved[4];
};

/* As an id: how all is now, as an event of the kind "state", and its id. */
#define TOXI_FROM_NOW ((uint64_t)-1)

/*
 * Events behind that id, 0: all that are kept, as many as fit in a reply: there
 * may be more behind .last.  Where there are none, it waits for one; so long at
 * most, 20000 being the most that there is, and less than the client's timeout.
 * Those that are not to be had any more are a "gap".
 */
int toxi_history(struct toxi *, uint64_t after, unsigned int wait_ms,
    struct toxi_history **, struct toxi_error *);

/* A result, with all that it points to.  Takes NULL. */
void toxi_history_free(struct toxi_history *);

#ifdef __GNUC__
#pragma GCC visibility pop
#endif
#ifdef __cplusplus
}
#endif
#endif
