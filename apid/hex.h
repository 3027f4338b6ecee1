/* SPDX-License-Identifier: ISC */
#ifndef HEX_H
#define HEX_H

/* What a hexadecimal digit is worth, in either case; -1: it is none. */
static inline int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

#endif
