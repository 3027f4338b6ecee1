/* SPDX-License-Identifier: ISC */
/* A document's text, as it is kept, and shown. */

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "agreed.h"
#include "documents.h"
#include "log.h"

static const char *const list_names[2] = { DESIRED_PROXIES, DESIRED_SCENARIOS };

/* A string, a number, or all up to the next of them. */
static size_t
token_length(const char *json)
{
	static const char numbers[] = "+-0123456789.eE";
	size_t n = 1;

	if (*json != '"')
		return strchr("-0123456789", *json) != NULL
		    ? strspn(json, numbers)
		    : strcspn(json, "\"-0123456789");
	for (; json[n] != '"'; n++)
		n += json[n] == '\\';
	return n + 1;
}

/* A fraction of a usual size: one that is whole may be read as an integer. */
static int
is_fraction(const char *json, size_t n, double *value)
{
	if (strchr("-0123456789", *json) == NULL || strcspn(json, ".eE") >= n)
		return 0;
	*value = strtod(json, NULL);
	return *value != 0 && fabs(*value) < 1e15;
}

/* JSON, with fractions as they are shown elsewhere, and not of 17 digits. */
static void
write_shortly(FILE *f, const char *json)
{
	double value;
	size_t n;

	for (; *json != '\0'; json += n) {
		n = token_length(json);
		if (is_fraction(json, n, &value))
			encode_double(f, value);
		else
			fwrite(json, 1, n, f);
	}
}

static void
write_value(FILE *f, const json_t *v)
{
	char *text = json_dumps(v, JSON_COMPACT | JSON_ENCODE_ANY);

	if (text == NULL)
		fatalx("%s", __func__);
	write_shortly(f, text);
	free(text);
}

void
doc_write_item(struct document *d, int list, size_t i)
{
	FILE *f = d->written.f;

	if (d->faults.n > 0) /* nobody will read it */
		return;
	if (i == 0)
		fprintf(f, ",\"%s\":[", list_names[list]);
	else
		fputc(',', f);
	write_value(f, json_array_get(d->items[list], i));
	if (i + 1 == json_array_size(d->items[list]))
		fputc(']', f);
}

int
doc_finish(struct document *d)
{
	int i;

	for (i = 0; i < 2; i++) {
		if (d->items[i] != NULL && json_array_size(d->items[i]) == 0)
			fprintf(d->written.f, ",\"%s\":[]", list_names[i]);
	}
	fputc('}', d->written.f);
	writer_finish(&d->written);
	d->put.size = d->written.len;
	json_decref(d->json);
	d->json = d->items[0] = d->items[1] = NULL;
	return d->put.size <= SOURCE_TEXT_MAX ? 0 : -1;
}
