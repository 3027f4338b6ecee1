/* SPDX-License-Identifier: ISC */
/* crash, a debug toxic: the first byte ends the worker. */

#include <stdlib.h>

#include "toxic.h"

static void
crash_data(struct stage *s, struct chunk *k)
{
	(void)s;
	(void)k;
	abort();
}

const struct toxic_ops toxic_crash = {
	.data = crash_data,
};
