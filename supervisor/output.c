/* SPDX-License-Identifier: ISC */
/*
 * The log's only way out.  Children hand their lines to the supervisor; it
 * says who spoke, and writes.  A stdout that is full blocks nobody: what does
 * not fit the buffer is dropped and counted.
 */

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "nitems.h"
#include "supervisor.h"

/* A pipe that is ready takes this much without blocking: pipe(7). */
#define WRITE_MAX 4096
#define LINE_MAX_BYTES 8192

static char pending[64 * 1024];
static size_t npending;
static uint64_t dropped, dropped_told;
static int logfmt;

struct line {
	char text[LINE_MAX_BYTES];
	size_t len;
};

void
output_open(const char *format)
{
	logfmt = format != NULL ? strcmp(format, "logfmt") == 0
				: isatty(STDOUT_FILENO);
}

uint64_t
output_dropped(void)
{
	return dropped;
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

/* Of the UTF-8 character at s; 0: it is none.  The sequences of RFC 3629. */
static size_t
utf8_length(const unsigned char *s)
{
	static const struct {
		unsigned char first, last, low, high; /* of the second byte */
		size_t length;
	} forms[] = {
		{ 0x01, 0x7f, 0, 0, 1 },
		{ 0xc2, 0xdf, 0x80, 0xbf, 2 },
		{ 0xe0, 0xe0, 0xa0, 0xbf, 3 },
		{ 0xe1, 0xec, 0x80, 0xbf, 3 },
		{ 0xed, 0xed, 0x80, 0x9f, 3 },
		{ 0xee, 0xef, 0x80, 0xbf, 3 },
		{ 0xf0, 0xf0, 0x90, 0xbf, 4 },
		{ 0xf1, 0xf3, 0x80, 0xbf, 4 },
		{ 0xf4, 0xf4, 0x80, 0x8f, 4 },
	};
	size_t i, n;

	for (i = 0; i < nitems(forms); i++) {
		if (s[0] < forms[i].first || s[0] > forms[i].last)
			continue;
		if (forms[i].length > 1 &&
		    (s[1] < forms[i].low || s[1] > forms[i].high))
			return 0;
		for (n = 2; n < forms[i].length; n++) {
			if ((s[n] & 0xc0) != 0x80)
				return 0;
		}
		return forms[i].length;
	}
	return 0;
}

/*
 * Quoted: nothing that a child says, or a client through it, can end the
 * string or the line, or make it other than text.
 */
static void
add_quoted(struct line *l, const char *s)
{
	char escaped[8];
	size_t n;

	add(l, "\"", 1);
	for (; *s != '\0'; s += n > 0 ? n : 1) {
		n = utf8_length((const unsigned char *)s);
		if (n == 0) {
			add_text(l, "\\ufffd");
		} else if (*s == '"' || *s == '\\') {
			add(l, "\\", 1);
			add(l, s, 1);
		} else if ((unsigned char)*s < 0x20 || *s == 0x7f) {
			snprintf(escaped, sizeof(escaped), "\\u%04x",
			    (unsigned char)*s);
			add_text(l, escaped);
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
		if (*s <= ' ' || *s == '"' || *s == '=' || *s == '\\' ||
		    *s == 0x7f)
			return 0;
	}
	return 1;
}

/*
 * A field that would leave no room for the end of the line is left out: a line
 * is always whole.
 */
static void
add_field(struct line *l, const char *key, const char *value, int is_number)
{
	size_t before = l->len;

	if (l->len > 0)
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
	if (l->len > sizeof(l->text) - 1536)
		l->len = before;
}

static const char *
level_name(int level)
{
	static const char *const names[] = { "trace", "debug", "info", "warn",
		"error", "fatal" };

	return names[level - LOG_TRACE];
}

/* "s|n" key NUL value NUL ...; its getter has seen that it is well-formed. */
static void
add_record_fields(struct line *l, const struct log_record *r)
{
	const char *at = r->fields, *key, *value;

	while (at < r->fields + r->fields_len) {
		key = at + 1;
		value = key + strlen(key) + 1;
		add_field(l, key, value, *at == 'n');
		at = value + strlen(value) + 1;
	}
}

static void
add_time(struct line *l)
{
	time_t now = time(NULL);
	struct tm tm;
	char text[32];

	gmtime_r(&now, &tm);
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm);
	add_field(l, "time", text, 0);
}

/* proxy may be NULL.  Order and names are those of zerolog's lines. */
void
output_line(const char *role, const char *proxy, const struct log_record *r)
{
	struct line l = { .len = 0 };

	if (r->level < toxid.log_level)
		return;
	if (logfmt)
		add_time(&l);
	add_field(&l, "level", level_name(r->level), 0);
	if (logfmt)
		add_field(&l, "message", r->message, 0);
	add_field(&l, "role", role, 0);
	if (proxy != NULL)
		add_field(&l, "proxy", proxy, 0);
	add_record_fields(&l, r);
	if (!logfmt) {
		add_time(&l);
		add_field(&l, "message", r->message, 0);
	}
	if (l.len + 3 > sizeof(pending) - npending) {
		dropped++;
		return;
	}
	if (!logfmt)
		pending[npending++] = '{';
	memcpy(pending + npending, l.text, l.len);
	npending += l.len;
	if (!logfmt)
		pending[npending++] = '}';
	pending[npending++] = '\n';
	output_flush();
}

void
output_own(const struct log_record *r)
{
	output_line("supervisor", NULL, r);
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
