/* SPDX-License-Identifier: ISC */
/* A document as a whole, and its own members. */

#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "agreed.h"
#include "documents.h"
#include "log.h"
#include "nitems.h"
#include "text_put.h"
#include "utf8.h"
#include "values.h"

static const struct desired_item no_item;

/* Of 1 to GENERATION_MAX bytes; none of them is for a terminal. */
const char *
generation_fault(const char *text)
{
	const char *s;
	uint32_t point;
	size_t n;

	if (*text == '\0')
		return "it is empty";
	if (strlen(text) > GENERATION_MAX)
		return "it is longer than 127 bytes";
	for (s = text; *s != '\0'; s += n) {
		if ((n = utf8_character(s, &point)) == 0)
			return "it is no UTF-8 text";
		if (utf8_is_control(point))
			return "it has a control character";
	}
	return NULL;
}

static void
take_generation(struct document *d)
{
	json_t *v = member(d->json, "generation");
	const char *text = json_string_value(v), *why;

	if (v == NULL)
		desired_complain(&d->faults, &no_item, "generation", 400,
		    "missing required field: generation");
	else if (text == NULL)
		desired_complain(&d->faults, &no_item, "generation", 400,
		    "expected a string, got %s", type_name(v));
	else if ((why = generation_fault(text)) != NULL)
		desired_complain(
		    &d->faults, &no_item, "generation", 400, "%s", why);
	else
		text_put(d->put.generation, sizeof(d->put.generation), text);
}

/* NULL: it has none, or none that could be gone through. */
static json_t *
take_list(struct document *d, const char *key)
{
	json_t *v = member(d->json, key);

	if (v == NULL)
		return NULL;
	if (!json_is_array(v)) {
		desired_complain(&d->faults, &no_item, key, 400,
		    "expected an array, got %s", type_name(v));
		return NULL;
	}
	if (json_array_size(v) <= POPULATE_MAX)
		return v;
	desired_complain(&d->faults, &no_item, key, 400,
	    "there are more than %d", POPULATE_MAX);
	return NULL;
}

int
doc_read(struct document *d, const char *body, size_t len, struct failure *f)
{
	static const char *const names[] = { "generation", DESIRED_PROXIES,
		DESIRED_SCENARIOS };
	static const struct keys keys = { names, nitems(names) };

	if (decode_body(&d->json, body, len, f) == -1)
		return -1;
	if (!json_is_object(d->json))
		return mismatch("", "an object", d->json, f);
	desired_take_keys(d, &no_item, d->json, "", &keys);
	take_generation(d);
	writer_open(&d->written);
	fputs("{\"generation\":", d->written.f);
	encode_string(d->written.f, d->put.generation);
	d->items[0] = take_list(d, DESIRED_PROXIES);
	d->items[1] = take_list(d, DESIRED_SCENARIOS);
	d->put.nproxies = (uint32_t)json_array_size(d->items[0]);
	d->proxies = calloc(d->put.nproxies + 1, sizeof(*d->proxies));
	d->scenarios =
	    calloc(d->put.nproxies + json_array_size(d->items[1]) + 1,
		sizeof(*d->scenarios));
	if (d->proxies == NULL || d->scenarios == NULL)
		fatal("%s", __func__);
	return 0;
}

static void
leave(void *row)
{
	(void)row; /* it is in a table */
}

void
doc_free(struct document *d)
{
	tdestroy(d->proxy_names, leave);
	tdestroy(d->scenario_names, leave);
	tdestroy(d->scenario_proxies, leave);
	if (d->proxies != NULL)
		proxy_entries_free(d->proxies, d->put.nproxies);
	while (d->scenarios != NULL && d->put.nscenarios > 0)
		scenario_free(d->scenarios[--d->put.nscenarios].scenario);
	free(d->scenarios);
	desired_faults_free(&d->faults);
	json_decref(d->json);
	if (d->written.f != NULL)
		writer_finish(&d->written);
	free(d->written.text);
	free(d);
}
