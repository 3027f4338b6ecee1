/* SPDX-License-Identifier: ISC */
/*
 * At build time: what GET /openapi.json answers, on stdout.  Its paths are
 * those of routes.h, its toxics those of proto/toxics.h; what is left are the
 * shapes of what is said and taken, which only the code that does it knows:
 * components.json has them, and tests hold them against real replies.
 *
 *	openapi_json COMPONENTS VERSION
 */

#include <ctype.h>
#include <err.h>
#include <string.h>

#include "apid.h"
#include "nitems.h"
#include "openapi_json.h"

#define RUN(action) NULL
#include "routes.h"

static json_t *components;

/* ---- JSON; each value is given away */

void
put(json_t *object, const char *key, json_t *value)
{
	if (json_object_set_new(object, key, value) == -1)
		errx(1, "%s cannot be set", key);
}

void
append(json_t *array, json_t *value)
{
	if (json_array_append_new(array, value) == -1)
		errx(1, "an array cannot grow");
}

json_t *
reference(const char *kind, const char *name)
{
	json_t *j = json_object();

	if (json_object_get(json_object_get(components, kind), name) == NULL)
		errx(1, "components.json has no \"%s\" in \"%s\"", name, kind);
	put(j, "$ref", json_sprintf("#/components/%s/%s", kind, name));
	return j;
}

json_t *
schema(const char *name)
{
	return reference("schemas", name);
}

/* ---- paths */

/* What may come of an action whatever it does. */
static int
is_common(const struct route *r, const struct action *a, int status)
{
	const int has_names = strchr(r->path, '{') != NULL;

	switch (status) {
	case 301: /* a name that is empty, or of dots */
		return has_names;
	case 401:
		return (a->flags & ACTION_OPEN) == 0;
	case 404:
		return has_names ||
		    (a->flags & (ACTION_CHANGES | ACTION_OF_TENANTS)) != 0;
	case 413:
		return (a->flags & ACTION_BODY) != 0;
	case 500:
	case 507:
		return (a->flags & ACTION_CHANGES) != 0;
	case 400:
	case 403:
	case 414:
	case 429:
	case 431:
	case 503:
		return 1;
	default:
		return 0;
	}
}

/* The name of a response, or NULL: there is no such. */
static const char *
reply_of(const struct route *r, const struct action *a, int status)
{
	static char number[16];
	const char *body = NULL;
	int is_said = is_common(r, a, status);
	size_t i;

	for (i = 0; i < ACTION_REPLIES_MAX && a->replies[i].status != 0; i++) {
		if (a->replies[i].status != status)
			continue;
		is_said = 1;
		body = a->replies[i].body;
	}
	if (!is_said)
		return NULL;
	if (body != NULL)
		return body;
	if (status >= 400 && a->failure != NULL)
		return a->failure;
	snprintf(number, sizeof(number), "%d", status);
	return number;
}

static json_t *
responses_of(const struct route *r, const struct action *a)
{
	json_t *all = json_object();
	const char *name;
	char number[16];
	int status;

	for (status = 200; status < 600; status++) {
		if ((name = reply_of(r, a, status)) == NULL)
			continue;
		snprintf(number, sizeof(number), "%d", status);
		put(all, number, reference("responses", name));
	}
	return all;
}

static json_t *
parameters_of(const struct action *a)
{
	json_t *all = json_array();
	size_t i;

	for (i = 0; i < ACTION_READS_MAX && a->reads[i] != NULL; i++)
		append(all, reference("parameters", a->reads[i]));
	if ((a->flags & ACTION_OPEN) == 0)
		append(all, reference("parameters", "X-Toxid-Tenant"));
	return all;
}

static json_t *
body_of(const struct action *a)
{
	return json_pack("{sb,s{s{so}}}", "required", 1, "content",
	    "application/json", "schema", schema(a->takes));
}

/* Its name; by another method of the same path, with that. */
static json_t *
id_of(const struct route *r, const struct action *a)
{
	const struct action *before;

	for (before = r->actions; before < a; before++) {
		if (strcmp(before->name, a->name) == 0)
			return json_sprintf("%s_%s", a->name, a->method);
	}
	return json_string(a->name);
}

static json_t *
operation(const struct route *r, const struct action *a)
{
	json_t *j = json_object();

	if (a->does == NULL || a->replies[0].status == 0)
		errx(1, "%s does nothing, or does not reply", a->name);
	if (((a->flags & ACTION_BODY) != 0) != (a->takes != NULL))
		errx(1, "%s takes a body, or takes none", a->name);
	put(j, "operationId", id_of(r, a));
	put(j, "summary", json_string(a->does));
	put(j, "parameters", parameters_of(a));
	if (a->takes != NULL)
		put(j, "requestBody", body_of(a));
	put(j, "responses", responses_of(r, a));
	if ((a->flags & ACTION_OPEN) != 0)
		put(j, "security", json_array());
	return j;
}

/* Of any method it is GET that people use. */
static const char *
method_key(const struct action *a)
{
	static char key[16];
	size_t i;

	if (strcmp(a->method, "*") == 0)
		return "get";
	for (i = 0; i < sizeof(key) - 1 && a->method[i] != '\0'; i++)
		key[i] = (char)tolower((unsigned char)a->method[i]);
	key[i] = '\0';
	return key;
}

static json_t *
path_parameters(const char *path)
{
	json_t *all = json_array();
	const char *p = path;
	char name[64];

	while ((p = strchr(p, '{')) != NULL) {
		p++;
		snprintf(name, sizeof(name), "%.*s", (int)strcspn(p, "}"), p);
		append(all, reference("parameters", name));
	}
	return all;
}

static json_t *
path_item(const struct route *r)
{
	json_t *j = json_object();
	size_t i;

	if (strchr(r->path, '{') != NULL)
		put(j, "parameters", path_parameters(r->path));
	for (i = 0; i < ACTIONS_MAX && r->actions[i].name != NULL; i++)
		put(j, method_key(&r->actions[i]),
		    operation(r, &r->actions[i]));
	return j;
}

/* ---- all of it */

static json_t *
paths(void)
{
	json_t *j = json_object();
	size_t i;

	for (i = 0; i < nitems(routes); i++)
		put(j, routes[i].path, path_item(&routes[i]));
	return j;
}

int
main(int argc, char *argv[])
{
	json_t *document, *schemas;
	json_error_t error;

	if (argc != 3)
		errx(2, "usage: openapi_json COMPONENTS VERSION");
	document = json_load_file(argv[1], JSON_REJECT_DUPLICATES, &error);
	if (document == NULL)
		errx(1, "%s:%d: %s", argv[1], error.line, error.text);
	components = json_object_get(document, "components");
	schemas = json_object_get(components, "schemas");
	put(json_object_get(document, "info"), "version", json_string(argv[2]));
	put(schemas, "Toxic", openapi_toxics(schemas, 0));
	put(schemas, "ToxicNew", openapi_toxics(schemas, 1));
	put(document, "paths", paths());
	if (json_dumpf(document, stdout, JSON_INDENT(1)) == -1 ||
	    putchar('\n') == EOF || fflush(stdout) != 0)
		err(1, "stdout");
	json_decref(document);
	return 0;
}
