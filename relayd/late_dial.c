/* SPDX-License-Identifier: ISC */
/* Dials that are put off, or fail unmade, as the proxy's connect says. */

#include <stdlib.h>

#include "connect.h"
#include "log.h"

struct late_dial {
	TAILQ_ENTRY(late_dial) entry;
	struct deadline due;
	struct session *session;
};
static TAILQ_HEAD(, late_dial) dials = TAILQ_HEAD_INITIALIZER(dials);

static void
dial(struct session *s)
{
	const struct connect_spec *c = connect_now();
	const struct dial_result failed = {
		.error = ENDPOINT_SYSTEM,
		.is_injected = 1,
		.sys_errno = dial_fail_errno(c->dial_fail),
	};

	if (c->dial_fail == DIAL_FAILS_NOT)
		dialer_ask(s);
	else
		dialer_refuse(s, &failed);
}

static void
dial_due(struct deadline *d)
{
	struct session *s = container_of(d, struct late_dial, due)->session;

	late_dial_forget(s);
	dial(s);
}

/* One that is to fail is put off, too: nobody expects that within a call. */
void
late_dial(struct session *s)
{
	const struct connect_spec *c = connect_now();
	struct late_dial *l;

	if (c->dial_delay == 0 && c->dial_fail == DIAL_FAILS_NOT) {
		dialer_ask(s);
		return;
	}
	if ((l = calloc(1, sizeof(*l))) == NULL)
		fatal("%s", __func__);
	l->session = s;
	l->due.expired = dial_due;
	s->late = l;
	s->is_late = 1;
	TAILQ_INSERT_TAIL(&dials, l, entry);
	deadline_set(&l->due, clock_now() + c->dial_delay * NS_PER_MS);
}

void
late_dial_forget(struct session *s)
{
	struct late_dial *l = s->late;

	deadline_set(&l->due, CLOCK_NEVER);
	TAILQ_REMOVE(&dials, l, entry);
	free(l);
	s->late = NULL;
	s->is_late = 0;
}

/* Where there is no such delay any more, whoever waits goes on at once. */
void
late_dials_look(void)
{
	if (connect_now()->dial_delay == 0)
		late_dials_end();
}

void
late_dials_end(void)
{
	const int64_t now = clock_now();
	struct late_dial *l;

	TAILQ_FOREACH (l, &dials, entry)
		deadline_set(&l->due, now);
}
