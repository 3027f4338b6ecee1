/* SPDX-License-Identifier: ISC */
/* Attributes that rise and fall by themselves: see toxic_wave.h. */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "toxic_wave.h"

static const char words[][8] = { /* no pointers: see toxic_select.c */
#define X(tag, word, says) word,
	WAVE_SHAPES(X)
#undef X
};

const char *
wave_shape_word(unsigned int shape)
{
	return words[shape];
}

int
wave_shape_of(const char *word)
{
	int i;

	for (i = 0; i < WAVE_SHAPE_MAX; i++) {
		if (strcmp(words[i], word) == 0)
			return i;
	}
	return -1;
}

/* ---- in a spec */

static uint8_t *
bytes_of(const struct toxic_spec *spec, size_t i)
{
	return (uint8_t *)(uintptr_t)spec->tail + spec->ntail -
	    toxic_waves_size(spec) + i * sizeof(struct toxic_wave);
}

/* Not aligned where it is. */
static struct toxic_wave
nth(const struct toxic_spec *spec, size_t i)
{
	struct toxic_wave w;

	memcpy(&w, bytes_of(spec, i), sizeof(w));
	return w;
}

int
toxic_wave_get(const struct toxic_spec *spec, int slot, struct toxic_wave *w)
{
	size_t i;

	for (i = 0; i < spec->nwaves; i++) {
		*w = nth(spec, i);
		if (w->slot == slot)
			return 1;
	}
	return 0;
}

void
toxic_waves_clear(struct toxic_spec *spec)
{
	spec->ntail = (uint16_t)(spec->ntail - toxic_waves_size(spec));
	spec->nwaves = 0;
	memset(spec->tail + spec->ntail, 0, sizeof(spec->tail) - spec->ntail);
}

/* Two of one attribute are as the second says. */
int
toxic_wave_set(struct toxic_spec *spec, const struct toxic_wave *w)
{
	size_t i, n = spec->nwaves;
	struct toxic_wave all[WAVES_MAX + 1];

	for (i = 0; i < n; i++)
		all[i] = nth(spec, i);
	for (i = 0; i < n && all[i].slot < w->slot; i++)
		;
	if (i == n || all[i].slot != w->slot) {
		if (n == WAVES_MAX)
			return -1;
		memmove(&all[i + 1], &all[i], (n - i) * sizeof(*w));
		n++;
	}
	all[i] = *w;
	toxic_waves_clear(spec);
	spec->nwaves = (uint8_t)n;
	spec->ntail = (uint16_t)(spec->ntail + toxic_waves_size(spec));
	memcpy(bytes_of(spec, 0), all, toxic_waves_size(spec));
	return 0;
}

void
toxic_waves_take(struct toxic_spec *spec, const struct toxic_spec *from)
{
	struct toxic_wave w;
	size_t i;

	toxic_waves_clear(spec);
	for (i = 0; i < from->nwaves; i++) {
		w = nth(from, i);
		(void)toxic_wave_set(spec, &w);
	}
}

int
toxic_waves_are_same(const struct toxic_spec *x, const struct toxic_spec *y)
{
	return x->nwaves == y->nwaves &&
	    memcmp(bytes_of(x, 0), bytes_of(y, 0), toxic_waves_size(x)) == 0;
}

static int
is_sound(const struct toxic_spec *spec, const struct toxic_wave *w)
{
	const struct toxic_schema *s =
	    toxic_schema((enum toxic_kind)spec->kind);

	return w->slot < s->nattributes &&
	    s->attributes[w->slot].kind == VALUE_INTEGER &&
	    w->shape < WAVE_SHAPE_MAX && w->reserved[0] == 0 &&
	    w->reserved[1] == 0 && w->period >= 1 &&
	    w->period <= WAVE_NUMBER_MAX && w->amplitude >= 1 &&
	    w->amplitude <= WAVE_NUMBER_MAX;
}

int
toxic_waves_are_sound(const struct toxic_spec *spec)
{
	struct toxic_wave w;
	int last = -1;
	size_t i;

	if (spec->nwaves > WAVES_MAX || toxic_waves_size(spec) > spec->ntail)
		return 0;
	for (i = 0; i < spec->nwaves; i++) {
		w = nth(spec, i);
		if (!is_sound(spec, &w) || w.slot <= last)
			return 0;
		last = w.slot;
	}
	return 1;
}

/* ---- as a text */

const char *
toxic_waves_text(const struct toxic_spec *spec, char text[WAVES_TEXT_MAX + 1])
{
	struct toxic_wave w;
	size_t i, len = 0;

	text[0] = '\0';
	for (i = 0; i < spec->nwaves; i++) {
		w = nth(spec, i);
		len += (size_t)snprintf(text + len, WAVES_TEXT_MAX + 1 - len,
		    "%s%s=%s:%" PRIu32 ":%" PRId64, i > 0 ? " " : "",
		    toxic_attribute_of(spec, w.slot)->name, words[w.shape],
		    w.period, w.amplitude);
	}
	return text;
}

/* What is before end, which becomes its NUL, and *text what is behind it. */
static const char *
before(char **text, char end)
{
	char *begun = *text, *at = strchr(begun, end);

	if (at == NULL)
		return NULL;
	*at = '\0';
	*text = at + 1;
	return begun;
}

/* Not as it could be written else.  0: it is none. */
static int64_t
number(const char *text)
{
	char *end;
	long long n;

	if (text == NULL || text[0] < '1' || text[0] > '9')
		return 0;
	n = strtoll(text, &end, 10); /* what is too large is out of range */
	return *end == '\0' ? n : 0;
}

static int
read_wave(struct toxic_spec *spec, char *text)
{
	const char *name = before(&text, '='), *word = before(&text, ':');
	int64_t period = number(before(&text, ':'));
	struct toxic_wave w;
	int slot, shape;

	if (name == NULL || word == NULL ||
	    (slot = toxic_slot_of(spec, name)) == -1 ||
	    (shape = wave_shape_of(word)) == -1 || period > WAVE_NUMBER_MAX)
		return -1;
	memset(&w, 0, sizeof(w));
	w.slot = (uint8_t)slot;
	w.shape = (uint8_t)shape;
	w.period = (uint32_t)period;
	w.amplitude = number(text);
	return is_sound(spec, &w) ? toxic_wave_set(spec, &w) : -1;
}

int
toxic_waves_read(struct toxic_spec *spec, const char *text)
{
	char one[96];
	size_t len;

	for (toxic_waves_clear(spec); *text != '\0'; text += len) {
		len = strcspn(text, " ");
		if (len >= sizeof(one))
			return -1;
		memcpy(one, text, len);
		one[len] = '\0';
		if (read_wave(spec, one) == -1)
			return -1;
		len += text[len] == ' ';
	}
	return 0;
}
