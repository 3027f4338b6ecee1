/* SPDX-License-Identifier: ISC */
#ifndef TEXT_H
#define TEXT_H

#include <stddef.h>

/* A text that grows; has no NUL in it, and one behind it. */
struct text {
	char *at; /* NULL: it is empty */
	size_t len, size;
};

void text_add(struct text *, const char *, size_t);
void text_puts(struct text *, const char *);
/* Those of the beginning go. */
void text_drop(struct text *, size_t);
void text_free(struct text *);
char *text_format(const char *, ...) __attribute__((__format__(printf, 1, 2)));

#endif
