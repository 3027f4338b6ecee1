/* SPDX-License-Identifier: ISC */
/* The Prometheus text of a server, line by line. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sample.h"

/* Up to the quote that ends it, \\ \" \n undone.  NULL: it does not end. */
static const char *
read_value(const char *p, char *value, size_t size)
{
	int is_escaped;
	size_t n = 0;

	for (; *p != '"'; p++) {
		is_escaped = *p == '\\';
		p += is_escaped;
		if (*p == '\0')
			return NULL;
		if (n + 1 < size)
			value[n++] =
			    (char)(is_escaped && *p == 'n' ? '\n' : *p);
	}
	value[n] = '\0';
	return p + 1;
}

/* {a="b",c="d"}: what is behind it, or NULL. */
static const char *
read_labels(const char *p, struct sample *s)
{
	char value[SAMPLE_LABEL_MAX] = "";
	const char *name;
	size_t len;

	for (p++; *p != '}'; p += *p == ',') {
		name = p;
		len = strcspn(p, "=,}\"");
		if (p[len] != '=' || p[len + 1] != '"' ||
		    (p = read_value(p + len + 2, value, sizeof(value))) == NULL)
			return NULL;
		if (len == 5 && strncmp(name, "proxy", len) == 0)
			memcpy(s->proxy, value, sizeof(value));
		else if (len == 9 && strncmp(name, "direction", len) == 0)
			memcpy(s->direction, value, sizeof(value));
		if (*p != ',' && *p != '}')
			return NULL;
	}
	return p + 1;
}

/* -1: no sample, as a comment. */
static int
read_line(const char *line, struct sample *s)
{
	size_t len = strcspn(line, "{ \n");
	const char *p = line + len;
	char *end;

	if (*line == '#' || len == 0 || len >= sizeof(s->name))
		return -1;
	memset(s, 0, sizeof(*s));
	memcpy(s->name, line, len);
	if (*p == '{' && (p = read_labels(p, s)) == NULL)
		return -1;
	if (*p != ' ')
		return -1;
	s->value = strtod(p, &end);
	return end != p ? 0 : -1;
}

int
sample_next(const char **text, struct sample *s)
{
	const char *line;

	while (**text != '\0') {
		line = *text;
		*text += strcspn(line, "\n");
		*text += **text == '\n';
		if (read_line(line, s) == 0)
			return 1;
	}
	return 0;
}
