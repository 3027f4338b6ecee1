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

/*
 * What a terminal takes for a command, or shows so that what stands behind it
 * looks like something else: C0 and C1, DEL, the ends of line and the turns of
 * direction that Unicode has.
 */
int utf8_is_control(uint32_t point);

/* Is all of it characters? */
int utf8_is_text(const char *s);

#endif
