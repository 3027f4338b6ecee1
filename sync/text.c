/* SPDX-License-Identifier: ISC */
/* Texts that grow. */

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "must.h"
#include "text.h"

void
text_add(struct text *t, const char *bytes, size_t len)
{
	if (len >= t->size - t->len) {
		t->size = (t->len + len + 1) * 2;
		t->at = must(realloc(t->at, t->size));
	}
	memcpy(t->at + t->len, bytes, len);
	t->len += len;
	t->at[t->len] = '\0';
}

void
text_puts(struct text *t, const char *s)
{
	text_add(t, s, strlen(s));
}

void
text_drop(struct text *t, size_t len)
{
	t->len -= len;
	memmove(t->at, t->at + len, t->len + 1);
}

void
text_free(struct text *t)
{
	free(t->at);
	memset(t, 0, sizeof(*t));
}

char *
text_format(const char *fmt, ...)
{
	char *text = NULL;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) == -1)
		text = NULL;
	va_end(ap);
	return must(text);
}
