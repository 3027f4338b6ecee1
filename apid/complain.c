/* SPDX-License-Identifier: ISC */
/* What all readers of a configuration file's members need: see file.h. */

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "log.h"
#include "values.h"

void
complain(struct reading *r, const char *path, const char *fmt, ...)
{
	struct path before = path_of(r->within, "");
	struct failure f = { .status = 400 };
	size_t len = strlen(before.text);
	va_list ap;

	memcpy(f.text, before.text, len);
	va_start(ap, fmt);
	vsnprintf(f.text + len, sizeof(f.text) - len, fmt, ap);
	va_end(ap);
	failure_at(&f, path_of(r->within, path).text);
	if (r->n++ == 0)
		r->first = f;
	if (r->tell != NULL)
		r->tell(r->config, r->report, &f);
}

int
is_object(struct reading *r, const char *path, json_t *value)
{
	if (!json_is_object(value))
		complain(r, path, "%s: expected an object, got %s", path,
		    type_name(value));
	return json_is_object(value);
}

int
is_list(struct reading *r, const char *path, json_t *value, size_t max)
{
	if (!json_is_array(value))
		complain(r, path, "%s: expected an array, got %s", path,
		    type_name(value));
	else if (json_array_size(value) > max)
		complain(r, path, "%s: there are more than %zu", path, max);
	else
		return 1;
	return 0;
}

void
complain_of_key(struct reading *r, const char *path, const char *near)
{
	complain(r, path, "%s: unknown key%s%s%s", path,
	    near != NULL ? ": did you mean \"" : "", near != NULL ? near : "",
	    near != NULL ? "\"?" : "");
}

void
complain_of_two(struct reading *r, json_t *object, const char *name)
{
	const char *key;
	size_t n = 0;
	json_t *v;

	json_object_foreach(object, key, v) n += strcasecmp(key, name) == 0;
	if (n > 1)
		complain(r, name, "%s: it is there twice", name);
}

void
complain_of_keys(struct reading *r, json_t *object, const struct keys *keys)
{
	char path[72];
	const char *key;
	size_t i;
	json_t *v;

	json_object_foreach(object, key, v)
	{
		snprintf(path, sizeof(path), "%.64s", key);
		if (!keys_have(keys, key))
			complain_of_key(r, path, keys_meant(keys, key));
	}
	for (i = 0; i < keys->n; i++)
		complain_of_two(r, object, keys->names[i]);
}

void *
room_for_one_more(void *rows, size_t n, size_t size)
{
	if ((n & (n - 1)) != 0)
		return rows;
	rows = reallocarray(rows, n > 0 ? 2 * n : 1, size);
	if (rows == NULL)
		fatal("%s", __func__);
	return rows;
}
