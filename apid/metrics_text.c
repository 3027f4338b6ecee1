/* SPDX-License-Identifier: ISC */
/* The text format of Prometheus. */

#include <inttypes.h>

#include "metrics.h"

void
metrics_family(FILE *f, const char *name, const char *type, const char *help)
{
	fprintf(f, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

void
metrics_label(FILE *f, const char *name, const char *value)
{
	fprintf(f, "%s=\"", name);
	for (; *value != '\0'; value++) {
		if (*value == '\n')
			fputs("\\n", f);
		else if (*value == '\\' || *value == '"')
			fprintf(f, "\\%c", *value);
		else
			fputc(*value, f);
	}
	fputc('"', f);
}

void
metrics_value(FILE *f, uint64_t value, uint64_t per_s)
{
	if (per_s == 0)
		fprintf(f, "%" PRIu64 "\n", value);
	else
		fprintf(f, "%" PRIu64 ".%06" PRIu64 "\n", value / per_s,
		    value % per_s * (US_PER_S / per_s));
}
