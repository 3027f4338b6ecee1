/* SPDX-License-Identifier: ISC */
/* See log_line.h. */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "log.h"
#include "log_keys.h"
#include "log_line.h"
#include "utf8.h"

/* What stands behind a record's fields: the time, and the longest message. */
#define END_MAX 1536

static int logfmt, is_journal;

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
log_line_open(const char *format)
{
	is_journal = is_stdout(getenv("JOURNAL_STREAM"));
	logfmt = format != NULL ? strcmp(format, "logfmt") == 0
				: isatty(STDOUT_FILENO);
}

static void
add(struct log_line *l, const char *s, size_t n)
{
	if (n > sizeof(l->text) - l->len)
		n = sizeof(l->text) - l->len;
	memcpy(l->text + l->len, s, n);
	l->len += n;
}

static void
add_text(struct log_line *l, const char *s)
{
	add(l, s, strlen(s));
}

/* \uXXXX, without printf(3): a child says as many as it likes. */
static void
add_escaped(struct log_line *l, uint32_t point)
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
add_quoted(struct log_line *l, const char *s)
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
add_field(struct log_line *l, const char *key, const char *value, int is_number)
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
add_own(struct log_line *l, enum log_key key, const char *value)
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
add_record_fields(struct log_line *l, const struct log_record *r)
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
add_time(struct log_line *l, time_t at)
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

/* Order and names are those of zerolog's lines. */
void
log_line_make(struct log_line *l, const char *role, const char *proxy,
    time_t at, const struct log_record *r)
{
	char priority[8];

	l->len = 0;
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
