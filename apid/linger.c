/* SPDX-License-Identifier: ISC */
/*
 * Connections that have their last reply, and whose clients may still be
 * sending.  What nobody has read when a socket is closed makes the kernel reset
 * the connection, and a client that has not read its reply by then loses it. So
 * they are read, and what comes is thrown away, until their clients have ended,
 * too: for a while, so much at a time, and so many of them, that nobody can
 * keep us busy by that.
 */

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "apid.h"
#include "log.h"

#define LINGER_WITHIN (5 * NS_PER_S)
#define LINGERS_MAX 64U
#define READS_MAX 4 /* of one, in a tick */

struct lingering {
	TAILQ_ENTRY(lingering) entry;
	int fd; /* ours, once libmicrohttpd has closed it */
	int64_t until;
};

/* In order of until. */
static TAILQ_HEAD(, lingering) lingers = TAILQ_HEAD_INITIALIZER(lingers);
static unsigned int count;

static void
end(struct lingering *l)
{
	TAILQ_REMOVE(&lingers, l, entry);
	count--;
	(void)syscall(SYS_close, l->fd);
	free(l);
}

/*
 * The linker finds this one before libc's, for libmicrohttpd too: what it
 * closes of these stays open.
 */
int
close(int fd)
{
	const struct lingering *l;

	TAILQ_FOREACH (l, &lingers, entry) {
		if (l->fd == fd)
			return 0;
	}
	return (int)syscall(SYS_close, fd);
}

void
linger_take(int fd)
{
	struct lingering *l;

	if (count == LINGERS_MAX)
		(void)linger_end_first();
	if ((l = calloc(1, sizeof(*l))) == NULL)
		fatal("%s", __func__);
	l->fd = fd;
	l->until = clock_now() + LINGER_WITHIN;
	TAILQ_INSERT_TAIL(&lingers, l, entry);
	count++;
	(void)syscall(SYS_shutdown, fd, SHUT_WR);
}

int
linger_end_first(void)
{
	struct lingering *l = TAILQ_FIRST(&lingers);

	if (l == NULL)
		return 0;
	end(l);
	return 1;
}

unsigned int
lingers_count(void)
{
	return count;
}

/* 1: no more will come. */
static int
discard(int fd)
{
	static char rubbish[16 * 1024];
	ssize_t n = 0;
	int i;

	for (i = 0; i < READS_MAX; i++) {
		n = recvfrom(fd, rubbish, sizeof(rubbish), 0, NULL, NULL);
		if (n <= 0)
			break;
	}
	return n == 0 || (n == -1 && errno != EAGAIN && errno != EINTR);
}

void
lingers_tick(int64_t now)
{
	struct lingering *l, *next;

	for (l = TAILQ_FIRST(&lingers); l != NULL; l = next) {
		next = TAILQ_NEXT(l, entry);
		if (discard(l->fd) || now >= l->until)
			end(l);
	}
}
