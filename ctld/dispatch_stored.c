/* SPDX-License-Identifier: ISC */
/* What stored may say: what was kept, and what has become of a change. */

#include "child.h"
#include "dispatch.h"
#include "heart.h"
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
on_scenario(struct msg *m)
{
	return store_loads_scenario(msg_get_scenario_spec(m));
}

static int
on_scenario_toxic(struct msg *m)
{
	return store_loads_scenario_toxic(msg_get_toxic_create(m));
}

static int
on_token(struct msg *m)
{
	return store_loads_token(msg_get_credential(m));
}

static int
on_halt(struct msg *m)
{
	return store_loads_halt(msg_get_halt(m));
}

static int
on_source(struct msg *m)
{
	return store_loads_source(msg_get_source_state(m));
}

static int
on_source_text(struct msg *m)
{
	return store_loads_source_text(msg_get_source_text(m));
}

static int
on_source_scenario(struct msg *m)
{
	return store_loads_source_scenario(msg_get_source_scenario(m));
}

static int
on_stored(struct msg *m)
{
	return store_stored(m->id, msg_get_store_result(m));
}

static int
on_pong(struct msg *m)
{
	return m->id == 0 ? heart_ponged(m->from, msg_get_vitals(m))
			  : store_ponged(m->id);
}

enum {
	LOADS = 0x2,
	KEEPS = 0x4
};

static const struct handler from_stored[MSG_MAX] = {
	[MSG_STORED_TOKEN] = { on_token, LOADS },
	[MSG_STORED_HALT] = { on_halt, LOADS },
	[MSG_STORED_SOURCE] = { on_source, LOADS },
	[MSG_STORED_SOURCE_TEXT] = { on_source_text, LOADS },
	[MSG_STORED_SOURCE_SCENARIO] = { on_source_scenario, LOADS },
	[MSG_STORED_PROXY] = { on_proxy, LOADS },
	[MSG_STORED_TOXIC] = { on_toxic, LOADS },
	[MSG_STORED_SCENARIO] = { on_scenario, LOADS },
	[MSG_STORED_SCENARIO_TOXIC] = { on_scenario_toxic, LOADS },
	[MSG_STORED] = { on_stored, LOADS | KEEPS },
	[MSG_PONG] = { on_pong, LOADS | KEEPS },
};

const struct handler *
stored_may_say(const struct child *c, unsigned int *state)
{
	(void)c;
	*state = store.is_loaded ? KEEPS : LOADS;
	return from_stored;
}
