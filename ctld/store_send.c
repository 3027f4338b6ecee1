/* SPDX-License-Identifier: ISC */
/* See store_send.h. */

#include "child.h"
#include "children.h"
#include "msg.h"
#include "store.h"
#include "store_send.h"

struct store store;

void
store_send_sized(
    enum msg_type type, uint32_t id, const void *payload, size_t size)
{
	if (children.stored != NULL)
		child_send_sized(children.stored, type, id, payload, size, -1);
}

void
store_send_nothing(enum msg_type type, uint32_t id)
{
	struct nothing nothing = { 0 };

	store_send_sized(type, id, &nothing, sizeof(nothing));
}

int
store_is_there(void)
{
	return children.stored != NULL &&
	    children.stored->state != CHILD_KILLED;
}
