/* SPDX-License-Identifier: ISC */
/* What each toxic does: relayd/toxics/NAME.c has it, or this does not link. */

#include <string.h>

#include "toxic.h"

/* A chain is all that there is to put one in. */
#define X(tag, name, number, where, ...)     \
	_Static_assert((where) == ON_STREAM, \
	    #name ": nothing is at work on the making of a connection");
TOXICS(X, X)
#undef X

#define X(tag, name, ...) [TOXIC_##tag] = &toxic_##name,
static const struct toxic_ops *const ops[TOXIC_KIND_MAX] = { TOXICS(X, X) };
#undef X

const struct toxic_ops *
toxic_ops_of(enum toxic_kind kind)
{
	return ops[kind];
}

struct toxic *
toxics_find(const struct toxics *list, const char *name)
{
	struct toxic *t;

	TAILQ_FOREACH (t, list, entry) {
		if (strcmp(t->spec->name, name) == 0)
			break;
	}
	return t;
}
