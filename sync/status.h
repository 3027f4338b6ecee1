/* SPDX-License-Identifier: ISC */
#ifndef STATUS_H
#define STATUS_H

#include <jansson.h>
#include <stdint.h>

#include "daemon.h"
#include "items.h"

struct options;

enum drain {
	DRAIN_NONE,
	DRAIN_UNDER_WAY,
	DRAIN_DONE
};

/* What a node says of itself. */
struct status {
	int64_t revision; /* of the last list or event */
	int64_t applied;  /* of the document that toxid has; 0: none */
	char *applied_at;
	json_t *proxies; /* {"web": {"listen": ..., "upstream": ...}} */
	enum daemon_health health;
	enum drain drain;
	/* why not; NULL: toxid has the newest */
	char *error;
	int64_t error_revision;
	struct faults faults;
};

/* Of a reply of PUT /desired: what is applied, and where. */
void status_set_applied(struct status *, int64_t revision, const json_t *reply);
void status_set_error(struct status *, int64_t revision, const char *message);
void status_clear_error(struct status *);
void status_free(struct status *);

/* {"zone": "a"}; the caller's. */
json_t *status_labels(const struct options *);

/* The caller's. */
char *status_text(const struct status *, const struct options *);

#endif
