/* SPDX-License-Identifier: ISC */
/* What is wrong with a file of proxies, and where: "3:14: proxy \"web\": ...".
 */

#include <stdarg.h>
#include <stdio.h>

#include "config.h"
#include "config_fault.h"
#include "place.h"

/* As far down as it goes: path is of values, and key is the last one's. */
static void
find_place(
    const struct config *c, const char *path, const char *key, struct place *p)
{
	place_start(p, c->text, c->len);
	if (c->member != NULL)
		(void)place_member(p, c->member);
	if (c->key != NULL)
		(void)place_member(p, c->key);
	else if (c->n > 0)
		(void)place_element(p, c->n - 1);
	place_path(p, c->toxic);
	place_path(p, path);
	if (key != NULL)
		(void)place_key(p, key);
}

/* "proxy \"web\": ", or nothing where there is none in hand */
static void
who(const struct config *c, char *text, size_t size)
{
	const char *name = c->name != NULL ? c->name : c->key;

	*text = '\0';
	if (name != NULL)
		snprintf(text, size, "proxy \"%.128s\": ", name);
	else if (c->n > 0)
		snprintf(text, size,
		    "%s %zu: ", c->what != NULL ? c->what : "proxy", c->n);
}

static void __attribute__((__format__(printf, 3, 0)))
say(struct config *c, const struct place *p, const char *format, va_list ap)
{
	char name[160], why[320];

	who(c, name, sizeof(name));
	vsnprintf(why, sizeof(why), format, ap);
	snprintf(c->error, sizeof(c->error), "%u:%u: %s%s", p->line, p->column,
	    name, why);
}

int
config_bad(struct config *c, const char *path, const char *format, ...)
{
	struct place p;
	va_list ap;

	find_place(c, path, NULL, &p);
	va_start(ap, format);
	say(c, &p, format, ap);
	va_end(ap);
	return -1;
}

int
config_bad_key(struct config *c, const char *path, const char *key,
    const char *format, ...)
{
	struct place p;
	va_list ap;

	find_place(c, path, key, &p);
	va_start(ap, format);
	say(c, &p, format, ap);
	va_end(ap);
	return -1;
}
