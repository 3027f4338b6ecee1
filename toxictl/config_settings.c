/* SPDX-License-Identifier: ISC */
/* See config_settings.h. */

#include <strings.h>

#include "config_fault.h"
#include "config_settings.h"
#include "meant.h"

/* What toxid does not know in such a file is no proxy that was forgotten. */
static int
check_key(struct config *c, const char *key)
{
	static const char *const settings[] = { "proxies", "state",
		"durability", "api", "limits", "tenants", "upstreams",
		"clients", "profiles", "scenarios" };
	const char *near =
	    meant(key, settings, sizeof(settings) / sizeof(settings[0]));

	if (near == NULL)
		return config_bad_key(
		    c, "", key, "\"%.64s\": there is no such setting", key);
	if (strcasecmp(key, near) != 0)
		return config_bad_key(c, "", key,
		    "\"%.64s\": there is no such setting, did you mean \"%s\"?",
		    key, near);
	return 0;
}

static int
refuse(struct config *c, const char *key)
{
	return config_bad_key(c, "", key,
	    "\"%s\": a server takes that from its own -config alone; "
	    "--proxies-only leaves it out",
	    key);
}

static int
refuse_scenarios(struct config *c, const char *key)
{
	if (c->is_document || c->proxies_only)
		return 0;
	return config_bad_key(c, "", key,
	    "\"%s\": they go with --source, or to a fleet; --proxies-only "
	    "leaves them out",
	    key);
}

int
config_settings(struct config *c, json_t *object)
{
	const char *key;
	json_t *value;

	json_object_foreach(object, key, value)
	{
		if (check_key(c, key) == -1)
			return -1;
	}
	json_object_foreach(object, key, value)
	{
		if (json_is_null(value) || strcasecmp(key, "proxies") == 0)
			continue;
		if (strcasecmp(key, "scenarios") == 0) {
			if (refuse_scenarios(c, key) == -1)
				return -1;
		} else if (!c->proxies_only)
			return refuse(c, key);
	}
	return 0;
}

int
config_proxy_settings(struct config *c, json_t *proxy)
{
	const char *key;
	json_t *value;

	json_object_foreach(proxy, key, value)
	{
		if (!c->proxies_only && !json_is_null(value) &&
		    strcasecmp(key, "clients") == 0)
			return refuse(c, key);
	}
	return 0;
}
