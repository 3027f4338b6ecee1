/* SPDX-License-Identifier: ISC */
/*
 * The parser stops at a number that fits in none of its types, wherever it
 * stands; the original only where the number is wanted.
 */

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "numbers.h"

static int
fits(const char *number, size_t len)
{
	if (strspn(number, "-0123456789") < len)
		return isfinite(strtod(number, NULL));
	errno = 0;
	strtoll(number, NULL, 10);
	return errno != ERANGE;
}

#define QUOTE(x) #x
#define IN_QUOTES(x) QUOTE(x)

/*
 * An integer of 19 digits or more, in no more characters, as the same double:
 * 17 digits say it.  "9223372036854775808" is "92233720368547758e2".
 */
static int
write_integer(char *text, size_t size, double value)
{
	char digits[32], *e, *point;
	int exponent;

	snprintf(digits, sizeof(digits), "%.16e", value);
	if ((e = strchr(digits, 'e')) == NULL ||
	    (point = strchr(digits, '.')) == NULL)
		return snprintf(text, size, "0"); /* cannot be */
	exponent = (int)strtol(e + 1, NULL, 10);
	*e = '\0';
	*point = '\0';
	return snprintf(
	    text, size, "%s%se%d", digits, point + 1, exponent - 16);
}

/* In its place, and never longer: such a number has 5 characters or more. */
static void
replace(char *number, size_t len)
{
	double value = strtod(number, NULL);
	char text[48];
	int n;

	if (isfinite(value))
		n = write_integer(text, sizeof(text), value);
	else
		n = snprintf(text, sizeof(text),
		    "%s" IN_QUOTES(NUMBER_TOO_LARGE),
		    signbit(value) ? "-" : "");
	memset(number, ' ', len);
	memcpy(number, text, (size_t)n);
}

void
numbers_replace_large(char *body)
{
	int in_string = 0;
	size_t len;

	for (; *body != '\0'; body += len) {
		len = in_string ||
			(*body != '-' && !isdigit((unsigned char)*body))
		    ? 1
		    : strspn(body, "0123456789+-.eE");
		if (in_string && body[0] == '\\' && body[1] != '\0')
			len = 2;
		else if (*body == '"')
			in_string = !in_string;
		else if (len > 1 && !fits(body, len))
			replace(body, len);
	}
}
