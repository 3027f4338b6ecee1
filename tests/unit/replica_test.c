/* SPDX-License-Identifier: ISC */
/* apid's replica: a ctld that contradicts itself ends it at once. */

#include <criterion/criterion.h>
#include <string.h>

#include "apid.h"

static struct proxy_state
state_of(uint32_t id, const char *name)
{
	struct proxy_state state = { .id = id };

	snprintf(state.name, sizeof(state.name), "%s", name);
	return state;
}

static void
say(uint32_t id, const char *name)
{
	struct proxy_state state = state_of(id, name);

	replica_proxy(&state);
}

static void
say_toxic(enum toxic_stream stream)
{
	struct toxic_state state = { .proxy_id = 1, .spec = { .name = "t" } };

	state.spec.stream = (uint8_t)stream;
	replica_toxic(&state);
}

Test(replica, knows_what_it_is_told)
{
	say(1, "a");
	say(2, "b");
	say(1, "a");
	say_toxic(STREAM_UPSTREAM);
	say_toxic(STREAM_UPSTREAM);
	cr_assert_eq(replica_by_name("a"), replica_by_id(1));
	cr_assert_not_null(replica_toxic_find(replica_by_id(1), "t"));
	replica_proxy_gone(1);
	cr_assert_null(replica_by_name("a"));
	cr_assert_null(replica_by_id(1));
	say(3, "a");
	replica_free();
}

/* What follows was found by tests/fuzz: each left a dangling pointer. */
Test(replica, a_name_is_one_proxys, .exit_code = 1)
{
	say(1, "a");
	say(2, "a");
}

Test(replica, a_proxy_keeps_its_name, .exit_code = 1)
{
	say(1, "a");
	say(1, "b");
}

Test(replica, a_toxic_keeps_its_stream, .exit_code = 1)
{
	say(1, "a");
	say_toxic(STREAM_UPSTREAM);
	say_toxic(STREAM_DOWNSTREAM);
}
