/* SPDX-License-Identifier: ISC */
/*
 * JSON out, to the byte as Go's encoding/json has it: clients and their tests
 * compare texts.  That is why a library does not do it.
 */

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "apid.h"
#include "clock_boot.h"
#include "connect.h"
#include "halted.h"
#include "log.h"
#include "selects.h"
#include "toxic_owner.h"
#include "utf8.h"
#include "waves.h"

void
writer_open(struct writer *w)
{
	memset(w, 0, sizeof(*w));
	if ((w->f = open_memstream(&w->text, &w->len)) == NULL)
		fatal("%s", __func__);
}

void
writer_finish(struct writer *w)
{
	if (fclose(w->f) != 0)
		fatal("%s", __func__);
	w->f = NULL;
}

/* What has an escape of its own, or NULL. */
static const char *
escape(unsigned char c)
{
	switch (c) {
	case '"':
		return "\\\"";
	case '\\':
		return "\\\\";
	case '\b':
		return "\\b";
	case '\f':
		return "\\f";
	case '\n':
		return "\\n";
	case '\r':
		return "\\r";
	case '\t':
		return "\\t";
	default:
		return NULL;
	}
}

/* They end a line in JavaScript. */
static int
is_line_separator(uint32_t point)
{
	return point == 0x2028 || point == 0x2029;
}

void
encode_string(FILE *f, const char *s)
{
	uint32_t point;
	const char *e;
	size_t n;

	fputc('"', f);
	for (; *s != '\0'; s += n > 0 ? n : 1) {
		n = utf8_character(s, &point);
		if (n == 0) {
			fputs("\\ufffd", f);
		} else if ((e = escape((unsigned char)*s)) != NULL) {
			fputs(e, f);
		} else if ((unsigned char)*s < ' ' ||
		    strchr("<>&", *s) != NULL) {
			fprintf(f, "\\u%04x", (unsigned char)*s);
		} else if (is_line_separator(point)) {
			fprintf(f, "\\u%04x", point);
		} else {
			fwrite(s, 1, n, f);
		}
	}
	fputc('"', f);
}

void
encode_key(FILE *f, const struct proxy_key *key, int has_tenant)
{
	char text[PROXY_KEY_TEXT_MAX + 1];

	if (!has_tenant) {
		encode_string(f, key->name);
		return;
	}
	snprintf(text, sizeof(text), "%s/%s", key->tenant, key->name);
	encode_string(f, text);
}

static void
encode_list(FILE *f, const struct toxic_spec *spec, int slot,
    const struct toxic_attribute *a)
{
	size_t i, n = toxic_tail_count(spec, slot);

	fputc('[', f);
	for (i = 0; i < n; i++) {
		if (i > 0)
			fputc(',', f);
		if (a->kind == VALUE_INTEGERS)
			fprintf(
			    f, "%" PRId64, toxic_tail_integer(spec, slot, i));
		else
			encode_string(f, toxic_tail_nth_text(spec, slot, i));
	}
	fputc(']', f);
}

static void
encode_value(FILE *f, const struct toxic_spec *spec, int slot,
    const struct toxic_attribute *a)
{
	union toxic_value value = spec->values[slot];

	switch (a->kind) {
	case VALUE_INTEGER:
		fprintf(f, "%" PRId64, value.integer);
		break;
	case VALUE_FRACTION:
		encode_double(f, value.fraction);
		break;
	case VALUE_ENUM:
		encode_string(f, toxic_word(a, value.integer));
		break;
	case VALUE_TEXT:
		encode_string(f, toxic_tail_text(spec, slot));
		break;
	case VALUE_INTEGERS:
	case VALUE_TEXTS:
		encode_list(f, spec, slot, a);
		break;
	}
}

static void
encode_attributes(FILE *f, const struct toxic_spec *spec)
{
	const struct toxic_schema *schema =
	    toxic_schema((enum toxic_kind)spec->kind);
	size_t i;

	fputc('{', f);
	for (i = 0; i < schema->nattributes; i++) {
		if (!toxic_is_shown(spec, (int)i))
			continue;
		fprintf(f, "%s\"%s\":", i > 0 ? "," : "",
		    schema->attributes[i].name);
		encode_value(f, spec, (int)i, &schema->attributes[i]);
	}
	fputc('}', f);
}

