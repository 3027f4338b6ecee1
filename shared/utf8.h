/* SPDX-License-Identifier: ISC */
#ifndef UTF8_H
#define UTF8_H

#include <stddef.h>
#include <stdint.h>

/*
 * Of the UTF-8 character at s, a text that ends: its length in bytes, 1 to 4,
 * and its code point.  0: it is none, or the end.  RFC 3629: nothing overlong,
 * no surrogate, nothing above U+10FFFF.
 */
size_t utf8_character(const char *s, uint32_t *point);

/* Is all of it such characters? */
int utf8_is_text(const char *s);

#endif
