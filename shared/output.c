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
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "log.h"
#include "log_keys.h"
#include "output.h"
#include "utf8.h"

/* A pipe that is ready takes this much without blocking: pipe(7). */
#define WRITE_MAX 4096
#define LINE_MAX_BYTES 8192

/* What stands behind a record's fields: the time, and the longest message. */
#define END_MAX 1536

/* Children have half of it: who says what they did is not to be lost. */
static char pending[64 * 1024];
#define PENDING_OF_CHILDREN (sizeof(pending) / 2)

static size_t npending;
static uint64_t dropped, dropped_told;
static uint64_t refused; /* of a child that says too much */
static int logfmt, is_journal;
static const char *own_role;
static int least_level;

struct line {
	char text[LINE_MAX_BYTES];
	size_t len, start; /* of its first field */
};

/* systemd says which socket is its journal's: "device:inode". */
static int
is_stdout(const char *stream)
{
	char own[64];
	struct stat st;

	if (stream == NULL || fstat(STDOUT_FILENO, &st) == -1)
		return 0;
	snprintf(own, sizeof(own), "%ju:%ju", (uintmax_t)st.st_dev,
	    (uintmax_t)st.st_ino);
	return strcmp(stream, own) == 0;
}

void
output_open(const char *role, int level, const char *format)
{
	own_role = role;
	least_level = level;
	is_journal = is_stdout(getenv("JOURNAL_STREAM"));
	logfmt = format != NULL ? strcmp(format, "logfmt") == 0
				: isatty(STDOUT_FILENO);
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

static void
add(struct line *l, const char *s, size_t n)
{
	if (n > sizeof(l->text) - l->len)
		n = sizeof(l->text) - l->len;
	memcpy(l->text + l->len, s, n);
	l->len += n;
}

static void
add_text(struct line *l, const char *s)
{
	add(l, s, strlen(s));
}

/* \uXXXX, without printf(3): a child says as many as it likes. */
static void
add_escaped(struct line *l, uint32_t point)
{
	static const char digits[] = "0123456789abcdef";
	const char escaped[] = { '\\', 'u', digits[point >> 12 & 0xf],
		digits[point >> 8 & 0xf], digits[point >> 4 & 0xf],
		digits[point & 0xf] };

	add(l, escaped, sizeof(escaped));
}

/*
 * Quoted: nothing that a child says, or a client through it, can end the
 * string or the line, or make it other than text.
 */
static void
add_quoted(struct line *l, const char *s)
{
	uint32_t point;
	size_t n;

	add(l, "\"", 1);
	for (; *s != '\0'; s += n > 0 ? n : 1) {
		n = utf8_character(s, &point);
		if (n == 0) {
			add_escaped(l, 0xfffd);
		} else if (*s == '"' || *s == '\\') {
			add(l, "\\", 1);
			add(l, s, 1);
		} else if (utf8_is_control(point)) {
			add_escaped(l, point);
		} else {
			add(l, s, n);
		}
	}
	add(l, "\"", 1);
}

static int
is_plain_word(const char *s)
{
	if (*s == '\0')
		return 0;
	for (; *s != '\0'; s++) {
		if ((unsigned char)*s <= ' ' || (unsigned char)*s >= 0x7f ||
		    *s == '"' || *s == '=' || *s == '\\')
			return 0;
	}
	return 1;
}

static void
add_field(struct line *l, const char *key, const char *value, int is_number)
{
	if (l->len > l->start)
		add(l, logfmt ? " " : ",", 1);
	if (logfmt)
		add_text(l, key);
	else
		add_quoted(l, key);
	add(l, logfmt ? "=" : ":", 1);
	if (is_number || (logfmt && is_plain_word(value)))
		add_text(l, value);
	else
		add_quoted(l, value);
}

/* One of those that are ours. */
static void
add_own(struct line *l, enum log_key key, const char *value)
{
	add_field(l, log_keys[key], value, 0);
}

static const char *
level_name(int level)
{
	static const char *const names[] = { "trace", "debug", "info", "warn",
		"error", "fatal" };

	return names[level - LOG_TRACE];
}

/*
 * "s|n" key NUL value NUL ...; msg_check() has seen that it is well-formed.  A
 * field that would leave no room for the end of the line is left out: a line
 * is always whole.
 */
static void
add_record_fields(struct line *l, const struct log_record *r)
{
	const char *at = r->fields, *key, *value;
	size_t before;

	while (at < r->fields + r->fields_len) {
		key = at + 1;
		value = key + strlen(key) + 1;
		before = l->len;
		add_field(l, key, value, *at == 'n');
		if (l->len > sizeof(l->text) - END_MAX)
			l->len = before;
		at = value + strlen(value) + 1;
	}
}

static void
add_time(struct line *l, time_t at)
{
	struct tm tm;
	char text[32];

	gmtime_r(&at, &tm);
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm);
	add_own(l, LOG_KEY_TIME, text);
}

/*
 * As sd-daemon(3) has it, in front of a line for the journal, where
 * `journalctl -p warning` is then what it says.
 */
static int
priority_of(int level)
{
	static const int priorities[] = { 7, 7, 6, 4, 3, 2 };

	return priorities[level - LOG_TRACE];
}

/* proxy may be NULL.  Order and names are those of zerolog's lines. */
static void
make_line(struct line *l, const char *role, const char *proxy, time_t at,
    const struct log_record *r)
{
	char priority[8];

	snprintf(priority, sizeof(priority), "<%d>", priority_of(r->level));
	if (is_journal)
		add_text(l, priority);
	if (!logfmt)
		add_text(l, "{");
	l->start = l->len;
	if (logfmt)
		add_time(l, at);
	add_own(l, LOG_KEY_LEVEL, level_name(r->level));
	if (logfmt)
		add_own(l, LOG_KEY_MESSAGE, r->message);
	add_own(l, LOG_KEY_ROLE, role);
	if (proxy != NULL)
		add_own(l, LOG_KEY_PROXY, proxy);
	add_record_fields(l, r);
	if (!logfmt) {
		add_time(l, at);
		add_own(l, LOG_KEY_MESSAGE, r->message);
	}
	add_text(l, logfmt ? "\n" : "}\n");
}

/* So much may wait, with it. */
static size_t
put_line(const char *role, const char *proxy, time_t at,
    const struct log_record *r, size_t room)
{
	struct line l = { .len = 0 };

	if (r->level < least_level)
		return 0;
	make_line(&l, role, proxy, at, r);
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
