/* SPDX-License-Identifier: ISC */
/* apid's replica: a ctld that contradicts itself ends it at once. */

#include <criterion/criterion.h>
#include <string.h>

#include "apid.h"

static struct proxy_state
state_of(uint32_t id, const char *name)
{
	struct proxy_state state = { .id = id };

	snprintf(state.key.name, sizeof(state.key.name), "%s", name);
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

Test(replica, two_tenants_have_the_same_name)
{
	struct proxy_state mine = state_of(1, "a"), yours = state_of(2, "a");

	snprintf(yours.key.tenant, sizeof(yours.key.tenant), "t");
	replica_proxy(&mine);
	replica_proxy(&yours);
	cr_expect_eq(replica_by_key(&mine.key), replica_by_id(1));
	cr_expect_eq(replica_by_key(&yours.key), replica_by_id(2));
	replica_proxy_gone(1);
	cr_expect_null(replica_by_key(&mine.key));
	cr_expect_eq(replica_by_key(&yours.key), replica_by_id(2));
	replica_free();
}

Test(replica, knows_what_it_is_told)
{
	const struct proxy_key a = { .name = "a" };

	say(1, "a");
	say(2, "b");
	say(1, "a");
	say_toxic(STREAM_UPSTREAM);
	say_toxic(STREAM_UPSTREAM);
	cr_assert_eq(replica_by_key(&a), replica_by_id(1));
	cr_assert_not_null(replica_toxic_find(replica_by_id(1), "t"));
	replica_proxy_gone(1);
	cr_assert_null(replica_by_key(&a));
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
