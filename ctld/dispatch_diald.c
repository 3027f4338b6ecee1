/* SPDX-License-Identifier: ISC */
/* What diald may say: whom to end, a worker or resolvd. */

#include "child.h"
#include "dispatch.h"
#include "dispatch_resolvd.h"
#include "lines.h"
#include "msg.h"

static int
on_offender(struct msg *m)
{
	return line_worker_blamed(m->from, m->id);
}

static int
on_resolver_bad(struct msg *m)
{
	return resolver_is_bad(m->id);
}

static const struct handler from_diald[MSG_MAX] = {
	[MSG_DIAL_OFFENDER] = { on_offender, RUNS },
	[MSG_DIAL_RESOLVER_BAD] = { on_resolver_bad, RUNS },
};

const struct handler *
diald_may_say(const struct child *c, unsigned int *state)
{
	(void)c;
	*state = RUNS;
	return from_diald;
}
