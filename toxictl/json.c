/* SPDX-License-Identifier: ISC */
/* Proxies and toxics as JSON. */

#include <err.h>
#include <float.h>
#include <stdlib.h>
#include <string.h>

#include "connect.h"
#include "json.h"
#include "selects.h"
#include "utf8.h"
#include "waves.h"

json_t *
json_of_attribute(const struct toxi_attribute *a)
{
	if (a->json != NULL)
		return json_loads(a->json, JSON_DECODE_ANY, NULL);
	return json_integer(a->value);
}

/* Only where there is one. */
static json_t *
with_lease(json_t *object, int64_t left)
{
	if (left != 0)
		json_object_set_new(object, "expires_in", json_integer(left));
	return object;
}

/* Likewise. */
static json_t *
with_connect(json_t *object, const struct toxi_connect *connect)
{
	if (connect != NULL)
		json_object_set_new(
		    object, "connect", json_of_connect(connect));
	return object;
}

/* Likewise. */
static json_t *
with_halt(json_t *object, int is_halted)
{
	if (is_halted)
		json_object_set_new(object, "halted", json_true());
	return object;
}

json_t *
json_of_toxic(const struct toxi_toxic *toxic)
{
	json_t *attributes = json_object();
	int i;

	for (i = 0; i < TOXI_ATTRIBUTES; i++) {
		if (toxic->attributes[i].name == NULL)
			break;
		json_object_set_new(attributes, toxic->attributes[i].name,
		    json_of_attribute(&toxic->attributes[i]));
	}
	return with_lease(
	    json_pack("{s:s,s:s,s:s,s:f,s:o,s:o*,s:o*,s:s*}", "name",
		toxic->name, "type", toxic->type, "stream",
		toxic->stream == TOXI_UPSTREAM ? "upstream" : "downstream",
		"toxicity", toxic->toxicity, "attributes", attributes, "select",
		toxic->select != NULL ? json_of_select(toxic->select) : NULL,
		"wave", toxic->n_waves > 0 ? json_of_waves(toxic) : NULL,
		"owner", toxic->owner),
	    toxic->expires_in_ms);
}

json_t *
json_of_toxics(const struct toxi_toxics *toxics)
{
	json_t *array = json_array();
	size_t i;

	for (i = 0; i < toxics->n; i++)
		json_array_append_new(array, json_of_toxic(&toxics->list[i]));
	return array;
}

json_t *
json_of_proxy(const struct toxi_proxy *proxy)
{
	return with_halt(
	    with_lease(with_connect(json_pack("{s:s,s:s,s:s,s:b,s:o}", "name",
					proxy->name, "listen", proxy->listen,
					"upstream", proxy->upstream, "enabled",
					proxy->state == TOXI_ENABLED, "toxics",
					json_of_toxics(&proxy->toxics)),
			   proxy->connect),
		proxy->expires_in_ms),
	    proxy->halted);
}

json_t *
json_of_proxies(const struct toxi_proxies *proxies)
{
	json_t *array = json_array();
	size_t i;

	for (i = 0; i < proxies->n; i++)
		json_array_append_new(array, json_of_proxy(&proxies->list[i]));
	return array;
}

json_t *
json_of_text(const char *text)
{
	char *copy = strdup(text), *p;
	json_t *json = NULL;
	uint32_t point;
	size_t n;

	for (p = copy; p != NULL && *p != '\0'; p += n > 0 ? n : 1) {
		if ((n = utf8_character(p, &point)) == 0)
			*p = '?';
	}
	if (copy != NULL)
		json = json_string_nocheck(copy);
	free(copy);
	return json;
}

static int
says(const char *text, const json_t *json)
{
	json_t *read = json_loads(text, JSON_DECODE_ANY, NULL);
	int same = json_equal(read, json);

	json_decref(read);
	return same;
}

/* With as few digits as say the same: 0.2 is 0.2, not 0.20000000000000001. */
static char *
dump(const json_t *json, size_t flags)
{
	size_t digits = DBL_DIG;
	char *text;

	for (;; digits++) {
		text = json_dumps(json, flags | JSON_REAL_PRECISION(digits));
		if (text == NULL || digits == DBL_DECIMAL_DIG ||
		    says(text, json))
			return text;
		free(text);
	}
}

char *
json_text(const json_t *json)
{
	return dump(json, JSON_ENCODE_ANY | JSON_COMPACT);
}

void
json_out(FILE *file, json_t *json)
{
	char *text = dump(json, JSON_INDENT(2));

	if (text == NULL)
		err(1, "JSON");
	fprintf(file, "%s\n", text);
	free(text);
	json_decref(json);
}
