/* SPDX-License-Identifier: ISC */
/* What stored may say: what was kept, and what has become of a change. */

#include "child.h"
#include "dispatch.h"
#include "msg.h"
#include "store.h"
#include "store_load.h"
#include "store_tell.h"

static int
on_proxy(struct msg *m)
{
	return store_loads_proxy(msg_get_stored_proxy(m));
}

static int
on_toxic(struct msg *m)
{
	return store_loads_toxic(msg_get_toxic_create(m));
}

static int
on_stored(struct msg *m)
{
	return store_stored(m->id, msg_get_store_result(m));
}

static int
on_pong(struct msg *m)
{
	return store_ponged(m->id);
}

int
dispatch_stored(struct child *c, struct msg *m)
{
	if (c->state != CHILD_RUNNING)
		return -1;
	switch (m->type) {
	case MSG_STORED_PROXY:
		return on_proxy(m);
	case MSG_STORED_TOXIC:
		return on_toxic(m);
	case MSG_PONG:
		return on_pong(m);
	case MSG_STORED:
		return on_stored(m);
	default:
		return -1;
	}
}
