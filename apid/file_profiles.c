/* SPDX-License-Identifier: ISC */
/* "profiles": {...} of a configuration file: networks by name. */

#include <stdio.h>
#include <string.h>

#include "agreed.h"
#include "file.h"
#include "toxic_owner.h"
#include "values.h"

/* One that was given none is called so that it is in nobody's way. */
static void
name_toxic(struct toxic_spec *spec, json_t *json)
{
	char name[TOXIC_NAME_MAX + 1];

	if (member(json, "name") != NULL)
		return;
	snprintf(name, sizeof(name), "profile_%s_%s",
	    toxic_schema((enum toxic_kind)spec->kind)->name,
	    spec->stream == STREAM_UPSTREAM ? "up" : "down");
	memcpy(spec->name, name, sizeof(name));
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

static void
add(struct reading *r, const char *path, const char *owner, size_t first,
    json_t *json)
{
	struct config *c = r->config;
	struct failure f = { .status = 400 };
	struct toxic_spec spec;

	if (decode_toxic(&spec, NULL, json, &f) == -1) {
		complain(r, path, "%s: %s", path, f.text);
		return;
	}
	name_toxic(&spec, json);
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
	const char *name;
	json_t *list;

	if (!is_object(r, "profiles", value))
		return;
	json_object_foreach(value, name, list) read_one(r, name, list);
}
