/* SPDX-License-Identifier: ISC */

#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/random.h>

#include "agreed.h"
#include "token_text.h"

_Static_assert(TOKEN_MADE_MAX <= TOKEN_TEXT_MAX, "it is read as any other");

/* As RFC 4648 has it for URLs, without padding; text ends with a NUL. */
static void
base64url(const uint8_t *bytes, size_t n, char *text)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789-_";
	unsigned int held = 0, bits = 0;

	for (; n > 0; n--) {
		held = held << 8 | *bytes++;
		for (bits += 8; bits >= 6;) {
			bits -= 6;
			*text++ = digits[held >> bits & 63];
		}
	}
	if (bits > 0)
		*text++ = digits[held << (6 - bits) & 63];
	*text = '\0';
}

int
token_make(char text[TOKEN_MADE_MAX + 1])
{
	uint8_t bytes[TOKEN_RANDOM];

	if (getrandom(bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes))
		return -1;
	memcpy(text, TOKEN_PREFIX, sizeof(TOKEN_PREFIX));
	base64url(bytes, sizeof(bytes), text + sizeof(TOKEN_PREFIX) - 1);
	explicit_bzero(bytes, sizeof(bytes));
	return 0;
}
