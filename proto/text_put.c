/* SPDX-License-Identifier: ISC */
/* See text_put.h. */

#include <string.h>

#include "text_put.h"

void
text_put(char *to, size_t size, const char *from)
{
	const size_t n = strnlen(from, size - 1);

	memcpy(to, from, n);
	memset(to + n, 0, size - n);
}
