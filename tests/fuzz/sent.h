/* SPDX-License-Identifier: ISC */
#ifndef TESTS_SENT_H
#define TESTS_SENT_H

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

/*
 * As sendmsg(2), but asked again for 10 s where the kernel takes no descriptor:
 * it counts those on their way of all that a user runs, other tests too, and
 * holds them against the limit of who sends.
 */
static inline ssize_t
sent(int to, const struct msghdr *m, int flags)
{
	int tries = 10000;
	ssize_t n;

	do
		n = sendmsg(to, m, flags | MSG_NOSIGNAL);
	while (n == -1 && errno == ETOOMANYREFS && tries-- > 0 &&
	    poll(NULL, 0, 1) == 0);
	return n;
}

#endif
