/* SPDX-License-Identifier: ISC */
/*
 * Processes of two versions speak to each other in an upgrade, if their
 * numbers say that they can: no layout changes without its number.
 */

#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "layouts.h"
#include "msg.h"
#include "nitems.h"
#include "tables.h"
#include "truth.h"
#include "toxic_spec.h"
#include "toxic_tail.h"

/* FNV-1a */
static uint64_t
hash_text(uint64_t h, const char *text)
{
	size_t i, n = strlen(text) + 1;

	for (i = 0; i < n; i++)
		h = (h ^ (uint8_t)text[i]) * UINT64_C(0x100000001b3);
	return h;
}

static uint64_t
hash_number(uint64_t h, int64_t number)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRId64, number);
	return hash_text(h, text);
}

static uint64_t
hash_layouts(uint64_t version, const char *const *layouts, size_t n)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);
	size_t i;

	h = hash_number(h, (int64_t)version);
	for (i = 0; i < n; i++)
		h = hash_text(h, layouts[i]);
	return h;
}

static uint64_t
hash_in_tail(uint64_t h, const struct toxic_attribute *a)
{
	const union toxic_range *r = &a->range;

	if (a->kind == VALUE_TEXT)
		return hash_number(h, (int64_t)r->text.bytes);
	if (a->kind == VALUE_TEXTS) {
		h = hash_number(h, (int64_t)r->texts.bytes);
		return hash_number(h, (int64_t)r->texts.count);
	}
	h = hash_number(h, r->integers.min);
	h = hash_number(h, r->integers.least);
	h = hash_number(h, r->integers.most);
	return hash_number(h, (int64_t)r->integers.count);
}

/* What a value means to a worker is in its range, too. */
static uint64_t
hash_attribute(uint64_t h, const struct toxic_attribute *a)
{
	const char *const *word;
	char text[80];

	h = hash_text(h, a->name);
	h = hash_text(h, a->unit);
	h = hash_number(h, a->kind);
	if (a->kind == VALUE_FRACTION) {
		snprintf(text, sizeof(text), "%.17g %.17g %d",
		    a->range.fraction.least, a->range.fraction.most,
		    a->range.fraction.is_exact);
		return hash_text(h, text);
	}
	if (a->kind == VALUE_ENUM) {
		for (word = a->range.words; *word != NULL; word++)
			h = hash_text(h, *word);
		return h;
	}
	if (toxic_is_in_tail(a))
		return hash_in_tail(h, a);
	h = hash_number(h, a->range.integer.min);
	h = hash_number(h, a->range.integer.least);
	return hash_number(h, a->range.integer.most);
}

static uint64_t
hash_schema(uint64_t h)
{
	const struct toxic_schema *s;
	unsigned int kind;
	size_t i;

	for (kind = 1; kind < TOXIC_KIND_MAX; kind++) {
		s = toxic_schema((enum toxic_kind)kind);
		h = hash_text(h, s->name);
		h = hash_number(h, s->where);
		for (i = 0; i < s->nattributes; i++)
			h = hash_attribute(h, &s->attributes[i]);
	}
	return h;
}

Test(layouts, messages_change_with_their_version)
{
	uint64_t h =
	    hash_layouts(MSG_VERSION, msg_layouts, nitems(msg_layouts));

	h = hash_schema(h);
	cr_assert_eq(h, MSG_DIGEST,
	    "a message, or a toxic's row, is not as it was in version %d.  "
	    "In proto/msg.h: raise MSG_VERSION, if it is that of a commit "
	    "that others may run, then let MSG_DIGEST be what this test "
	    "says: 0x%016" PRIx64,
	    MSG_VERSION, h);
}

Test(layouts, the_journal_changes_with_its_format)
{
	uint64_t h =
	    hash_layouts(TRUTH_FORMAT, truth_layouts, nitems(truth_layouts));

	cr_assert_eq(h, TRUTH_DIGEST,
	    "what is in the journal is not as it was in format %d.  In "
	    "ctld/truth.h: raise TRUTH_FORMAT, if it is that of "
	    "a commit that others may run, then let TRUTH_DIGEST be what "
	    "this test says: 0x%016" PRIx64,
	    TRUTH_FORMAT, h);
}

Test(layouts, the_tables_change_with_their_format)
{
	uint64_t h =
	    hash_layouts(TABLES_FORMAT, tables_layouts, nitems(tables_layouts));

	h = hash_number(h, sizeof(struct tables)); /* how long they are */
	cr_assert_eq(h, TABLES_DIGEST,
	    "what an upgrade hands over is not as it was in format %d.  In "
	    "supervisor/tables.h: raise TABLES_FORMAT, if it is that of "
	    "a commit that others may run, then let TABLES_DIGEST be what "
	    "this test says: 0x%016" PRIx64,
	    TABLES_FORMAT, h);
}
