/* SPDX-License-Identifier: ISC */
#ifndef LOG_H
#define LOG_H

#include <stddef.h>
#include <stdint.h>

/* The numbers of zerolog, which LOG_LEVEL accepts too. */
enum log_level {
	LOG_TRACE = -1,
	LOG_DEBUG = 0,
	LOG_INFO = 1,
	LOG_WARN = 2,
	LOG_ERROR = 3,
	LOG_FATAL = 4,
};

/*
 * One line of log on its way from a process that may not write anywhere to
 * the one that does.  fields is a sequence of
 *
 *	's' or 'n'   key NUL   value NUL
 *
 * where 'n' says that the value is a decimal number, and no key comes twice.
 * Fixed size, so that it crosses a process boundary as it is.
 */
#define LOG_FIELDS_MAX 16

struct log_record {
	int32_t level;
	uint32_t fields_len;
	char message[192];
	char fields[1600];
};

/*
 * What a caller adds to a line: a text, or a number where text is NULL.  Where
 * owner is neither NULL nor empty, the text is that of something of its own.
 */
struct log_field {
	const char *key;
	const char *text;
	const char *owner;
	int64_t number;
};
#define LOG_STR(k, v)                   \
	{                               \
		.key = (k), .text = (v) \
	}
/* "owner/text" */
#define LOG_OWNED(k, o, v)                            \
	{                                             \
		.key = (k), .text = (v), .owner = (o) \
	}
#define LOG_INT(k, v)                     \
	{                                 \
		.key = (k), .number = (v) \
	}

/*
 * Every line at or above level goes to sink; until log_init() has been called
 * lines go nowhere.  sink must not block, nor log without end.
 */
void log_init(int level, void (*sink)(const struct log_record *));
int log_wants(int level);

/*
 * message is constant text: what varies goes into the fields, of which the
 * first LOG_FIELDS_MAX count.
 */
void log_fields(
    int level, const char *message, const struct log_field *, size_t nfields);

/* The line itself, whether or not it is wanted. */
void log_make(struct log_record *, int level, const char *message,
    const struct log_field *, size_t nfields);

#define log_event(level, message, ...)                                        \
	log_fields(level, message, (const struct log_field[]){ __VA_ARGS__ }, \
	    sizeof((const struct log_field[]){ __VA_ARGS__ }) /               \
		sizeof(struct log_field))

/* The f of printf; log_warn and fatal add errno as the field "error". */
void log_info(const char *, ...) __attribute__((__format__(printf, 1, 2)));
void log_warn(const char *, ...) __attribute__((__format__(printf, 1, 2)));
void log_warnx(const char *, ...) __attribute__((__format__(printf, 1, 2)));

/* Log, then exit 1. */
void fatal(const char *, ...)
    __attribute__((__noreturn__, __format__(printf, 1, 2)));
void fatalx(const char *, ...)
    __attribute__((__noreturn__, __format__(printf, 1, 2)));

#endif
