/* SPDX-License-Identifier: ISC */
/* What is wrong with a document. */

#include <err.h>
#include <stdio.h>
#include <stdlib.h>

#include "fault.h"

char *
fault_text(const struct fault *f)
{
	const char *gap = "";
	size_t size;
	char *text;
	FILE *out;

	if ((out = open_memstream(&text, &size)) == NULL)
		err(1, NULL);
	if (f->item != NULL) {
		fputs(f->item, out);
		gap = " ";
	}
	if (f->name != NULL) {
		fprintf(out, "%s\"%s\"", gap, f->name);
		gap = ", ";
	}
	if (f->field != NULL)
		fprintf(out, "%s%s", *gap != '\0' ? ", " : "", f->field);
	if (*gap != '\0' || f->field != NULL)
		fputs(": ", out);
	fputs(f->text != NULL ? f->text : "it is not said why", out);
	if (f->source != NULL)
		fprintf(out, " (it is of source \"%s\")", f->source);
	if (fclose(out) == EOF)
		err(1, NULL);
	return text;
}

json_t *
json_of_fault(const struct fault *f)
{
	return json_pack("{s:s*,s:s*,s:s*,s:s*,s:s*}", "item", f->item, "name",
	    f->name, "field", f->field, "source", f->source, "error", f->text);
}
