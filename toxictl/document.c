/* SPDX-License-Identifier: ISC */
/* A file as one document: all that a server, or a fleet, is to have. */

#include <err.h>
#include <sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "config_fault.h"
#include "config_parts.h"
#include "config_settings.h"
#include "document.h"

/* With its name, where it has that by a key alone. */
static int
add_proxy(struct config *c, json_t *list, const char *name, json_t *proxy)
{
	json_t *copy;

	c->n++; /* the one in hand, for config_fault.c */
	c->key = name;
	c->name = json_string_value(config_member(proxy, "name"));
	if (!json_is_object(proxy))
		return config_bad(c, "", "it is no object");
	if (config_proxy_settings(c, proxy) == -1)
		return -1;
	if ((copy = json_copy(proxy)) == NULL)
		err(1, NULL);
	if (name != NULL && config_member(copy, "name") == NULL)
		json_object_set_new(copy, "name", json_string(name));
	json_array_append_new(list, copy);
	return 0;
}

static int
add_proxies(struct config *c, json_t *list, json_t *proxies)
{
	const char *name;
	json_t *value;
	size_t i;

	if (proxies != NULL && !json_is_array(proxies) &&
	    !json_is_object(proxies) && !json_is_null(proxies))
		return config_bad(
		    c, "", "no array of proxies, and no object of them");
	json_array_foreach(proxies, i, value)
	{
		if (add_proxy(c, list, NULL, value) == -1)
			return -1;
	}
	json_object_foreach(proxies, name, value)
	{
		if (add_proxy(c, list, name, value) == -1)
			return -1;
	}
	return 0;
}

static int
add_scenarios(struct config *c, json_t *document)
{
	json_t *scenarios = config_member(c->json, "scenarios");

	c->n = 0;
	c->member = c->key = c->name = NULL;
	/* A proxy may have that name. */
	if (scenarios == NULL || c->proxies_only ||
	    json_is_string(config_member(scenarios, "upstream")))
		return 0;
	if (!json_is_array(scenarios))
		return config_bad(c, "scenarios", "no array of scenarios");
	json_object_set(document, "scenarios", scenarios);
	return 0;
}

/* c->n is how many of c->list there are, once it has been checked. */
static json_t *
document_of(struct config *c)
{
	struct config hand = { .text = c->text,
		.len = c->len,
		.json = c->json,
		.proxies_only = c->proxies_only,
		.is_document = 1 };
	json_t *document = json_object(), *list = json_array(), *proxies;

	if (document == NULL || list == NULL)
		err(1, NULL);
	if (config_proxies(&hand, &proxies) == -1 ||
	    add_proxies(&hand, list, proxies) == -1 ||
	    add_scenarios(&hand, document) == -1) {
		memcpy(c->error, hand.error, sizeof(c->error));
		json_decref(document);
		json_decref(list);
		return NULL;
	}
	json_object_set_new(document, "proxies", list);
	return document;
}

/*
 * Takes out the names that have a null: of these there is to be none.  NULL:
 * there are none of them.
 */
static json_t *
take_none(struct config *c)
{
	json_t *none = json_array(), *proxies, *value;
	const char *name;
	void *next;

	if (none == NULL)
		err(1, NULL);
	if (config_proxies(c, &proxies) == -1)
		proxies = NULL; /* which is said when they are looked at */
	c->member = NULL;
	json_object_foreach_safe(proxies, next, name, value)
	{
		/* {"proxies": null} is not one of that name. */
		if (!json_is_null(value) || strcasecmp(name, "proxies") == 0)
			continue;
		json_array_append_new(none, json_string(name));
		json_object_del(proxies, name);
	}
	if (json_array_size(none) > 0)
		return none;
	json_decref(none);
	return NULL;
}

json_t *
document_read(
    struct config *c, const char *path, int proxies_only, int is_of_fleet)
{
	json_t *none = NULL, *document = NULL;

	*c = (struct config){ .proxies_only = proxies_only, .is_document = 1 };
	if (config_open(c, path) == -1)
		return NULL;
	if (is_of_fleet)
		none = take_none(c);
	if (!is_of_fleet || config_check(c) == 0)
		document = document_of(c);
	if (document != NULL && none != NULL)
		json_object_set(document, "none", none);
	json_decref(none);
	return document;
}

void
document_digest(const json_t *document, char digest[DIGEST_MAX])
{
	uint8_t bytes[SHA256_DIGEST_LENGTH];
	SHA2_CTX context;
	char *text;
	size_t i;

	text = json_dumps(document, JSON_COMPACT | JSON_SORT_KEYS);
	if (text == NULL)
		err(1, NULL);
	SHA256Init(&context);
	SHA256Update(&context, (const uint8_t *)text, strlen(text));
	SHA256Final(bytes, &context);
	free(text);
	for (i = 0; i < (DIGEST_MAX - 1) / 2; i++)
		sprintf(digest + 2 * i, "%02x", bytes[i]);
}
