/* SPDX-License-Identifier: ISC */
#ifndef CHURN_H
#define CHURN_H

#include <stdint.h>

#include "proxy_key.h"

/*
 * Workers that were started for nothing much: a tenant's changes have ended
 * them.  A start costs everybody: toxid and ctld are busy with it for the
 * better part of a ms, and so is a processor.  So whoever ends many waits for
 * new ones. Of a toxid without tenants nobody does.
 */

/* A worker of that proxy ends by its tenant's will. */
void churn_ended(const struct proxy_key *, int64_t now);

/* When the next may start for that proxy: now, or in a second at most. */
int64_t churn_may_start(const struct proxy_key *, int64_t now);

#endif
