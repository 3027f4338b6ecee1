/* SPDX-License-Identifier: ISC */
/* Numbers in JSON, as Go prints them. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apid.h"

static void
write_whole(FILE *f, const char *digits, int zeros)
{
	for (; *digits != '\0'; digits++) {
		if (*digits != '.')
			fputc(*digits, f);
	}
	while (zeros-- > 0)
		fputc('0', f);
}

/*
 * Go's: an exponent below 1e-6 and from 1e21 on, without a leading zero; up to
 * there the digits that count, and zeros for the others.  text is value as
 * "%e" writes it, with as many digits as are to be seen.
 */
static void
write_number(FILE *f, double value, char *text)
{
	char *e, *point;
	int exponent, decimals;

	if ((e = strchr(text, 'e')) == NULL) { /* no number: cannot be */
		fputc('0', f);
		return;
	}
	exponent = (int)strtol(e + 1, NULL, 10);
	*e = '\0';
	point = strchr(text, '.');
	decimals = point != NULL ? (int)(e - point) - 1 : 0;
	if (value != 0 && (exponent < -6 || exponent >= 21))
		fprintf(f, "%se%+d", text, exponent);
	else if (exponent < decimals)
		fprintf(f, "%.*f", decimals - exponent, value);
	else
		write_whole(f, text, exponent - decimals);
}

/* As short as it can be, and still read as the same float; as the same double.
 */
void
encode_float(FILE *f, float value)
{
	char text[32];
	int precision;

	for (precision = 0; precision < 9; precision++) {
		snprintf(text, sizeof(text), "%.*e", precision, (double)value);
		if (strtof(text, NULL) == value)
			break;
	}
	write_number(f, (double)value, text);
}

void
encode_double(FILE *f, double value)
{
	char text[32];
	int precision;

	for (precision = 0; precision < 17; precision++) {
		snprintf(text, sizeof(text), "%.*e", precision, value);
		if (strtod(text, NULL) == value)
			break;
	}
	write_number(f, value, text);
}
