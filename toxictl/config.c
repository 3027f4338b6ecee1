/* SPDX-License-Identifier: ISC */
/*
 * A file of proxies and their toxics.  All is taken that the API takes as the
 * body of /populate, or shows as /proxies.
 */

#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "config.h"
#include "config_fault.h"
#include "config_parts.h"
#include "config_settings.h"
#include "connect.h"
#include "numbers.h"
#include "selects.h"
#include "waves.h"

/* Before the last one. */
static int
is_there(const struct config *c, const char *name)
{
	size_t i;

	for (i = 0; i + 1 < c->n; i++)
		if (strcmp(c->list[i].proxy.name, name) == 0)
			return 1;
	return 0;
}

/* Said, and be it null, it is wanted; not said, it stays as it is. */
static int
take_connect(struct config *c, json_t *json, struct wanted *w)
{
	const char *why = "";
	const int given = connect_of_proxy(json, &w->connect, &why);

	w->proxy.connect = given != 0 ? &w->connect : NULL;
	return given != -1 ? 0 : config_bad(c, "connect", "%s", why);
}

/* name is the key that it has where proxies are by name, or NULL */
static int
take_proxy(struct config *c, const char *name, json_t *json, struct wanted *w)
{
	static const char *const keys[] = { "name", "listen", "upstream",
		"enabled", "toxics", "ttl", "clients", "connect" };
	struct toxi_proxy *proxy = &w->proxy;
	json_t *enabled;

	proxy->name = name;
	if (config_check_keys(c, json, keys, 8, "it") == -1 ||
	    config_take_text(c, json, "name", &proxy->name) == -1 ||
	    config_take_text(c, json, "listen", &proxy->listen) == -1 ||
	    config_take_text(c, json, "upstream", &proxy->upstream) == -1 ||
	    config_take_ttl(c, json, &proxy->ttl_ms) == -1 ||
	    take_connect(c, json, w) == -1)
		return -1;
	if (proxy->name == NULL || *proxy->name == '\0')
		return config_bad(c, "", "a proxy has no name");
	if (is_there(c, proxy->name))
		return config_bad(
		    c, "name", "there is one of that name before");
	if (proxy->upstream == NULL || *proxy->upstream == '\0')
		return config_bad(c, "upstream", "it has no upstream");
	enabled = config_member(json, "enabled");
	if (enabled != NULL && !json_is_boolean(enabled))
		return config_bad(
		    c, "enabled", "\"enabled\" is neither true nor false");
	if (config_proxy_settings(c, json) == -1)
		return -1;
	proxy->state = json_is_false(enabled) ? TOXI_DISABLED : TOXI_ENABLED;
	return config_take_toxics(c, config_member(json, "toxics"), w);
}

static int
take_next(struct config *c, const char *name, json_t *json)
{
	c->key = name;
	c->name = json_string_value(config_member(json, "name"));
	return take_proxy(c, name, json, &c->list[c->n++]);
}

/* An array of proxies, or an object of them by name, as a server shows it. */
static int
take_proxies(struct config *c, json_t *proxies)
{
	size_t i, n = json_array_size(proxies) + json_object_size(proxies);
	const char *name;
	json_t *value;

	if (!json_is_array(proxies) && !json_is_object(proxies) &&
	    !json_is_null(proxies))
		return config_bad(
		    c, "", "no array of proxies, and no object of them");
	if ((c->list = calloc(n + 1, sizeof(*c->list))) == NULL ||
	    (c->texts = json_array()) == NULL)
		err(1, NULL);
	json_array_foreach(proxies, i, value)
	{
		if (take_next(c, NULL, value) == -1)
			return -1;
	}
	json_object_foreach(proxies, name, value)
	{
		if (take_next(c, name, value) == -1)
			return -1;
	}
	return 0;
}

/* All of it, or up to a NUL, which is the end of any JSON. */
static int
read_all(struct config *c, const char *path)
{
	int is_stdin = strcmp(path, "-") == 0;
	FILE *file = is_stdin ? stdin : fopen(path, "re");
	size_t size = 0;
	ssize_t n = -1;

	if (file != NULL)
		n = getdelim(&c->text, &size, '\0', file);
	c->len = n > 0 ? (size_t)n : 0;
	if (file == NULL || (n == -1 && !feof(file)))
		snprintf(c->error, sizeof(c->error), " %s", strerror(errno));
	else if (c->len == 0)
		snprintf(c->error, sizeof(c->error), " there is nothing in it");
	if (file != NULL && !is_stdin)
		fclose(file);
	return *c->error == '\0' ? 0 : -1;
}

int
config_open(struct config *c, const char *path)
{
	json_error_t error;

	if (read_all(c, path) == -1)
		return -1;
	numbers_replace_large(c->text);
	c->json = json_loadb(
	    c->text, c->len, JSON_DISABLE_EOF_CHECK | JSON_DECODE_ANY, &error);
	if (c->json != NULL)
		return 0;
	snprintf(c->error, sizeof(c->error), "%d:%d: %s", error.line,
	    error.column, error.text);
	return -1;
}

int
config_proxies(struct config *c, json_t **found)
{
	json_t *proxies = config_member(c->json, "proxies");

	*found = c->json;
	if (proxies == NULL && c->is_document &&
	    json_is_array(config_member(c->json, "scenarios"))) {
		*found = NULL;
		return config_settings(c, c->json);
	}
	if (proxies == NULL && json_is_array(config_member(c->json, "tenants")))
		return config_bad_key(c, "", "tenants",
		    "there are no \"proxies\" beside it: those of tenants are "
		    "the server's to read");
	/* It may be the name of a proxy. */
	if (proxies == NULL ||
	    json_is_string(config_member(proxies, "upstream")))
		return 0;
	if (config_settings(c, c->json) == -1)
		return -1;
	c->member = "proxies";
	*found = proxies;
	return 0;
}

int
config_check(struct config *c)
{
	json_t *proxies;

	if (config_proxies(c, &proxies) == -1)
		return -1;
	return proxies != NULL ? take_proxies(c, proxies) : 0;
}

int
config_read(struct config *c, const char *path, int proxies_only)
{
	*c = (struct config){ .proxies_only = proxies_only };
	return config_open(c, path) == -1 ? -1 : config_check(c);
}

void
config_free(struct config *c)
{
	size_t i, j;

	for (i = 0; i < c->n; i++) {
		for (j = 0; j < c->list[i].n_toxics; j++) {
			select_free(c->list[i].toxics[j].select);
			waves_free(&c->list[i].toxics[j]);
			free(c->list[i].names[j]);
		}
		free(c->list[i].toxics);
		free(c->list[i].names);
	}
	free(c->list);
	json_decref(c->texts);
	json_decref(c->json);
	free(c->text);
}
