/* SPDX-License-Identifier: ISC */
/* When something ends, as people say it and as the API has it. */

#include <string.h>
#include <time.h>

#include "expiry.h"

#define FORMAT "%Y-%m-%dT%H:%M:%S"

/* 9999-12-31T23:59:59Z, behind which a year has five digits. */
#define LAST ((int64_t)253402300799)

#define DIGITS "0123456789"

/* 0: it is no unit. */
static int64_t
seconds_of(const char *unit)
{
	static const struct {
		const char *unit;
		int64_t seconds;
	} units[] = { { "s", 1 }, { "m", 60 }, { "h", 3600 }, { "d", 86400 },
		{ "w", 604800 } };
	size_t i;

	for (i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (strcmp(unit, units[i].unit) == 0)
			return units[i].seconds;
	return 0;
}

/* "30d"; 0: it is no such. */
static int64_t
from_now(const char *said, int64_t now)
{
	size_t i, len = strspn(said, DIGITS);
	int64_t each = seconds_of(said + len), n = 0;

	if (len == 0 || each == 0)
		return 0;
	for (i = 0; i < len; i++) {
		n = n * 10 + (said[i] - '0');
		if (n > (LAST - now) / each)
			return 0;
	}
	return n > 0 ? now + n * each : 0;
}

/*
 * strptime(3) mends a 30th of February: what it has read is written again.  0:
 * it is no time.
 */
static int64_t
of_calendar(const char *said)
{
	char again[sizeof("2027-01-31T00:00:00")] = "";
	struct tm tm = { .tm_mday = 1 }, zone = { .tm_mday = 1 };
	const char *end = strptime(said, FORMAT, &tm);
	size_t len = sizeof(again) - 1;
	time_t at;

	if (end != said + len)
		return 0;
	if (end[0] == '.' && strspn(end + 1, DIGITS) > 0)
		end += 1 + strspn(end + 1, DIGITS);
	if (strcmp(end, "z") == 0)
		end = "Z";
	if (*end == ' ' || (end = strptime(end, "%z", &zone)) == NULL ||
	    *end != '\0')
		return 0;
	at = timegm(&tm);
	if (strftime(again, sizeof(again), FORMAT, &tm) != len ||
	    strncmp(again, said, len) != 0)
		return 0;
	return at - zone.tm_gmtoff;
}

int
expiry_text(const char *said, int64_t now, char text[EXPIRY_TEXT_MAX + 1])
{
	int64_t s = from_now(said, now);
	struct tm tm;
	time_t at;

	if (s == 0)
		s = of_calendar(said);
	at = (time_t)s;
	if (s <= 0 || s > LAST || gmtime_r(&at, &tm) == NULL)
		return -1;
	return strftime(text, EXPIRY_TEXT_MAX, FORMAT "Z", &tm) > 0 ? 0 : -1;
}
