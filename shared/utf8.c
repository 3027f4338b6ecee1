/* SPDX-License-Identifier: ISC */
/* What is UTF-8, and what only looks like it. */

#include "nitems.h"
#include "utf8.h"

/* What the first byte says: how many follow, and what the second may be. */
static const struct form {
	unsigned char first, last, low, high;
	size_t length;
} forms[] = {
	{ 0x01, 0x7f, 0, 0, 1 },
	{ 0xc2, 0xdf, 0x80, 0xbf, 2 },
	{ 0xe0, 0xe0, 0xa0, 0xbf, 3 },
	{ 0xe1, 0xec, 0x80, 0xbf, 3 },
	{ 0xed, 0xed, 0x80, 0x9f, 3 },
	{ 0xee, 0xef, 0x80, 0xbf, 3 },
	{ 0xf0, 0xf0, 0x90, 0xbf, 4 },
	{ 0xf1, 0xf3, 0x80, 0xbf, 4 },
	{ 0xf4, 0xf4, 0x80, 0x8f, 4 },
};

static const struct form *
form_of(unsigned char first)
{
	size_t i;

	for (i = 0; i < nitems(forms); i++) {
		if (first >= forms[i].first && first <= forms[i].last)
			return &forms[i];
	}
	return NULL;
}

size_t
utf8_character(const char *text, uint32_t *point)
{
	const unsigned char *s = (const unsigned char *)text;
	const struct form *f = form_of(s[0]);
	size_t i;

	if (f == NULL)
		return 0;
	*point = f->length == 1 ? s[0] : s[0] & (0x7fU >> f->length);
	if (f->length > 1 && (s[1] < f->low || s[1] > f->high))
		return 0;
	for (i = 1; i < f->length; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		*point = *point << 6 | (s[i] & 0x3fU);
	}
	return f->length;
}

int
utf8_is_control(uint32_t point)
{
	return point < 0x20 || (point >= 0x7f && point < 0xa0) ||
	    point == 0x61c || (point >= 0x200e && point <= 0x200f) ||
	    (point >= 0x2028 && point <= 0x202e) ||
	    (point >= 0x2066 && point <= 0x2069) || point == 0xfeff;
}

int
utf8_is_text(const char *s)
{
	uint32_t point;
	size_t n;

	for (; *s != '\0'; s += n) {
		if ((n = utf8_character(s, &point)) == 0)
			return 0;
	}
	return 1;
}
