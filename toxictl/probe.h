/* SPDX-License-Identifier: ISC */
/* A connection through a proxy, to see what becomes of it. */
#ifndef PROBE_H
#define PROBE_H

#include <stddef.h>

enum probe_result {
	PROBE_UNREACHABLE, /* no connection to the proxy */
	PROBE_CLOSED,      /* and nothing came: no upstream, or a toxic */
	PROBE_SILENT,      /* it holds */
	PROBE_ANSWERED
};

struct probe {
	enum probe_result result;
	long ms;        /* until then */
	char text[256]; /* what happened, for people */
};

/*
 * listen is the proxy's; where that is any address, it is the host of url.
 * Sends text, if it is not NULL, and waits so long for what comes.
 */
void probe(struct probe *, const char *listen, const char *url,
    const char *text, size_t len, int wait_ms);

/* Is the server of that URL on this machine? */
int probe_is_local(const char *url);

/* CLOCK_MONOTONIC in ms */
long probe_clock(void);

#endif
