/* SPDX-License-Identifier: ISC */
/* What each toxic does: relayd/toxics/NAME.c has it, or this does not link. */

#include "toxic.h"

#define X(tag, name, ...) [TOXIC_##tag] = &toxic_##name,
static const struct toxic_ops *const ops[TOXIC_KIND_MAX] = { TOXICS(X, X) };
#undef X

const struct toxic_ops *
toxic_ops_of(enum toxic_kind kind)
{
	return ops[kind];
}
