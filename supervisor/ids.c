/* SPDX-License-Identifier: ISC */

#include "ids.h"
#include "log.h"

static uint32_t last;

uint32_t
id_new(void)
{
	if (++last == 0) /* at 1,000 a second, in 49 days of an attack */
		fatalx("%s: there are no more", __func__);
	return last;
}

uint32_t
id_last(void)
{
	return last;
}

void
id_go_on_from(uint32_t from)
{
	last = from;
}
