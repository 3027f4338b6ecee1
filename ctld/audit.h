/* SPDX-License-Identifier: ISC */
#ifndef AUDIT_H
#define AUDIT_H

#include "msg.h"

struct caller;
struct change;

/*
 * Who has changed what, or was refused it, where callers are told apart: a line
 * of log, whatever the log's level, before anybody is answered.
 */
/* Nobody has asked for it: a lease of the proxy, or the toxic, is over. */
void audit_lapse(const struct proxy_key *, const char *toxic);
void audit(const struct change *, enum answer_code);
/*
 * apid has not asked: it has refused him, that often.  0: it says so more often
 * than an honest one, and it is said with the next.
 */
int audit_refused(const struct caller *, const struct api_refused *);
/* What came of it: "done", or why it was refused. */
const char *audit_outcome(enum answer_code);

#endif
