/* SPDX-License-Identifier: ISC */
/* What is wrong with a document: some of it, and how much there was. */

#include <stdlib.h>
#include <string.h>

#include "items.h"
#include "must.h"

struct fault *
faults_add(struct faults *f)
{
	f->all++;
	if (f->n == FAULTS_MAX)
		return NULL;
	if (f->fault == NULL)
		f->fault = must(calloc(FAULTS_MAX, sizeof(*f->fault)));
	return &f->fault[f->n++];
}

void
faults_free(struct faults *f)
{
	size_t i;

	for (i = 0; i < f->n; i++) {
		free(f->fault[i].item);
		free(f->fault[i].name);
		free(f->fault[i].field);
		free(f->fault[i].error);
		free(f->fault[i].source);
		free(f->fault[i].key);
	}
	free(f->fault);
	memset(f, 0, sizeof(*f));
}
