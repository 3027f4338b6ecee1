/* SPDX-License-Identifier: ISC */
/*
 * The log's only way out.  Children hand their lines to ctld; it says who
 * spoke, and writes.  A stdout that is full blocks nobody: what does
 * not fit the buffer is dropped and counted.
 */

#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "log.h"
#include "log_line.h"
#include "output.h"

/* A pipe that is ready takes this much without blocking: pipe(7). */
#define WRITE_MAX 4096

/* Children have half of it: who says what they did is not to be lost. */
static char pending[64 * 1024];
#define PENDING_OF_CHILDREN (sizeof(pending) / 2)

static size_t npending;
static uint64_t dropped, dropped_told;
static uint64_t refused; /* of a child that says too much */
static const char *own_role;
static int least_level;

void
output_open(const char *role, int level, const char *format)
{
	own_role = role;
	least_level = level;
	log_line_open(format);
}

uint64_t
output_dropped(void)
{
	return dropped + refused;
}

/* A line that is not to be written: see quota.c, which tells of it. */
void
output_refuse(void)
{
	refused++;
}

/* So much may wait, with it. */
static size_t
put_line(const char *role, const char *proxy, time_t at,
    const struct log_record *r, size_t room)
{
	struct log_line l;

	if (r->level < least_level)
		return 0;
	log_line_make(&l, role, proxy, at, r);
	if (npending + l.len > room) {
		dropped++;
		return l.len;
	}
	memcpy(pending + npending, l.text, l.len);
	npending += l.len;
	output_flush();
	return l.len;
}

size_t
output_line(const char *role, const char *proxy, const struct log_record *r)
{
	return put_line(role, proxy, time(NULL), r, PENDING_OF_CHILDREN);
}

void
output_own(const struct log_record *r)
{
	put_line(own_role, NULL, time(NULL), r, sizeof(pending));
}

void
output_earlier(const char *role, int64_t at, const struct log_record *r)
{
	put_line(role, NULL, (time_t)at, r, sizeof(pending));
}

/*
 * stdout may be shared with others, so it is not made non-blocking: it is
 * asked first.  A socket can be told not to wait.
 */
static ssize_t
write_some(const char *data, size_t n)
{
	struct pollfd pfd = { .fd = STDOUT_FILENO, .events = POLLOUT };
	ssize_t sent;

	if (n > WRITE_MAX)
		n = WRITE_MAX;
	sent = send(STDOUT_FILENO, data, n, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (sent >= 0 || errno != ENOTSOCK)
		return sent;
	if (poll(&pfd, 1, 0) != 1 || (pfd.revents & POLLOUT) == 0) {
		errno = EAGAIN;
		return -1;
	}
	return write(STDOUT_FILENO, data, n);
}

static void
tell_dropped(void)
{
	uint64_t n = dropped - dropped_told;

	dropped_told = dropped;
	log_event(LOG_WARN, "Log lines dropped", LOG_INT("lines", (int64_t)n));
}

void
output_flush(void)
{
	size_t done = 0;
	ssize_t n;

	while (done < npending) {
		if ((n = write_some(pending + done, npending - done)) <= 0)
			break;
		done += (size_t)n;
	}
	npending -= done;
	memmove(pending, pending + done, npending);
	if (npending == 0 && dropped != dropped_told)
		tell_dropped();
}

int
output_waits(void)
{
	return npending > 0 || dropped != dropped_told;
}

void
output_failure(const char *why)
{
	log_event(
	    LOG_ERROR, "Server finished with error", LOG_STR("error", why));
	output_flush();
	fprintf(stderr, "toxid: %s\n", why);
}
