/* SPDX-License-Identifier: ISC */
/* Log lines as data: built here, written by ctld, and before it by toxid. */

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"

static int threshold = LOG_TRACE;
static void (*sink)(const struct log_record *);

void
log_init(int level, void (*fn)(const struct log_record *))
{
	threshold = level;
	sink = fn;
}

int
log_wants(int level)
{
	return sink != NULL && level >= threshold;
}

/* A field that does not fit is left out whole: a line is never ill-formed. */
static void
record_add(struct log_record *r, const struct log_field *f)
{
	const char *owner = f->owner != NULL ? f->owner : "";
	size_t room = sizeof(r->fields) - r->fields_len;
	char *at = r->fields + r->fields_len;
	int n;

	if (f->text != NULL)
		n = snprintf(at, room, "s%s%c%s%s%s", f->key, '\0', owner,
		    owner[0] != '\0' ? "/" : "", f->text);
	else
		n = snprintf(
		    at, room, "n%s%c%" PRId64, f->key, '\0', f->number);
	if (n >= 0 && (size_t)n < room)
		r->fields_len += (uint32_t)n + 1;
}

void
log_make(struct log_record *r, int level, const char *message,
    const struct log_field *fields, size_t nfields)
{
	size_t i;

	memset(r, 0, sizeof(*r));
	r->level = level;
	snprintf(r->message, sizeof(r->message), "%s", message);
	for (i = 0; i < nfields && i < LOG_FIELDS_MAX; i++)
		record_add(r, &fields[i]);
}

void
log_fields(int level, const char *message, const struct log_field *fields,
    size_t nfields)
{
	struct log_record r;

	if (!log_wants(level))
		return;
	log_make(&r, level, message, fields, nfields);
	sink(&r);
}

static void __attribute__((__format__(printf, 3, 0)))
log_formatted(int level, int error, const char *fmt, va_list ap)
{
	struct log_field f = LOG_STR("error", strerror(error));
	char message[sizeof(((struct log_record *)0)->message)];

	vsnprintf(message, sizeof(message), fmt, ap);
	log_fields(level, message, &f, error != 0);
}

void
log_info(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_formatted(LOG_INFO, 0, fmt, ap);
	va_end(ap);
}

void
log_warn(const char *fmt, ...)
{
	int error = errno;
	va_list ap;

	va_start(ap, fmt);
	log_formatted(LOG_WARN, error, fmt, ap);
	va_end(ap);
}

void
log_warnx(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_formatted(LOG_WARN, 0, fmt, ap);
	va_end(ap);
}

void
fatal(const char *fmt, ...)
{
	int error = errno;
	va_list ap;

	va_start(ap, fmt);
	log_formatted(LOG_FATAL, error, fmt, ap);
	va_end(ap);
	exit(1);
}

void
fatalx(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_formatted(LOG_FATAL, 0, fmt, ap);
	va_end(ap);
	exit(1);
}
