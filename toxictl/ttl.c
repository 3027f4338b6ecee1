/* SPDX-License-Identifier: ISC */
/* Times of leases: see ttl.h. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ttl.h"

#define SECOND 1000
#define MINUTE ((int64_t)60 * SECOND)
#define HOUR (60 * MINUTE)

const char ttl_wanted[] =
    "a TIME is a number with its unit: 500ms, 30s, 5m, 2h; or 0, for good";

static const struct unit {
	const char *name;
	int64_t ms;
} units[] = { { "ms", 1 }, { "s", SECOND }, { "m", MINUTE }, { "h", HOUR } };

int64_t
ttl_of_text(const char *text)
{
	const size_t digits = strspn(text, "0123456789.");
	double number;
	char *end;
	size_t i;

	if (strcmp(text, "0") == 0)
		return 0;
	number = strtod(text, &end);
	if (digits == 0 || end != text + digits)
		return -1;
	for (i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (strcmp(end, units[i].name) != 0)
			continue;
		number *= (double)units[i].ms;
		return number >= 1 && number < 1e15 ? (int64_t)number : -1;
	}
	return -1;
}

void
ttl_text(int64_t ms, char *text, size_t size)
{
	const long long hours = ms / HOUR, minutes = ms % HOUR / MINUTE;
	const long long seconds = ms % MINUTE / SECOND;

	if (ms < SECOND)
		snprintf(text, size, "%lldms", (long long)ms);
	else if (ms < MINUTE)
		snprintf(text, size, "%llds", seconds);
	else if (ms < HOUR)
		snprintf(text, size, "%lldm%llds", minutes, seconds);
	else
		snprintf(text, size, "%lldh%lldm", hours, minutes);
}
