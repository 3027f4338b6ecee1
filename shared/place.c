/* SPDX-License-Identifier: ISC */
/*
 * Lines and columns of values, which the parser does not keep: the text is gone
 * through once more when somebody has to be told.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "place.h"

static void
step(struct place *p)
{
	if (*p->at == '\n') {
		p->line++;
		p->column = 1;
	} else if (((unsigned char)*p->at & 0xc0) != 0x80) {
		p->column++;
	}
	p->at++;
}

/* Blanks and the marks between values; it stops at what is none of them. */
static void
skip(struct place *p, const char *marks)
{
	while (p->at < p->end && *p->at != '\0' && strchr(marks, *p->at))
		step(p);
}

static void
skip_string(struct place *p)
{
	step(p);
	while (p->at < p->end && *p->at != '"') {
		if (*p->at == '\\')
			step(p);
		if (p->at < p->end)
			step(p);
	}
	if (p->at < p->end)
		step(p);
}

static void
skip_value(struct place *p)
{
	size_t depth = 0;

	do {
		if (p->at == p->end)
			return;
		if (*p->at == '"') {
			skip_string(p);
			continue;
		}
		if (*p->at == '{' || *p->at == '[')
			depth++;
		else if (*p->at == '}' || *p->at == ']')
			depth--;
		step(p);
	} while (depth > 0);
	while (p->at < p->end && *p->at != '\0' &&
	    strchr(",]} \t\r\n", *p->at) == NULL)
		step(p); /* the rest of a number, or of a word */
}

void
place_start(struct place *p, const char *text, size_t len)
{
	*p = (struct place){ text, text + len, 1, 1 };
	skip(p, " \t\r\n");
}

/* Without a look at escapes: a key that has some is not found. */
static int
is_key(const struct place *p, const char *key)
{
	size_t len = strlen(key);

	return (size_t)(p->end - p->at) >= len + 2 &&
	    strncasecmp(p->at + 1, key, len) == 0 && p->at[len + 1] == '"';
}

static int
find_member(struct place *p, const char *key, int is_for_key)
{
	struct place at = *p, found = { 0 };

	if (at.at == at.end || *at.at != '{')
		return -1;
	step(&at);
	for (;;) {
		skip(&at, ", \t\r\n");
		if (at.at == at.end || *at.at != '"')
			break;
		if (is_key(&at, key))
			found = at;
		skip_string(&at);
		skip(&at, ": \t\r\n");
		skip_value(&at);
	}
	if (found.at == NULL)
		return -1;
	*p = found;
	if (is_for_key)
		return 0;
	skip_string(p);
	skip(p, ": \t\r\n");
	return 0;
}

int
place_member(struct place *p, const char *key)
{
	return find_member(p, key, 0);
}

int
place_key(struct place *p, const char *key)
{
	return find_member(p, key, 1);
}

/* Past the marks before an element; -1: there is none. */
static int
is_element(struct place *p)
{
	skip(p, ", \t\r\n");
	return p->at == p->end || *p->at == ']' ? -1 : 0;
}

int
place_next(struct place *p)
{
	struct place at = *p;

	skip_value(&at);
	if (is_element(&at) == -1)
		return -1;
	*p = at;
	return 0;
}

int
place_element(struct place *p, size_t i)
{
	struct place at = *p;

	if (at.at == at.end || *at.at != '[')
		return -1;
	step(&at);
	if (is_element(&at) == -1)
		return -1;
	while (i-- > 0) {
		if (place_next(&at) == -1)
			return -1;
	}
	*p = at;
	return 0;
}

void
place_path(struct place *p, const char *path)
{
	char key[128];
	size_t len;

	for (; *path != '\0'; path += strspn(path, ".")) {
		if (*path == '[') {
			if (place_element(p, strtoul(path + 1, NULL, 10)) == -1)
				return;
			path += strcspn(path, "]");
			path += *path == ']';
			continue;
		}
		len = strcspn(path, ".[");
		snprintf(key, sizeof(key), "%.*s", (int)len, path);
		if (place_member(p, key) == -1)
			return;
		path += len;
	}
}
