/* SPDX-License-Identifier: ISC */
/* How a call says what went wrong. */

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "failure.h"

struct toxi_error *
failure_begin(
    struct toxi_error *err, struct toxi_error *spare, const char *call)
{
	if (err == NULL)
		err = spare;
	memset(err, 0, sizeof(*err));
	err->call = call;
	return err;
}

int
fail(struct toxi_error *err, enum toxi_code code, const char *format, ...)
{
	va_list ap;
	char *p;

	err->code = code;
	va_start(ap, format);
	vsnprintf(err->text, sizeof(err->text), format, ap);
	va_end(ap);
	for (p = err->text; *p != '\0'; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			*p = ' ';
	return -1;
}

int
fail_nomem(struct toxi_error *err)
{
	return fail(err, TOXI_ERR_NOMEM, "no memory");
}

int
fail_system(struct toxi_error *err, int error_number, const char *what)
{
	char buffer[128];

	err->error_number = error_number;
	/* GNU's, which returns the text */
	return fail(err, TOXI_ERR_SYSTEM, "%s: %s", what,
	    strerror_r(error_number, buffer, sizeof(buffer)));
}

int
failure_is_gone(const struct toxi_error *err)
{
	return err->code == TOXI_ERR_HTTP && err->status == 404;
}

static const char *const names[] = {
	[TOXI_OK] = "TOXI_OK",
	[TOXI_ERR_ARGUMENT] = "TOXI_ERR_ARGUMENT",
	[TOXI_ERR_NOMEM] = "TOXI_ERR_NOMEM",
	[TOXI_ERR_CONNECT] = "TOXI_ERR_CONNECT",
	[TOXI_ERR_TIMEOUT] = "TOXI_ERR_TIMEOUT",
	[TOXI_ERR_TRANSPORT] = "TOXI_ERR_TRANSPORT",
	[TOXI_ERR_PROTOCOL] = "TOXI_ERR_PROTOCOL",
	[TOXI_ERR_HTTP] = "TOXI_ERR_HTTP",
	[TOXI_ERR_UNSUPPORTED] = "TOXI_ERR_UNSUPPORTED",
	[TOXI_ERR_SYSTEM] = "TOXI_ERR_SYSTEM",
	[TOXI_ERR_CANCELLED] = "TOXI_ERR_CANCELLED",
};

const char *
toxi_code_name(enum toxi_code code)
{
	if ((size_t)code >= sizeof(names) / sizeof(names[0]))
		return "unknown";
	return names[code];
}
