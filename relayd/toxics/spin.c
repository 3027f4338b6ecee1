/* SPDX-License-Identifier: ISC */
/* spin, a debug toxic: from the first byte on the worker does nothing else. */

#include "toxic.h"

static void
spin_data(struct stage *s, struct chunk *k)
{
	volatile int forever = 1;

	(void)s;
	(void)k;
	while (forever)
		continue;
}

const struct toxic_ops toxic_spin = {
	.data = spin_data,
};
