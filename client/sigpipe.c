/* SPDX-License-Identifier: ISC */
/* SIGPIPE, held back in one thread while a library is at work in it. */

#include <pthread.h>
#include <time.h>

#include "sigpipe.h"

static int
is_pending(void)
{
	sigset_t pending;

	return sigpending(&pending) == 0 && sigismember(&pending, SIGPIPE);
}

void
sigpipe_hold(struct sigpipe *s, int may_come)
{
	sigset_t only;

	s->is_held = may_come;
	if (!may_come)
		return;
	s->was_pending = is_pending();
	sigemptyset(&only);
	sigaddset(&only, SIGPIPE);
	pthread_sigmask(SIG_BLOCK, &only, &s->before);
}

/* One that was there before is not ours to take. */
void
sigpipe_release(struct sigpipe *s)
{
	static const struct timespec now;
	sigset_t only;

	if (!s->is_held)
		return;
	sigemptyset(&only);
	sigaddset(&only, SIGPIPE);
	if (!s->was_pending && is_pending())
		sigtimedwait(&only, NULL, &now);
	pthread_sigmask(SIG_SETMASK, &s->before, NULL);
}
