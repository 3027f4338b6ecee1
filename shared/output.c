/* SPDX-License-Identifier: ISC */
/*
 * The log's only way out.  Children hand their lines to ctld; it says who
 * spoke, and writes.  A stdout that is full blocks nobody: what does
 * not fit the buffer is dropped and counted, but for audit lines, which are
 * kept, up to a bound.
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

#include "clock.h"
#include "log.h"
#include "log_line.h"
#include "output.h"

/* A pipe that is ready takes this much without blocking: pipe(7). */
#define WRITE_MAX 4096

/* So long an end waits for who reads slowly. */
#define DRAIN_WITHIN NS_PER_S

static char pending[64 * 1024];
static size_t npending;

enum whose {
	OF_CHILD,
	OF_OWN,
	OF_AUDIT,
};

/* Children have half of it: who says what they did is not to be lost. */
static const size_t room[] = {
	[OF_CHILD] = sizeof(pending) / 2,
	[OF_OWN] = sizeof(pending),
	[OF_AUDIT] = sizeof(pending),
};

/*
 * Audit lines that have no room there, from the first on, and as much of the
 * others behind it as there is room for, so that all stay in their order.
 */
static struct {
	char *text; /* NULL: there are none */
	size_t at, len, size;
	size_t others; /* bytes of it */
} kept;

static uint64_t dropped, dropped_told;
static uint64_t audit_dropped, audit_dropped_told;
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

/* ---- what waits */

static void
wait_in_order(const char *text, size_t n)
{
	memcpy(pending + npending, text, n);
	npending += n;
}

/* 0, or -1: there is no memory. */
static int
grow_kept(size_t n)
{
	size_t size = kept.size == 0 ? sizeof(pending) : kept.size;
	char *text;

	while (size < kept.len + n)
		size *= 2;
	if (size == kept.size)
		return 0;
	if ((text = realloc(kept.text, size)) == NULL)
		return -1;
	kept.text = text;
	kept.size = size;
	return 0;
}

/* 0, or -1: it is dropped. */
static int
keep(enum whose whose, const char *text, size_t n)
{
	if (whose == OF_AUDIT) {
		if (kept.len - kept.at + n > OUTPUT_KEPT_MAX)
			return -1;
	} else if (kept.text == NULL || kept.others + n > room[whose]) {
		return -1;
	}
	if (grow_kept(n) == -1)
		return -1;
	memcpy(kept.text + kept.len, text, n);
	kept.len += n;
	if (whose != OF_AUDIT)
		kept.others += n;
	return 0;
}

static void
drop(enum whose whose)
{
	dropped++;
	if (whose == OF_AUDIT)
		audit_dropped++;
}

static size_t
put_line(enum whose whose, const char *role, const char *proxy, time_t at,
    const struct log_record *r)
{
	struct log_line l;

	if (r->level < least_level)
		return 0;
	log_line_make(&l, role, proxy, at, r);
	if (kept.text == NULL && npending + l.len <= room[whose])
		wait_in_order(l.text, l.len);
	else if (keep(whose, l.text, l.len) == -1) {
		drop(whose);
		return l.len;
	}
	output_flush();
	return l.len;
}

size_t
output_line(const char *role, const char *proxy, const struct log_record *r)
{
	return put_line(OF_CHILD, role, proxy, time(NULL), r);
}

void
output_own(const struct log_record *r)
{
	put_line(OF_OWN, own_role, NULL, time(NULL), r);
}

void
output_audit(const struct log_record *r)
{
	put_line(OF_AUDIT, own_role, NULL, time(NULL), r);
}

void
output_earlier(const char *role, int64_t at, const struct log_record *r)
{
	put_line(OF_OWN, role, NULL, (time_t)at, r);
}

/* ---- the way out */

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
	const uint64_t n = dropped - dropped_told,
		       naudit = audit_dropped - audit_dropped_told;
	const struct log_field fields[] = {
		LOG_INT("lines", (int64_t)n),
		LOG_INT("audit_lines", (int64_t)naudit),
	};

	dropped_told = dropped;
	audit_dropped_told = audit_dropped;
	log_fields(LOG_WARN, "Log lines dropped", fields, naudit > 0 ? 2 : 1);
}

/* So many of n bytes as there is room for. */
static size_t
write_all(const char *data, size_t n)
{
	size_t done = 0;
	ssize_t r;

	while (done < n) {
		if ((r = write_some(data + done, n - done)) <= 0)
			break;
		done += (size_t)r;
	}
	return done;
}

/* What is written is moved over when it is half of it: not with each line. */
static void
flush_kept(void)
{
	kept.at += write_all(kept.text + kept.at, kept.len - kept.at);
	if (kept.at == kept.len) {
		free(kept.text);
		memset(&kept, 0, sizeof(kept));
	} else if (kept.at > kept.len / 2) {
		kept.len -= kept.at;
		memmove(kept.text, kept.text + kept.at, kept.len);
		kept.at = 0;
	}
}

void
output_flush(void)
{
	size_t done = write_all(pending, npending);

	npending -= done;
	memmove(pending, pending + done, npending);
	if (npending == 0 && kept.text != NULL)
		flush_kept();
	if (npending == 0 && kept.text == NULL && dropped != dropped_told)
		tell_dropped();
}

int
output_waits(void)
{
	return npending > 0 || kept.text != NULL || dropped != dropped_told;
}

static size_t
waiting(void)
{
	return npending + kept.len - kept.at;
}

/* Where there would be room, but nothing is taken, nobody reads any more. */
void
output_drain(void)
{
	struct pollfd pfd = { .fd = STDOUT_FILENO, .events = POLLOUT };
	const int64_t until = clock_now() + DRAIN_WITHIN;
	size_t before = SIZE_MAX;
	int64_t left;

	output_flush();
	while (waiting() > 0 && waiting() < before) {
		before = waiting();
		left = until - clock_now();
		if (left <= 0 || poll(&pfd, 1, (int)(left / NS_PER_MS)) != 1)
			return;
		output_flush();
	}
}

void
output_failure(const char *why)
{
	log_event(
	    LOG_ERROR, "Server finished with error", LOG_STR("error", why));
	output_flush();
	fprintf(stderr, "toxid: %s\n", why);
}
