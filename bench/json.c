/* SPDX-License-Identifier: ISC */
/* The one line of output. */

#include <inttypes.h>
#include <stdio.h>

#include "clock.h"
#include "run.h"
#include "stats.h"

static int is_first; /* in its object */

/* Keys may come from a user's file. */
static void
text(const char *s)
{
	putchar('"');
	for (; *s != '\0'; s++) {
		if (*s == '"' || *s == '\\')
			putchar('\\');
		if ((unsigned char)*s >= ' ')
			putchar(*s);
	}
	putchar('"');
}

static void
begin(const char *key)
{
	if (!is_first)
		fputs(", ", stdout);
	is_first = 0;
	text(key);
	fputs(": ", stdout);
}

void
json_open(const char *mode)
{
	putchar('{');
	is_first = 1;
	begin("mode");
	text(mode);
}

void
json_object(const char *key)
{
	begin(key);
	putchar('{');
	is_first = 1;
}

void
json_object_end(void)
{
	putchar('}');
	is_first = 0;
}

void
json_count(const char *key, int64_t n)
{
	begin(key);
	printf("%" PRId64, n);
}

void
json_real(const char *key, double x)
{
	begin(key);
	printf("%.4f", x);
}

void
json_us(const char *key, struct samples *s, double quantile)
{
	json_real(key, (double)samples_quantile(s, quantile) / NS_PER_US);
}

void
json_ms(const char *key, struct samples *s, double quantile)
{
	json_real(key, (double)samples_quantile(s, quantile) / NS_PER_MS);
}

/* Some who wait for the line have to see it while this process goes on. */
void
json_close(void)
{
	puts("}");
	if (fflush(stdout) == EOF)
		fail("stdout");
}
