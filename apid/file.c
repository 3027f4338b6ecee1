/* SPDX-License-Identifier: ISC */
/*
 * A configuration file: an array of proxies, as POST /populate takes it; an
 * object of them by name, as GET /proxies gives it; or an object of settings,
 * with either of them as "proxies", and in each of its tenants.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "file.h"
#include "log.h"
#include "values.h"

#define CONFIG_FILE_MAX ((size_t)64 * 1024 * 1024)

/* All of it, to be freed; NULL and errno. */
static char *
read_file(int fd, size_t *len)
{
	size_t size = 0;
	ssize_t n;
	char *text = NULL, *more;

	*len = 0;
	do {
		if (*len == size) {
			size = size > 0 ? 2 * size : 65536;
			if ((more = realloc(text, size)) == NULL)
				fatal("%s", __func__);
			text = more;
		}
		n = read(fd, text + *len, size - *len);
		if (n > 0)
			*len += (size_t)n;
		if (*len > CONFIG_FILE_MAX) {
			n = -1;
			errno = EFBIG;
		}
	} while (n > 0 || (n == -1 && errno == EINTR));
	if (n == 0)
		return text;
	free(text);
	return NULL;
}

/* By one key at least, be it misspelt: so a proxy may be named as a setting. */
static int
is_like_proxy(json_t *value)
{
	const char *key;
	json_t *v;

	json_object_foreach(value, key, v)
	{
		if (!json_is_object(v) && !json_is_null(v) &&
		    keys_meant(&proxy_keys, key) != NULL)
			return 1;
	}
	return 0;
}

static int
is_by_name(json_t *object)
{
	const char *key;
	int found = 0;
	json_t *v;

	json_object_foreach(object, key, v)
	{
		if (!upstreams_are(key, v) && !limits_are(key, v) &&
		    is_like_proxy(v))
			found = 1;
		else if (config_is_setting(key))
			return 0;
	}
	return found;
}

/* Those of no tenant that has a name. */
static void
find_list(struct config *c)
{
	const char *path = "";
	json_t *json = c->json;
	struct place p;

	place_start(&p, c->text, c->len);
	c->is_settings = json_is_object(json) && !is_by_name(json);
	if (c->is_settings) {
		path = "proxies";
		json = member(json, path);
		(void)place_member(&p, path);
	}
	config_add_proxies(c, "", json != NULL ? json : json_null(), path, &p);
}

int
config_open(struct config *c, int fd, struct failure *f)
{
	int error;

	memset(c, 0, sizeof(*c));
	c->text = read_file(fd, &c->len);
	error = errno;
	close(fd);
	if (c->text == NULL) {
		failure_set(f, 500, "%s", strerror(error));
		return -1;
	}
	if (decode_body(&c->json, c->text, c->len, f) == -1)
		return -1;
	find_list(c);
	return 0;
}

void
config_free(struct config *c)
{
	json_decref(c->json);
	free(c->text);
	free(c->hosts);
	free(c->rules);
	free(c->lists_of_clients);
	free(c->tenants);
	free(c->credentials);
	free(c->limits);
	free(c->profiles);
	json_decref(c->digests);
	free(c->lists);
}

/* ---- where */

/* What is said to a client of the API, without what only it needs to know. */
static const char *
without_prefix(const struct failure *f)
{
	static const char body[] = "bad request body: ";
	const char *text = f->text;
	char where[64];

	if (strncmp(text, body, sizeof(body) - 1) == 0)
		text += sizeof(body) - 1;
	snprintf(
	    where, sizeof(where), "line %u column %u: ", f->line, f->column);
	if (strncmp(text, where, strlen(where)) == 0)
		text += strlen(where);
	return text;
}

/* The type that was meant, where at is that of one which there is none of. */
static const char *
meant_at(json_t *entry, const char *at)
{
	static const char toxics[] = "toxics[";
	const char *type;
	json_t *toxic;
	char *end;

	if (strncmp(at, toxics, sizeof(toxics) - 1) != 0)
		return NULL;
	toxic = json_array_get(member(entry, "toxics"),
	    strtoul(at + sizeof(toxics) - 1, &end, 10));
	type = json_string_value(member(toxic, "type"));
	return type != NULL && strcmp(end, "].type") == 0 ? type_meant(type)
							  : NULL;
}

static void
describe_entry(const struct config *c, const struct failure *f, struct place *p,
    char text[FAULT_MAX])
{
	size_t i = (size_t)f->entry - 1;
	const char *key = NULL, *near, *what = without_prefix(f), *end;
	json_t *entry = config_entry(c, i);
	char name[TENANT_NAME_MAX + 160];

	*p = config_place(c, i);
	near = f->lacks != NULL ? f->lacks : meant_at(entry, f->at);
	/* In place of a key that is not there stands another. */
	if (f->lacks != NULL &&
	    (key = keys_find_meant(&proxy_keys, entry, near)) == NULL)
		near = NULL;
	if (key != NULL)
		(void)place_key(p, key);
	else
		place_path(p, f->at);
	config_who(c, i, name, sizeof(name));
	end = strstr(what, " at proxy ");
	if (end == NULL)
		end = what + strlen(what);
	snprintf(text, FAULT_MAX, "%s%.*s%s%.64s%s%s%s%s", name,
	    (int)(end - what), what, key != NULL ? ": \"" : "",
	    key != NULL ? key : "", key != NULL ? "\"" : "",
	    near != NULL ? ": did you mean \"" : "", near != NULL ? near : "",
	    near != NULL ? "\"?" : "");
}

/* Of a member its key, "upstreams.deny"; of what stands in a list itself. */
static void
go_to(struct place *p, const char *path)
{
	const char *dot = strrchr(path, '.');
	char parent[sizeof(((struct failure *)0)->at)];

	if (place_key(p, path) == 0)
		return;
	if (dot == NULL || strchr(dot, ']') != NULL) {
		place_path(p, path);
		return;
	}
	snprintf(parent, sizeof(parent), "%.*s", (int)(dot - path), path);
	place_path(p, parent);
	(void)place_key(p, dot + 1);
}

void
config_describe(const struct config *c, const struct failure *f,
    struct place *p, char text[FAULT_MAX])
{
	if (f->entry > 0) {
		describe_entry(c, f, p, text);
		return;
	}
	*p = (struct place){ .line = f->line, .column = f->column };
	if (c->json != NULL) {
		place_start(p, c->text, c->len);
		if (f->at[0] != '\0')
			go_to(p, f->at);
	}
	snprintf(text, FAULT_MAX, "%s", without_prefix(f));
}
