/* SPDX-License-Identifier: ISC */
/* See mend.h. */

#include <stdlib.h>
#include <string.h>

#include "mend.h"
#include "values.h"

void
mend_drop(json_t *object, const char *name)
{
	const char *key;
	void *next;
	json_t *v;

	json_object_foreach_safe(object, next, key, v)
	{
		if (strcasecmp(key, name) == 0)
			json_object_del(object, key);
	}
}

/* What is left when nothing else would do: a toxic that is right. */
static void
replace_toxic(json_t *toxics, size_t i)
{
	char name[32];

	snprintf(name, sizeof(name), "\n%zu", i);
	json_array_set_new(
	    toxics, i, json_pack("{ssss}", "type", "noop", "name", name));
}

/* at: "codes", or "codes[2]": a list goes as a whole */
static void
drop_attribute(json_t *toxic, const char *at)
{
	char name[TOXIC_NAME_MAX + 1];

	snprintf(name, sizeof(name), "%.*s", (int)strcspn(at, "["), at);
	mend_drop(member(toxic, "attributes"), name);
}

static void
mend_toxic(json_t *toxics, const char *at, int again)
{
	static const char attributes[] = "attributes.", select[] = "select",
			  wave[] = "wave";
	size_t i = strtoul(at, NULL, 10);
	json_t *toxic = json_array_get(toxics, i);
	const char *key = strchr(at, ']');

	key = key != NULL ? key + 1 : "";
	key += *key == '.';
	if (again || *key == '\0' || strcmp(key, "type") == 0)
		replace_toxic(toxics, i);
	else if (strncmp(key, attributes, sizeof(attributes) - 1) == 0)
		drop_attribute(toxic, key + sizeof(attributes) - 1);
	else if (strncmp(key, select, sizeof(select) - 1) == 0)
		mend_drop(toxic, "select");
	else if (strncmp(key, wave, sizeof(wave) - 1) == 0)
		mend_drop(toxic, "wave");
	else
		mend_drop(toxic, key);
}

/* Of "connect.delay" all that is in "connect". */
static void
drop_first(json_t *object, const char *key)
{
	char name[sizeof(((struct failure *)0)->at)];

	snprintf(name, sizeof(name), "%.*s", (int)strcspn(key, "."), key);
	mend_drop(object, name);
}

int
mend_proxy(json_t *copy, const struct failure *f, int again)
{
	static const char toxics[] = "toxics[";
	const char *key = f->lacks != NULL ? f->lacks : f->at;

	if (!json_is_object(copy) || *key == '\0')
		return -1;
	if (strncmp(key, toxics, sizeof(toxics) - 1) == 0) {
		mend_toxic(
		    member(copy, "toxics"), key + sizeof(toxics) - 1, again);
		return 0;
	}
	if (again)
		return -1;
	drop_first(copy, key);
	if (strcmp(key, "name") == 0 || strcmp(key, "upstream") == 0)
		json_object_set_new(copy, key, json_string(MENDED));
	return 0;
}

/* ---- scenarios */

/* A step that is right. */
static void
replace_step(json_t *steps, size_t i)
{
	json_array_set_new(steps, i, json_pack("{si}", "duration", 1));
}

static void
mend_step(json_t *steps, const char *at, int again)
{
	static const char toxics[] = "toxics[";
	size_t i = strtoul(at, NULL, 10);
	json_t *step = json_array_get(steps, i);
	const char *key = strchr(at, ']');

	key = key != NULL ? key + 1 : "";
	key += *key == '.';
	if (strncmp(key, toxics, sizeof(toxics) - 1) == 0)
		mend_toxic(
		    member(step, "toxics"), key + sizeof(toxics) - 1, again);
	else if (again || *key == '\0' || strcmp(key, "duration") == 0)
		replace_step(steps, i);
	else
		drop_first(step, key);
}

int
mend_scenario(json_t *copy, const struct failure *f, int again)
{
	static const char steps[] = "steps[";
	const char *key = f->lacks != NULL ? f->lacks : f->at;

	if (!json_is_object(copy) || *key == '\0')
		return -1;
	if (strncmp(key, steps, sizeof(steps) - 1) == 0) {
		mend_step(
		    member(copy, "steps"), key + sizeof(steps) - 1, again);
		return 0;
	}
	if (again)
		return -1;
	drop_first(copy, key);
	if (strcmp(key, "name") == 0 || strcmp(key, "proxy") == 0)
		json_object_set_new(copy, key, json_string(MENDED_NAME));
	else if (strcmp(key, "steps") == 0)
		json_object_set_new(
		    copy, key, json_pack("[{si}]", "duration", 1));
	return 0;
}
