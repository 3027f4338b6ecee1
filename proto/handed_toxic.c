/* SPDX-License-Identifier: ISC */
/* A toxic as bytes that mean the same to another program. */

#include <string.h>

#include "handed_toxic.h"
#include "toxic_owner.h"
#include "toxic_select.h"
#include "toxic_tail.h"
#include "toxic_wave.h"

struct saved_toxic {
	char name[TOXIC_NAME_MAX + 1];
	uint8_t kind, stream; /* enum toxic_kind, whose numbers are for ever */
	uint16_t nvalues;
	float toxicity;
	uint64_t select_base;
	uint32_t select_size; /* of a text, with its NUL, behind the values */
	uint32_t owner_size;  /* likewise, behind that */
	uint32_t waves_size;  /* likewise, behind that */
	uint32_t unused;
};

/* The name, with its NUL, and then the value follow. */
struct saved_value {
	uint32_t kind; /* enum toxic_value_kind */
	uint32_t name_size, size;
};

/* ---- pack */

struct bytes {
	uint8_t *at;
	size_t len, size;
	int is_full;
};

static void
put(struct bytes *b, const void *from, size_t n)
{
	if (n > b->size - b->len) {
		b->is_full = 1;
		return;
	}
	memcpy(b->at + b->len, from, n);
	b->len += n;
}

static const void *
value_of(const struct toxic_spec *spec, int slot, size_t *size)
{
	const struct toxic_attribute *a = toxic_attribute_of(spec, slot);
	const char *word;

	if (toxic_is_in_tail(a)) {
		*size = (size_t)spec->values[slot].bytes;
		return toxic_tail_bytes(spec, slot);
	}
	if (a->kind == VALUE_ENUM) {
		word = toxic_spec_word(spec, slot);
		*size = strlen(word) + 1;
		return word;
	}
	*size = sizeof(spec->values[slot]);
	return &spec->values[slot];
}

static void
put_value(struct bytes *b, const struct toxic_spec *spec, int slot)
{
	const struct toxic_attribute *a = toxic_attribute_of(spec, slot);
	struct saved_value v = { .kind = a->kind };
	const void *value;
	size_t size;

	value = value_of(spec, slot, &size);
	v.name_size = (uint32_t)strlen(a->name) + 1;
	v.size = (uint32_t)size;
	put(b, &v, sizeof(v));
	put(b, a->name, v.name_size);
	put(b, value, size);
}

size_t
handed_toxic_pack(const struct toxic_spec *spec, uint8_t *bytes, size_t size)
{
	size_t i, n = toxic_schema((enum toxic_kind)spec->kind)->nattributes;
	struct bytes b = { .size = size };
	char text[SELECT_TEXT_MAX + 1], waves[WAVES_TEXT_MAX + 1];
	const char *select = toxic_select_text(spec, text);
	struct toxic_select s;
	struct saved_toxic t;

	b.at = bytes;
	memset(&t, 0, sizeof(t));
	memcpy(t.name, spec->name, sizeof(t.name));
	t.kind = spec->kind;
	t.stream = spec->stream;
	t.nvalues = (uint16_t)n;
	t.toxicity = spec->toxicity;
	if (toxic_select_get(spec, &s))
		t.select_size = (uint32_t)strlen(select) + 1;
	t.select_base = s.base;
	t.owner_size = spec->nowner;
	if (spec->nwaves > 0)
		t.waves_size =
		    (uint32_t)strlen(toxic_waves_text(spec, waves)) + 1;
	put(&b, &t, sizeof(t));
	for (i = 0; i < n; i++)
		put_value(&b, spec, (int)i);
	put(&b, select, t.select_size);
	put(&b, toxic_owner(spec), t.owner_size);
	put(&b, waves, t.waves_size);
	return b.is_full ? 0 : b.len;
}

int
handed_toxic_is_same(const struct toxic_spec *a, const struct toxic_spec *b)
{
	static uint8_t x[HANDED_TOXIC_MAX], y[HANDED_TOXIC_MAX];
	size_t n = handed_toxic_pack(a, x, sizeof(x));

	return handed_toxic_pack(b, y, sizeof(y)) == n && memcmp(x, y, n) == 0;
}

/* ---- unpack */

/* NULL: so many are not left. */
static const uint8_t *
take(const uint8_t **at, size_t *left, size_t n)
{
	const uint8_t *taken = *at;

	if (n > *left)
		return NULL;
	*at += n;
	*left -= n;
	return taken;
}

static int
is_text(const uint8_t *bytes, size_t n)
{
	return n > 0 && memchr(bytes, '\0', n) == bytes + n - 1;
}

static int
set_value(struct toxic_spec *spec, int slot, const uint8_t *value, size_t n)
{
	const struct toxic_attribute *a = toxic_attribute_of(spec, slot);
	union toxic_value *v = &spec->values[slot];

	if (toxic_is_in_tail(a))
		return toxic_tail_set_bytes(spec, slot, value, n);
	if (a->kind == VALUE_ENUM) {
		v->integer = is_text(value, n)
		    ? toxic_word_number(a, (const char *)value)
		    : -1;
		return v->integer == -1 ? -1 : 0;
	}
	if (n != sizeof(*v))
		return -1;
	memcpy(v, value, n);
	return 0;
}

static int
take_value(struct toxic_spec *spec, const uint8_t **at, size_t *left)
{
	const uint8_t *head, *name, *value;
	struct saved_value v;
	int slot;

	if ((head = take(at, left, sizeof(v))) == NULL)
		return -1;
	memcpy(&v, head, sizeof(v));
	if ((name = take(at, left, v.name_size)) == NULL ||
	    (value = take(at, left, v.size)) == NULL ||
	    !is_text(name, v.name_size))
		return -1;
	slot = toxic_slot_of(spec, (const char *)name);
	return slot != -1 && toxic_attribute_of(spec, slot)->kind == v.kind
	    ? set_value(spec, slot, value, v.size)
	    : -1;
}

/* Of so many bytes with their NUL; none are "".  0, or -1. */
static int
take_text(struct toxic_spec *spec, const uint8_t **at, size_t *left, size_t n,
    int (*read)(struct toxic_spec *, const char *))
{
	const uint8_t *text = take(at, left, n);

	if (n == 0)
		return 0;
	return text != NULL && is_text(text, n) ? read(spec, (const char *)text)
						: -1;
}

int
handed_toxic_unpack(struct toxic_spec *spec, const uint8_t *bytes, size_t n)
{
	const uint8_t *head = take(&bytes, &n, sizeof(struct saved_toxic));
	struct saved_toxic t;
	size_t i;

	if (head == NULL)
		return -1;
	memcpy(&t, head, sizeof(t));
	if (!toxic_kind_is_known(t.kind))
		return -1;
	toxic_spec_init(spec, (enum toxic_kind)t.kind);
	memcpy(spec->name, t.name, sizeof(spec->name));
	spec->stream = t.stream;
	spec->toxicity = t.toxicity;
	for (i = 0; i < t.nvalues; i++) {
		if (take_value(spec, &bytes, &n) == -1)
			return -1;
	}
	if (take_text(spec, &bytes, &n, t.select_size, toxic_select_read) ==
		-1 ||
	    take_text(spec, &bytes, &n, t.owner_size, toxic_owner_set) == -1 ||
	    take_text(spec, &bytes, &n, t.waves_size, toxic_waves_read) == -1)
		return -1;
	(void)toxic_select_begin(spec, t.select_base);
	return n == 0 ? 0 : -1;
}
