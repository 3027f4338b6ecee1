/* SPDX-License-Identifier: ISC */
/* Names in keys: as in a URL. */

#include <stdlib.h>
#include <string.h>

#include "fleet_keys.h"

static int
is_unreserved(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || (c != '\0' && strchr("._~-", c) != NULL);
}

char *
percent_encode(const char *text)
{
	static const char digits[] = "0123456789ABCDEF";
	char *encoded = malloc(strlen(text) * 3 + 1), *to = encoded;
	unsigned char c;

	if (encoded == NULL)
		return NULL;
	for (; (c = (unsigned char)*text) != '\0'; text++) {
		if (is_unreserved(c)) {
			*to++ = (char)c;
			continue;
		}
		*to++ = '%';
		*to++ = digits[c >> 4];
		*to++ = digits[c & 15];
	}
	*to = '\0';
	return encoded;
}

static int
digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

char *
percent_decode(const char *text)
{
	char *decoded = malloc(strlen(text) + 1), *to = decoded;
	int high, low;

	if (decoded == NULL)
		return NULL;
	for (; *text != '\0'; text++) {
		if (*text != '%') {
			*to++ = *text;
			continue;
		}
		if ((high = digit(text[1])) == -1 ||
		    (low = digit(text[2])) == -1 || (high | low) == 0) {
			free(decoded);
			return NULL;
		}
		*to++ = (char)(high << 4 | low);
		text += 2;
	}
	*to = '\0';
	return decoded;
}
