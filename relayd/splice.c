/* SPDX-License-Identifier: ISC */
/*
 * The way for bulk that no toxic wants to see: from socket to socket through a
 * kernel pipe, without a copy.  A pipe is used only while bytes are in it; a
 * few empty ones are kept for the next who comes.
 */

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "far.h"
#include "log.h"
#include "relayd.h"

/* The largest that a user is given: pipe(7). */
#define SIZE ((size_t)1024 * 1024)
/* What peers that do not read can make this worker keep: 64 MiB. */
#define PIPES_MAX 64
#define SPARE_MAX 4
/* Without bulk for so long there are none. */
#define UNUSED_AFTER NS_PER_S

FAR struct kernel_pipe all_pipes[PIPES_MAX];
static unsigned int nfresh; /* the first of them, which were never open */
static SLIST_HEAD(kernel_pipes, kernel_pipe) closed, spare;
static unsigned int nspare;

/* Descriptors for them are set aside: returns how many. */
unsigned int
splice_init(unsigned int descriptors)
{
	unsigned int max =
	    descriptors / 64 < PIPES_MAX ? descriptors / 64 : PIPES_MAX;

	nfresh = max;
	return 2 * max;
}

static struct kernel_pipe *
open_one(void)
{
	struct kernel_pipe *k = SLIST_FIRST(&closed);
	const int is_fresh = k == NULL && nfresh > 0;

	if (is_fresh)
		k = &all_pipes[nfresh - 1];
	if (k == NULL || pipe2(k->fds, O_NONBLOCK | O_CLOEXEC) == -1)
		return NULL;
	/* A user who has many gets small ones: they are as good, but slower. */
	(void)fcntl(k->fds[1], F_SETPIPE_SZ, SIZE);
	if (is_fresh)
		nfresh--;
	else
		SLIST_REMOVE_HEAD(&closed, entry);
	k->held = 0;
	return k;
}

static struct kernel_pipe *
take(void)
{
	struct kernel_pipe *k = SLIST_FIRST(&spare);

	if (k == NULL)
		return open_one();
	SLIST_REMOVE_HEAD(&spare, entry);
	nspare--;
	return k;
}

/* With what is in it. */
static void
throw_away(struct kernel_pipe *k)
{
	close(k->fds[0]);
	close(k->fds[1]);
	SLIST_INSERT_HEAD(&closed, k, entry);
}

void
splice_close_spare(void)
{
	struct kernel_pipe *k;

	while ((k = SLIST_FIRST(&spare)) != NULL) {
		SLIST_REMOVE_HEAD(&spare, entry);
		throw_away(k);
	}
	nspare = 0;
}

static void
unused_for_long(struct deadline *d)
{
	(void)d;
	splice_close_spare();
}

static struct deadline unused = { .expired = unused_for_long };

void
splice_give_back(struct kernel_pipe *k)
{
	if (k->held > 0 || nspare == SPARE_MAX) {
		throw_away(k);
		return;
	}
	SLIST_INSERT_HEAD(&spare, k, entry);
	nspare++;
	if (unused.index == 0)
		deadline_set(&unused, clock_now() + UNUSED_AFTER);
}

static ssize_t
move(int from, int to, size_t size)
{
	ssize_t n;

	do
		n = splice(from, NULL, to, NULL, size,
		    SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
	while (n == -1 && errno == EINTR);
	return n;
}

/*
 * Only into an empty pipe: where there may be something in it, EAGAIN could
 * mean either end.
 */
ssize_t
splice_in(int source, struct kernel_pipe **kp)
{
	struct kernel_pipe *k;
	ssize_t n;
	int error;

	if ((k = take()) == NULL) {
		errno = ENOBUFS;
		return -1;
	}
	n = move(source, k->fds[1], SIZE);
	if (n > 0) {
		k->held = (size_t)n;
		*kp = k;
		return n;
	}
	error = errno;
	splice_give_back(k);
	errno = error;
	return n;
}

ssize_t
splice_out(int sink, struct kernel_pipe **kp)
{
	struct kernel_pipe *k = *kp;
	ssize_t n = move(k->fds[0], sink, k->held);

	if (n <= 0)
		return n;
	k->held -= (size_t)n;
	if (k->held == 0) {
		splice_give_back(k);
		*kp = NULL;
	}
	return n;
}
