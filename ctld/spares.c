/* SPDX-License-Identifier: ISC */
/* See spares.h. */

#include <fcntl.h>
#include <unistd.h>

#include "agenda.h"
#include "agreed.h"
#include "child.h"
#include "children.h"
#include "loss_pool.h"
#include "mode.h"
#include "reserve.h"
#include "restarts.h"
#include "spares.h"
#include "state.h"

static int
is_spare(const struct child *c)
{
	return c->role == ROLE_RELAYD && c->proxy == NULL && !c->is_dismissed &&
	    c->state != CHILD_KILLED;
}

/* They are among the last that were started; a child that is none now will not
 * be one. */
struct child *
spare_find(void)
{
	static uint64_t none_of; /* so many children was one */
	struct child *c, *starting = NULL;

	if (none_of == children.added)
		return NULL;
	TAILQ_FOREACH_REVERSE(c, &children.all, child_list, entry)
	{
		if (!is_spare(c))
			continue;
		if (c->state == CHILD_RUNNING)
			return c;
		starting = c;
	}
	if (starting == NULL)
		none_of = children.added;
	return starting;
}

/* Whether one of them is starting is said, too. */
static unsigned int
spares_count(int *one_starts)
{
	const struct child *c;
	unsigned int n = 0;

	*one_starts = 0;
	TAILQ_FOREACH (c, &children.all, entry) {
		if (!is_spare(c))
			continue;
		n++;
		*one_starts |= c->state == CHILD_STARTING;
	}
	return n;
}

/*
 * toxid comes to its end first: it has a copy of each descriptor that ctld has
 * of a child or a listener, and of its own so many more than ctld has, with
 * -state and for systemd: those of enum given_fd, a few, and one while it
 * starts a child.  tests/system/test_descriptors.py counts them.
 */
#define TOXIDS_MORE 16

/* What a spare and the next proxy's listener take of toxid's, and some more. */
#define WANTED 4

/* ... and so many for tcp_loss. */
static unsigned int
loss_descriptors(void)
{
	const unsigned int n = ctld.start.loss_pool;

	return n > 0 ? n + LOSS_SHARED : 0;
}

/*
 * Spares are a luxury: where descriptors are short there are none.  They are
 * counted, as one that is free may be a hole among many that are not.
 */
static int
descriptors_are_short(void)
{
	const unsigned int reserved = RESERVED + loss_descriptors();
	int fds[TOXIDS_MORE + WANTED], n = 0, are_short = 0;

	while (!are_short && n < TOXIDS_MORE + WANTED) {
		fds[n] = fcntl(CHAN_FD, F_DUPFD_CLOEXEC, 0);
		are_short =
		    fds[n] == -1 || descriptor_is_reserved(fds[n], reserved);
		n += fds[n] != -1;
	}
	while (n > 0)
		close(fds[--n]);
	return are_short;
}

/*
 * Where there are too few; it need not be called else.  One after the other:
 * several that start at once, some ms of a processor each, are in everybody's
 * way, and whoever makes and removes proxies could have them start all the
 * time.
 */
void
spares_fill(int64_t now)
{
	unsigned int n;
	int one_starts;

	if (!agenda_has(AGENDA_SPARES) || mode.is_draining ||
	    mode.is_upgrading || now < restarts.at[ROLE_RELAYD])
		return;
	n = spares_count(&one_starts);
	if (n >= (unsigned int)ctld.options.spares)
		agenda_done(AGENDA_SPARES);
	else if (!one_starts &&
	    (descriptors_are_short() || child_new(ROLE_RELAYD) == NULL))
		restarts_put_off(ROLE_RELAYD, now);
}
