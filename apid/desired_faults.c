/* SPDX-License-Identifier: ISC */
/* All that is wrong with a document, item by item. */

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "documents.h"
#include "text_put.h"

/* "proxies[3]"; "": it is about all of it */
static struct path
place_of(const struct desired_item *at)
{
	const struct path none = { .text = "" };

	return at->list != NULL ? path_nth(at->list, at->i) : none;
}

/* The first one is what a client shows that knows no lists. */
static void
take_first(struct desired_faults *all, const char *place, const char *field,
    const struct failure *f)
{
	const int says_field = strncmp(f->text, field, strlen(field)) == 0;
	struct path where = path_of(place, field);

	if (says_field)
		text_put(where.text, sizeof(where.text), place);
	all->status = f->status;
	snprintf(all->first, sizeof(all->first), "%s%s%.300s", where.text,
	    where.text[0] != '\0' ? ": " : "", f->text);
	writer_open(&all->shown);
}

void
desired_fault(struct desired_faults *all, const struct desired_item *at,
    const char *field, const char *source, const struct failure *f)
{
	const struct path place = place_of(at);
	FILE *out;

	if (all->n++ == 0)
		take_first(all, place.text, field, f);
	if (all->n > DOCUMENT_FAULTS_MAX)
		return;
	out = all->shown.f;
	fputs(all->n > 1 ? ",{\"item\":" : "{\"item\":", out);
	encode_string(out, place.text);
	fputs(",\"name\":", out);
	encode_string(out, at->name);
	fputs(",\"field\":", out);
	encode_string(out, field);
	fputs(",\"error\":", out);
	encode_string(out, f->text);
	if (*source != '\0') {
		fputs(",\"source\":", out);
		encode_string(out, source);
	}
	fputc('}', out);
}

void
desired_complain(struct desired_faults *all, const struct desired_item *at,
    const char *field, int status, const char *fmt, ...)
{
	struct failure f = { .status = status };
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(f.text, sizeof(f.text), fmt, ap);
	va_end(ap);
	desired_fault(all, at, field, "", &f);
}

void
desired_fault_decoded(struct desired_faults *all, const struct desired_item *at,
    const char *before, const struct failure *f)
{
	static const char body[] = "bad request body: ";
	const char *text = f->text, *where = f->at;
	struct failure said = { .status = f->status == 403 ? 403 : 400 };
	struct path field;

	if (*where == '\0' && f->lacks != NULL)
		where = f->lacks;
	field = path_of(before, where);
	if (*where == '\0')
		text_put(field.text, sizeof(field.text), before);
	if (strncmp(text, body, sizeof(body) - 1) == 0)
		text += sizeof(body) - 1;
	text_put(said.text, sizeof(said.text), text);
	desired_fault(all, at, field.text, "", &said);
}

void
desired_faults_free(struct desired_faults *all)
{
	if (all->shown.f != NULL)
		writer_finish(&all->shown);
	free(all->shown.text);
}

void
encode_desired_faults(FILE *f, struct desired_faults *all)
{
	if (all->shown.f != NULL)
		writer_finish(&all->shown);
	fprintf(f, ",\"faults\":[%s]",
	    all->shown.text != NULL ? all->shown.text : "");
	if (all->n > DOCUMENT_FAULTS_MAX)
		fprintf(f, ",\"more\":%zu", all->n - DOCUMENT_FAULTS_MAX);
}
