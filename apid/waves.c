/* SPDX-License-Identifier: ISC */
/* What of a toxic rises and falls by itself, in JSON: see toxic_wave.h. */

#include <inttypes.h>
#include <string.h>

#include "nitems.h"
#include "toxic_wave.h"
#include "waves.h"

static const char *const names[] = { "shape", "period", "amplitude" };
static const struct keys keys = { names, nitems(names) };

/* ---- in */

/* Both numbers have to be there. */
static int
get_number(const struct object *o, const char *name, int64_t *value)
{
	const struct path path = path_of(o->path, name);
	json_t *v = member(o->json, name);
	char why[64];

	*value = 0;
	if (v != NULL && get_integer(v, path.text, value, o->f) == -1)
		return -1;
	if (*value >= 1 && *value <= WAVE_NUMBER_MAX)
		return 0;
	snprintf(why, sizeof(why), "must be from 1 to %d", WAVE_NUMBER_MAX);
	return invalid(path.text, path.text, why, o->f);
}

static int
get_shape(const struct object *o, uint8_t *shape)
{
	const struct path path = path_of(o->path, "shape");
	char word[16] = "", why[64] = "must be ";
	int given, number, i;
	size_t len;

	if (get_text(o, "shape", word, sizeof(word) - 1, &given) == -1)
		return -1;
	if (!given)
		return 0;
	if ((number = wave_shape_of(word)) != -1) {
		*shape = (uint8_t)number;
		return 0;
	}
	for (i = 0; i < WAVE_SHAPE_MAX; i++) {
		len = strlen(why);
		snprintf(why + len, sizeof(why) - len, "%s%s",
		    i == 0                       ? ""
			: i < WAVE_SHAPE_MAX - 1 ? ", "
						 : " or ",
		    wave_shape_word((unsigned int)i));
	}
	return invalid(path.text, path.text, why, o->f);
}

static int
get_wave(const struct object *o, uint8_t slot, struct toxic_spec *spec)
{
	struct toxic_wave w;
	int64_t period;

	memset(&w, 0, sizeof(w));
	w.slot = slot;
	if (expect_object(o->json, o->path, o->f) == -1 ||
	    get_shape(o, &w.shape) == -1 ||
	    get_number(o, "period", &period) == -1 ||
	    get_number(o, "amplitude", &w.amplitude) == -1 ||
	    refuse_unknown(o, &keys, "a wave has no") == -1)
		return -1;
	w.period = (uint32_t)period;
	return toxic_wave_set(spec, &w) == 0
	    ? 0
	    : invalid("wave", "wave", "a toxic has at most 4", o->f);
}
_Static_assert(WAVES_MAX == 4, "as get_wave() says");

/* Its numbers; NULL where there is none at i any more. */
static const char *
integer_name(const struct toxic_schema *s, size_t *i)
{
	for (; *i < s->nattributes; (*i)++) {
		if (s->attributes[*i].kind == VALUE_INTEGER)
			return s->attributes[*i].name;
	}
	return NULL;
}

static int
get_all(const struct object *o, struct toxic_spec *spec)
{
	const struct toxic_schema *s =
	    toxic_schema((enum toxic_kind)spec->kind);
	const char *integers[TOXIC_ATTRIBUTES_MAX], *name;
	struct keys known = { integers, 0 };
	struct object wave = { NULL, NULL, o->f };
	struct path path;
	size_t i;

	for (i = 0; (name = integer_name(s, &i)) != NULL; i++) {
		integers[known.n++] = name;
		path = path_of(o->path, name);
		wave.path = path.text;
		wave.json = member(o->json, name);
		if (wave.json != NULL &&
		    get_wave(&wave, (uint8_t)i, spec) == -1)
			return -1;
	}
	return refuse_unknown(
	    o, &known, "of this type's whole numbers none is");
}

int
get_waves(const struct object *toxic, struct toxic_spec *spec, int *given)
{
	const struct path path = path_of(toxic->path, "wave");
	const struct object o = { member(toxic->json, "wave"), path.text,
		toxic->f };

	*given = o.json != NULL;
	if (o.json == NULL)
		return 0;
	toxic_waves_clear(spec);
	if (expect_object(o.json, path.text, o.f) == -1)
		return -1;
	return get_all(&o, spec);
}

/* ---- out */

void
encode_waves(FILE *f, const struct toxic_spec *spec)
{
	const size_t n = toxic_schema((enum toxic_kind)spec->kind)->nattributes;
	const char *comma = "";
	struct toxic_wave w;
	size_t i;

	if (spec->nwaves == 0)
		return;
	fputs(",\"wave\":{", f);
	for (i = 0; i < n; i++) {
		if (!toxic_wave_get(spec, (int)i, &w))
			continue;
		fprintf(f,
		    "%s\"%s\":{\"shape\":\"%s\",\"period\":%" PRIu32
		    ",\"amplitude\":%" PRId64 "}",
		    comma, toxic_attribute_of(spec, (int)i)->name,
		    wave_shape_word(w.shape), w.period, w.amplitude);
		comma = ",";
	}
	fputc('}', f);
}
