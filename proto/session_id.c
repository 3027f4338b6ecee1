/* SPDX-License-Identifier: ISC */

#include <string.h>
#include <sys/random.h>

#include "session_id.h"

static const char digits[] = "0123456789abcdef";

int
session_id_is_same(const struct session_id *a, const struct session_id *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

int
session_id_is_none(const struct session_id *id)
{
	static const struct session_id none;

	return session_id_is_same(id, &none);
}

void
session_id_text(const struct session_id *id, char text[SESSION_ID_TEXT + 1])
{
	size_t i;

	for (i = 0; i < sizeof(id->bytes); i++) {
		*text++ = digits[id->bytes[i] >> 4];
		*text++ = digits[id->bytes[i] & 15];
	}
	*text = '\0';
}

/* As it is written, and in no other way. */
static int
digit(char c)
{
	const char *at = c != '\0' ? strchr(digits, c) : NULL;

	return at != NULL ? (int)(at - digits) : -1;
}

int
session_id_of_text(struct session_id *id, const char *text)
{
	size_t i;
	int high, low;

	if (strlen(text) != SESSION_ID_TEXT)
		return -1;
	for (i = 0; i < sizeof(id->bytes); i++) {
		high = digit(*text++);
		low = digit(*text++);
		if (high == -1 || low == -1)
			return -1;
		id->bytes[i] = (uint8_t)(high << 4 | low);
	}
	return session_id_is_none(id) ? -1 : 0;
}

int
session_id_make(struct session_id *id)
{
	return getrandom(id->bytes, sizeof(id->bytes), 0) ==
		(ssize_t)sizeof(id->bytes)
	    ? 0
	    : -1;
}
