/* SPDX-License-Identifier: ISC */
/* What is wrong with a member of a configuration file: see file.h. */

#include <stdarg.h>
#include <stdio.h>

#include "file.h"

void
complain(struct complaints *of, const char *path, const char *fmt, ...)
{
	struct failure f = { .status = 400 };
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(f.text, sizeof(f.text), fmt, ap);
	va_end(ap);
	failure_at(&f, path);
	if (of->n++ == 0)
		of->first = f;
	if (of->tell != NULL)
		of->tell(of->config, of->report, &f);
}
