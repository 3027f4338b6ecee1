/* SPDX-License-Identifier: ISC */
/* "profiles": {...} of a configuration file: networks by name. */

#include <string.h>
#include <strings.h>

#include "agreed.h"
#include "attributes.h"
#include "file.h"
#include "profiles.h"
#include "toxic_owner.h"
#include "values.h"

static int
has_name(json_t *json)
{
	const char *given = json_string_value(member(json, "name"));

	return given != NULL && *given != '\0';
}

/* Of the same profile, which begins at that one. */
static int
is_taken(const struct config *c, size_t first, const char *name)
{
	size_t i;

	for (i = first; i < c->nprofiles; i++) {
		if (strcmp(c->profiles[i].name, name) == 0)
			return 1;
	}
	return 0;
}

/* How long it stays is said by who asks for the profile; it is that one's. */
static int
has_what_it_may_not(
    struct reading *r, const char *path, const struct toxic_spec *spec)
{
	const char *field = NULL;
	struct path at;

	if (spec->lease != 0)
		field = "ttl";
	if (spec->nowner > 0)
		field = "owner";
	if (field == NULL)
		return 0;
	at = path_of(path, field);
	complain(r, at.text,
	    "%s: invalid attribute %s: a toxic of a profile has none", path,
	    field);
	return 1;
}

/* Profiles are toxid's own: what is misspelt in one would be a network that is
 * another.  An attribute that there is none of is refused for each type. */
static int
has_unknown(struct reading *r, const char *path, json_t *json)
{
	const char *type = json_string_value(member(json, "type")), *key;
	const enum toxic_kind kind =
	    type != NULL ? toxic_kind_of(type) : TOXIC_NONE;
	const struct path attributes = path_of(path, "attributes");
	const size_t before = r->n;
	char text[256];
	json_t *v;

	json_object_foreach(json, key, v)
	{
		if (!json_is_null(v) && !keys_have(&toxic_keys, key))
			complain_of_key(r, path_of(path, key).text,
			    keys_meant(&toxic_keys, key));
	}
	json_object_foreach(member(json, "attributes"), key, v)
	{
		if (kind == TOXIC_NONE || json_is_null(v) ||
		    attribute_is_known(kind, key))
			continue;
		attribute_unknown(kind, key, text, sizeof(text));
		complain(r, path_of(attributes.text, key).text, "%s: %s", path,
		    text);
	}
	return r->n > before;
}

static void
add(struct reading *r, const char *path, const char *owner, size_t first,
    json_t *json)
{
	struct config *c = r->config;
	struct failure f = { .status = 400 };
	struct toxic_spec spec;

	if (has_unknown(r, path, json))
		return;
	if (decode_toxic(&spec, NULL, json, &f) == -1) {
		complain(r, path, "%s: %s", path, f.text);
		return;
	}
	if (has_what_it_may_not(r, path, &spec))
		return;
	if (!has_name(json))
		profile_name_toxic(&spec);
	(void)toxic_owner_set(&spec, owner);
	if (is_taken(c, first, spec.name))
		complain(r, path, "%s: a toxic \"%s\" is there twice", path,
		    spec.name);
	else if (c->nprofiles == FILE_PROFILES_MAX)
		complain(r, path,
		    "%s: there are more than %d toxics of profiles", path,
		    FILE_PROFILES_MAX);
	else {
		c->profiles = room_for_one_more(
		    c->profiles, c->nprofiles, sizeof(*c->profiles));
		c->profiles[c->nprofiles++] = spec;
	}
}

/* Whoever asks for one says its name in any case.  NULL: there is none. */
static const char *
same_before(json_t *all, const char *name)
{
	const char *before;
	json_t *list;

	json_object_foreach(all, before, list)
	{
		if (strcmp(before, name) == 0)
			break;
		if (strcasecmp(before, name) == 0)
			return before;
	}
	return NULL;
}

static void
read_one(struct reading *r, const char *name, json_t *list)
{
	const size_t first = r->config->nprofiles;
	char owner[TOXIC_OWNER_MAX + 1];
	struct path path = path_of("profiles", name), nth;
	json_t *v;
	size_t i;

	if (!owner_name_is_good(name)) {
		complain(r, "profiles",
		    "profiles: \"%.64s\": a name has up to %d letters, digits, "
		    "'_', '-' and '.'",
		    name, OWNER_NAME_MAX);
		return;
	}
	if (!is_list(r, path.text, list, PROXY_TOXICS_MAX))
		return;
	if (json_array_size(list) == 0)
		complain(r, path.text, "%s: it has no toxics", path.text);
	owner_text(OWNER_PROFILE, name, owner);
	json_array_foreach(list, i, v)
	{
		nth = path_nth(path.text, i);
		add(r, nth.text, owner, first, v);
	}
}

void
profiles_read(struct reading *r, json_t *value)
{
	const char *name, *same;
	json_t *list;

	if (!is_object(r, "profiles", value))
		return;
	json_object_foreach(value, name, list)
	{
		if ((same = same_before(value, name)) == NULL)
			read_one(r, name, list);
		else
			complain(r, path_of("profiles", name).text,
			    "profiles: \"%.64s\" and \"%.64s\" differ only in "
			    "case",
			    same, name);
	}
}
