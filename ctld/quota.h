/* SPDX-License-Identifier: ISC */
#ifndef QUOTA_H
#define QUOTA_H

#include <stdint.h>

/* What a child may cost the others. */

struct child;
struct log_record;

/* Of what is forgiven with time: see quota.c. */
struct debt {
	int64_t owed, since;
};

/* Of a role, or of a proxy's workers: a new process does not begin anew. */
struct quota {
	struct debt bytes;
	struct debt time; /* as the last process left it */
	uint64_t dropped; /* lines, not told of yet */
};

/* Who has got its work goes on with what the one before it has left. */
void quota_inherit(struct child *);
void quota_leave(const struct child *);

void quota_log(const struct child *, const struct log_record *);
int quota_messages(struct child *);
int64_t quota_until(void);        /* ... and no later */
void quota_begin(struct child *); /* from here on it works for the child */
void quota_end(struct child *);
int quota_puts_off(struct child *); /* 1: until others have been read */
struct child *quota_next(void);     /* that was put off in this turn; or NULL */

#endif
