/* SPDX-License-Identifier: ISC */
/* A table for people. */

#include <err.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "table.h"
#include "utf8.h"

#define GAP 2

struct cell {
	char *text;
	enum colour colour;
};

struct table {
	const char *const *heads;
	size_t n_columns;
	struct cell *cells;
	size_t n_cells;
	size_t room;
};

struct table *
table_new(const char *const *heads, size_t n_columns)
{
	struct table *t = calloc(1, sizeof(*t));

	if (t == NULL)
		err(1, NULL);
	t->heads = heads;
	t->n_columns = n_columns;
	return t;
}

char *
table_plain(const char *text)
{
	char *plain = strdup(text), *p;
	uint32_t point;
	size_t n;

	if (plain == NULL)
		err(1, NULL);
	for (p = plain; *p != '\0'; p += n) {
		n = utf8_character(p, &point);
		if (n > 0 && !utf8_is_control(point))
			continue;
		n = n > 0 ? n : 1;
		memset(p, '?', n);
	}
	return plain;
}

void
table_say(const char *format, ...)
{
	va_list ap;
	char *plain;

	va_start(ap, format);
	for (; *format != '\0'; format++) {
		if (format[0] != '%') {
			putchar(*format);
			continue;
		}
		plain = table_plain(va_arg(ap, const char *));
		fputs(plain, stdout);
		free(plain);
		format++;
	}
	va_end(ap);
}

char *
text_of(const char *format, va_list ap)
{
	char *text;

	if (vasprintf(&text, format, ap) == -1)
		err(1, NULL);
	return text;
}

void
table_cell(struct table *t, enum colour colour, const char *format, ...)
{
	struct cell *cells;
	va_list ap;
	char *text;

	va_start(ap, format);
	text = text_of(format, ap);
	va_end(ap);
	if (t->n_cells == t->room) {
		t->room = t->room * 2 + 32;
		cells = reallocarray(t->cells, t->room, sizeof(*cells));
		if (cells == NULL)
			err(1, NULL);
		t->cells = cells;
	}
	t->cells[t->n_cells++] = (struct cell){ table_plain(text), colour };
	free(text);
}

size_t
table_width(const char *text)
{
	wchar_t wide[512];
	size_t n = mbstowcs(wide, text, 511);
	int width;

	if (n >= 511)
		return strlen(text);
	wide[n] = L'\0';
	width = wcswidth(wide, n);
	return width >= 0 ? (size_t)width : strlen(text);
}

size_t
table_fit(const char *text, size_t columns)
{
	size_t n, len = 0, width = 0;
	mbstate_t state = { 0 };
	wchar_t c;

	while ((n = mbrtowc(&c, text + len, MB_CUR_MAX, &state)) != 0) {
		if (n > MB_CUR_MAX) { /* no character: a column for a byte */
			memset(&state, 0, sizeof(state));
			n = 1;
			c = L'?';
		}
		width += wcwidth(c) > 0 ? (size_t)wcwidth(c) : 0;
		if (width > columns)
			break;
		len += n;
	}
	return len;
}

static size_t
width_of_column(const struct table *t, size_t column)
{
	size_t i, width, max = table_width(t->heads[column]);

	for (i = column; i < t->n_cells; i += t->n_columns) {
		width = table_width(t->cells[i].text);
		if (width > max)
			max = width;
	}
	return max;
}

const char *
table_colour(enum colour colour, int is_coloured)
{
	static const char *const codes[COLOUR_MAX] = {
		[PLAIN] = "\033[0m",
		[RED] = "\033[31m",
		[GREEN] = "\033[32m",
		[YELLOW] = "\033[33m",
		[BLUE] = "\033[34m",
		[PURPLE] = "\033[35m",
	};

	return is_coloured ? codes[colour] : "";
}

/* The last of a row is not padded. */
static void
print_cell(const char *text, enum colour colour, size_t pad, int is_coloured)
{
	is_coloured = is_coloured && colour != PLAIN;
	printf("%s%s%s%*s", table_colour(colour, is_coloured), text,
	    table_colour(PLAIN, is_coloured), (int)pad, "");
}

void
table_print(struct table *t, int is_coloured)
{
	size_t i, column, pad, *widths;

	if ((widths = calloc(t->n_columns, sizeof(*widths))) == NULL)
		err(1, NULL);
	for (column = 0; column < t->n_columns; column++) {
		widths[column] = width_of_column(t, column);
		pad = column + 1 == t->n_columns
		    ? 0
		    : widths[column] - table_width(t->heads[column]) + GAP;
		print_cell(t->heads[column], PLAIN, pad, is_coloured);
	}
	putchar('\n');
	for (i = 0; i < t->n_cells; i++) {
		column = i % t->n_columns;
		pad = column + 1 == t->n_columns
		    ? 0
		    : widths[column] - table_width(t->cells[i].text) + GAP;
		print_cell(
		    t->cells[i].text, t->cells[i].colour, pad, is_coloured);
		if (column + 1 == t->n_columns)
			putchar('\n');
		free(t->cells[i].text);
	}
	free(widths);
	free(t->cells);
	free(t);
}
