/* SPDX-License-Identifier: ISC */
#include "handler.h"

int
handle(const struct handler rows[MSG_MAX], unsigned int state, void *from,
    struct msg *m)
{
	const struct handler *h = &rows[m->type];

	if (h->on == NULL || (h->states & state) == 0)
		return -1;
	m->from = from;
	return h->on(m);
}
