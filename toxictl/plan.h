/* SPDX-License-Identifier: ISC */
/* What has to be done so that a server is as a file says. */
#ifndef PLAN_H
#define PLAN_H

#include <stddef.h>

#include "config.h"

enum step_kind {
	STEP_DELETE_PROXY,
	STEP_CREATE_PROXY,
	STEP_UPDATE_PROXY,
	STEP_REMOVE_TOXIC,
	STEP_ADD_TOXIC,
	STEP_UPDATE_TOXIC,
	STEP_MAX
};

struct step {
	enum step_kind kind;
	const char *proxy;
	const char *toxic;             /* its name, or NULL */
	const struct toxi_proxy *from; /* to be updated; and the wanted one */
	const struct toxi_proxy *to;
	const struct toxi_toxic *was; /* to be updated; and the wanted one */
	const struct toxi_toxic *as;
};

struct plan {
	struct step *steps; /* in the order in which they are done */
	size_t n;
	size_t room;
};

/* Points into both; prunes what the file does not have if it is to. */
void plan_make(struct plan *, const struct config *,
    const struct toxi_proxies *, int prune);
void plan_free(struct plan *);

/* A declared listen is the one of a proxy: port 0 is any. */
int plan_same_listen(const char *wanted, const char *there);

#endif
