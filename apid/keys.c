/* SPDX-License-Identifier: ISC */
/* The keys, and the types, that an entry of a configuration file may have, or
 * of a document that is put. */

#include <string.h>

#include "file.h"
#include "meant.h"
#include "nitems.h"
#include "values.h"

/* "expires_in" and "halted" are what GET /state says, and nothing that can be
 * asked for; a "scenario" begins by POST /populate, and not by a file. */
static const char *const of_proxy[] = { "name", "listen", "upstream", "enabled",
	"clients", "toxics", "connect", "ttl", "expires_in", "halted",
	"scenario" };
/* Who may connect, the file alone says; a "ttl" is refused with other words. */
static const char *const of_desired[] = { "name", "listen", "upstream",
	"enabled", "toxics", "connect", "ttl", "expires_in", "halted",
	"scenario" };
static const char *const of_toxic[] = { "name", "type", "stream", "toxicity",
	"select", "wave", "attributes", "owner", "ttl", "expires_in" };

const struct keys proxy_keys = { of_proxy, nitems(of_proxy) };
const struct keys desired_proxy_keys = { of_desired, nitems(of_desired) };
const struct keys toxic_keys = { of_toxic, nitems(of_toxic) };

const char *
keys_find_meant(const struct keys *keys, json_t *object, const char *wanted)
{
	const char *key, *near;
	json_t *v;

	json_object_foreach(object, key, v)
	{
		if (keys_have(keys, key))
			continue;
		near = keys_meant(keys, key);
		if (near != NULL && strcmp(near, wanted) == 0)
			return key;
	}
	return NULL;
}

const char *
type_meant(const char *written)
{
	const char *names[TOXIC_KIND_MAX];
	unsigned int kind;
	size_t n = 0;

	for (kind = 1; kind < TOXIC_KIND_MAX; kind++) {
		if (toxic_is_offered(kind))
			names[n++] = toxic_schema(kind)->name;
	}
	return meant(written, names, n);
}
