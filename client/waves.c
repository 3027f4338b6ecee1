/* SPDX-License-Identifier: ISC */
/* Which attributes of a toxic rise and fall, as JSON: see waves.h. */

#include <stdlib.h>

#include "failure.h"
#include "object_put.h"
#include "waves.h"

/* Without a shape it is the server's usual one. */
static int
fill(json_t *object, const struct toxi_wave *wave, struct toxi_error *err)
{
	if (wave->shape != NULL &&
	    object_put_text(object, "shape", wave->shape, err) == -1)
		return -1;
	if (object_put(object, "period", json_integer(wave->period), err) == -1)
		return -1;
	return object_put(
	    object, "amplitude", json_integer(wave->amplitude), err);
}

static int
put_wave(json_t *all, const struct toxi_wave *wave, struct toxi_error *err)
{
	json_t *value;

	if (wave->attribute == NULL)
		return fail(err, TOXI_ERR_ARGUMENT, "a wave of no attribute");
	/* json_object_set() refuses it, and says no more than that. */
	value = object_text("an attribute", wave->attribute, err);
	if (value == NULL)
		return -1;
	json_decref(value);
	/* all owns it from here on. */
	value = json_object();
	if (object_put(all, wave->attribute, value, err) == -1)
		return -1;
	return fill(value, wave, err);
}

json_t *
waves_encode(const struct toxi_wave *list, size_t n, struct toxi_error *err)
{
	json_t *all = json_object();
	size_t i;

	if (all == NULL) {
		fail_nomem(err);
		return NULL;
	}
	for (i = 0; i < n; i++) {
		if (put_wave(all, &list[i], err) == -1) {
			json_decref(all);
			return NULL;
		}
	}
	return all;
}

struct kept_waves *
waves_decode(json_t *json, struct toxi_error *err)
{
	const size_t n = json_object_size(json);
	struct kept_waves *w;
	const char *key;
	json_t *wave;

	if ((w = calloc(1, sizeof(*w) + n * sizeof(w->list[0]))) == NULL) {
		fail_nomem(err);
		return NULL;
	}
	json_object_foreach(json, key, wave)
	{
		w->list[w->n++] = (struct toxi_wave){
			.attribute = key,
			.shape =
			    json_string_value(json_object_get(wave, "shape")),
			.period =
			    json_integer_value(json_object_get(wave, "period")),
			.amplitude = json_integer_value(
			    json_object_get(wave, "amplitude")),
		};
	}
	return w;
}
