/* SPDX-License-Identifier: ISC */
/* See toxic_list.h. */

#include <stdlib.h>

#include "toxic_list.h"
#include "toxic_tail.h"

void
toxic_free(struct toxic *t)
{
	free(t->spec);
	free(t);
}

int
toxics_add(struct toxics *toxics, const struct toxic_spec *spec)
{
	struct toxic *t;

	if ((t = calloc(1, sizeof(*t))) == NULL)
		return -1;
	if ((t->spec = toxic_spec_dup(spec)) == NULL) {
		free(t);
		return -1;
	}
	TAILQ_INSERT_TAIL(toxics, t, entry);
	return 0;
}

void
toxics_free(struct toxics *toxics)
{
	struct toxic *t;

	while ((t = TAILQ_FIRST(toxics)) != NULL) {
		TAILQ_REMOVE(toxics, t, entry);
		toxic_free(t);
	}
}
