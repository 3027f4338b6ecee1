/* SPDX-License-Identifier: ISC */
/* What has gone wrong is one line, from the first of the processes. */

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "run.h"

#define LINE_MAX_LEN 400

struct run *run;
const char *run_mode;

static void __attribute__((__format__(printf, 2, 0)))
say_why(int error, const char *fmt, va_list ap)
{
	char what[LINE_MAX_LEN];

	vsnprintf(what, sizeof(what), fmt, ap);
	if (atomic_exchange(&run->failed, 1) == 0)
		fprintf(stderr, "load: %s: %s%s%s\n", run_mode, what,
		    error != 0 ? ": " : "", error != 0 ? strerror(error) : "");
}

/* Buffered output of a process that fails is not to come out: _exit(). */
void
fail(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say_why(errno, fmt, ap);
	va_end(ap);
	_exit(1);
}

void
failx(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say_why(0, fmt, ap);
	va_end(ap);
	_exit(1);
}
