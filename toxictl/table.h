/* SPDX-License-Identifier: ISC */
/* A table for people: aligned, with colours where they are wanted. */
#ifndef TABLE_H
#define TABLE_H

#include <stdarg.h>
#include <stddef.h>

enum colour {
	PLAIN,
	RED,
	GREEN,
	YELLOW,
	BLUE,
	PURPLE,
	COLOUR_MAX
};

struct table;

/* heads: one for each column, borrowed.  Exits if there is no memory. */
struct table *table_new(const char *const *heads, size_t n_columns);

/* The next cell, row by row. */
void table_cell(struct table *, enum colour, const char *format, ...)
    __attribute__((__format__(__printf__, 3, 4)));

/* On stdout; frees it. */
void table_print(struct table *, int is_coloured);

/* "\033[31m", or "" when there are to be none; PLAIN ends one. */
const char *table_colour(enum colour, int is_coloured);

/* As vprintf(3) would say it; the caller's to free.  Exits if there is no
 * memory. */
char *text_of(const char *format, va_list)
    __attribute__((__format__(__printf__, 1, 0)));

/* In columns of a terminal; in bytes, if that can't be told. */
size_t table_width(const char *text);

/* So many bytes of it fit in so many columns. */
size_t table_fit(const char *text, size_t columns);

/*
 * On stdout, as printf(3) with nothing but %s: what is put in shows neither a
 * terminal commands, nor who reads lines another line or column.
 */
void table_say(const char *format, ...)
    __attribute__((__format__(__printf__, 1, 2)));

/*
 * Text of a server, in which a terminal sees no commands, and nobody what is no
 * UTF-8: a '?' for each byte of such.  By malloc.
 */
char *table_plain(const char *text);

#endif