/* Only where there is one; what is over may not be gone yet. */
static void
write_lease(FILE *f, int64_t end)
{
	int64_t left;

	if (end == 0)
		return;
	left = end - clock_boot();
	fprintf(f, ",\"expires_in\":%" PRId64,
	    left > 0 ? (left + NS_PER_MS - 1) / NS_PER_MS : 0);
}

/* Most toxics have none. */
static void
write_owner(FILE *f, const char *owner)
{
	if (*owner == '\0')
		return;
	fputs(",\"owner\":", f);
	encode_string(f, owner);
}

void
encode_toxic(FILE *f, const struct toxic_spec *spec)
{
	fputs("{\"attributes\":", f);
	encode_attributes(f, spec);
	fputs(",\"name\":", f);
	encode_string(f, spec->name);
	fprintf(f, ",\"type\":\"%s\",\"stream\":\"%s\",\"toxicity\":",
	    toxic_schema((enum toxic_kind)spec->kind)->name,
	    toxic_stream_name((enum toxic_stream)spec->stream));
	encode_float(f, spec->toxicity);
	encode_select(f, spec);
	encode_waves(f, spec);
	write_owner(f, toxic_owner(spec));
	write_lease(f, spec->lease);
	fputc('}', f);
}

/* without: those of an owner of that kind are left out; or OWNER_NONE. */
static void
write_toxics(FILE *f, const struct proxy *p, enum owner_kind without)
{
	const struct toxic *t;
	const char *comma = "";
	int i;

	fputc('[', f);
	for (i = 0; i < STREAM_MAX; i++) {
		TAILQ_FOREACH (t, &p->toxics[i], entry) {
			if (without != OWNER_NONE &&
			    toxic_owner_kind(t->spec) == without)
				continue;
			fputs(comma, f);
			encode_toxic(f, t->spec);
			comma = ",";
		}
	}
	fputc(']', f);
}

void
encode_toxics(FILE *f, const struct proxy *p)
{
	write_toxics(f, p, OWNER_NONE);
}

/* listen before upstream: p2pd's client takes the first address it sees. */
static void
write_proxy(FILE *f, const struct proxy *p, enum owner_kind without,
    void (*scenario)(FILE *, const struct scenario *))
{
	fputs("{\"name\":", f);
	encode_string(f, p->state.key.name);
	fputs(",\"listen\":", f);
	encode_string(f, p->state.listen);
	fputs(",\"upstream\":", f);
	encode_string(f, p->state.upstream);
	fprintf(f,
	    ",\"enabled\":%s,\"toxics\":", p->state.enabled ? "true" : "false");
	write_toxics(f, p, without);
	encode_connect(f, &p->state.connect);
	if (scenario != NULL)
		scenario(f, p->scenario);
	if (halted_covers(p->state.key.tenant))
		fputs(",\"halted\":true", f);
	write_lease(f, p->state.lease);
	fputc('}', f);
}

/* Then its text is another with every ms. */
static int
is_leased(const struct proxy *p)
{
	const struct toxic *t;
	int i;

	for (i = 0; i < STREAM_MAX; i++) {
		TAILQ_FOREACH (t, &p->toxics[i], entry) {
			if (t->spec->lease != 0)
				return 1;
		}
	}
	return p->state.lease != 0;
}

/* Proxies are listed far more often than they change. */
void
encode_proxy(FILE *f, const struct proxy *p)
{
	struct proxy *keeper = (struct proxy *)(uintptr_t)p;
	struct writer w;

	if (p->text == NULL && is_leased(p)) {
		write_proxy(f, p, OWNER_NONE, NULL);
		return;
	}
	if (p->text == NULL) {
		writer_open(&w);
		write_proxy(w.f, p, OWNER_NONE, NULL);
		writer_finish(&w);
		keeper->text = w.text;
		keeper->text_len = w.len;
	}
	fwrite(p->text, 1, p->text_len, f);
}

/* A scenario's toxics are the scenario's to make. */
void
encode_proxy_as_asked(FILE *f, const struct proxy *p,
    void (*scenario)(FILE *, const struct scenario *))
{
	if (p->scenario == NULL)
		encode_proxy(f, p);
	else
		write_proxy(f, p, OWNER_SCENARIO, scenario);
}
