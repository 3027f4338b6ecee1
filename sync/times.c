/* SPDX-License-Identifier: ISC */
/* The time of day, as toxid writes it. */

#include <stdio.h>
#include <time.h>

#include "times.h"

const char *
times_now(char text[TIMES_SIZE])
{
	struct timespec ts;
	struct tm tm;
	char s[24];

	clock_gettime(CLOCK_REALTIME, &ts);
	gmtime_r(&ts.tv_sec, &tm);
	strftime(s, sizeof(s), "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(text, TIMES_SIZE, "%s.%03uZ", s,
	    (unsigned int)(ts.tv_nsec / 1000000) % 1000);
	return text;
}
