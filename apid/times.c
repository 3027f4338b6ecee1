/* SPDX-License-Identifier: ISC */
/* Times as text, in UTC: RFC 3339. */

#include <string.h>
#include <time.h>

#include "apid.h"

#define FORMAT "%Y-%m-%dT%H:%M:%S"

/* Behind the seconds: a fraction, which is dropped, and that it is UTC. */
static int
is_utc(const char *text)
{
	size_t digits;

	if (*text == '.') {
		digits = strspn(++text, "0123456789");
		if (digits == 0)
			return 0;
		text += digits;
	}
	return strcmp(text, "Z") == 0 || strcmp(text, "z") == 0 ||
	    strcmp(text, "+00:00") == 0;
}

/*
 * RFC 3339, in UTC.  strptime(3) takes more than that, and mends a 30th of
 * February: what it has read is written again.  0: it is none after 1970.
 */
int64_t
time_of_text(const char *text)
{
	char again[sizeof("2027-01-31T00:00:00")] = "";
	struct tm tm = { .tm_mday = 1 };
	const char *end = strptime(text, FORMAT, &tm);
	size_t len = sizeof(again) - 1;
	time_t at;

	if (end != text + len || !is_utc(end))
		return 0;
	at = timegm(&tm);
	if (at <= 0 || gmtime_r(&at, &tm) == NULL ||
	    strftime(again, sizeof(again), FORMAT, &tm) != len)
		return 0;
	return strncmp(again, text, len) == 0 ? at : 0;
}

void
encode_time(FILE *f, int64_t at)
{
	time_t t = (time_t)at;
	char text[32];
	struct tm tm;

	if (at == 0 || gmtime_r(&t, &tm) == NULL ||
	    strftime(text, sizeof(text), FORMAT "Z", &tm) == 0)
		fputs("null", f);
	else
		encode_string(f, text);
}

void
encode_time_ms(FILE *f, int64_t ms)
{
	time_t t = (time_t)(ms / 1000);
	char text[32] = "";
	struct tm tm;

	if (gmtime_r(&t, &tm) != NULL)
		(void)strftime(text, sizeof(text), FORMAT, &tm);
	fprintf(f, "\"%s.%03dZ\"", text, (int)(ms % 1000));
}
