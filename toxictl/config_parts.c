/* SPDX-License-Identifier: ISC */
/* See config_parts.h. */

#include <strings.h>

#include "config_fault.h"
#include "config_kinds.h"
#include "config_parts.h"
#include "meant.h"

json_t *
config_member(json_t *object, const char *name)
{
	json_t *value, *found = NULL;
	const char *key;

	json_object_foreach(object, key, value)
	{
		if (strcasecmp(key, name) == 0 && !json_is_null(value))
			found = value;
	}
	return found;
}

/*
 * Of what it has beside these keys, the API looks at nothing.  But what is
 * nearly one of them would be something that silently does not happen.
 */
int
config_check_keys(struct config *c, json_t *object, const char *const *keys,
    size_t n, const char *what)
{
	const char *key, *near;
	json_t *value;

	if (!json_is_object(object))
		return config_bad(c, "", "%s is no object", what);
	json_object_foreach(object, key, value)
	{
		if ((near = meant(key, keys, n)) != NULL &&
		    strcasecmp(key, near) != 0)
			return config_bad_key(c, "", key,
			    "unknown key \"%.64s\": did you mean \"%s\"?", key,
			    near);
	}
	return 0;
}

int
config_take_text(
    struct config *c, json_t *object, const char *key, const char **text)
{
	json_t *value = config_member(object, key);

	if (value == NULL)
		return 0;
	if ((*text = json_string_value(value)) == NULL)
		return config_bad(c, key, "\"%s\" is no text", key);
	return 0;
}

int
config_take_ttl(struct config *c, json_t *json, int64_t *ttl_ms)
{
	json_t *ttl = config_member(json, "ttl");

	if (ttl != NULL &&
	    (!config_is_integer(ttl) || json_number_value(ttl) < 0))
		return config_bad(
		    c, "ttl", "a \"ttl\" is a number of milliseconds");
	*ttl_ms = (int64_t)json_number_value(ttl);
	return 0;
}
