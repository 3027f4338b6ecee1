/* SPDX-License-Identifier: ISC */
/* ctld/tenant_queue.c: whose change is next. */

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>

#include "change.h"
#include "child.h"
#include "tenant_queue.h"
#include "tenants.h"

static struct child apid, next_apid;

static void
begin(void)
{
	struct tenants t = { .n = 0 };
	struct tenant tenant;
	char name;

	for (name = 'a'; name <= 'c'; name++) {
		tenant = (struct tenant){ .policy_id = (uint32_t)t.n + 1 };
		snprintf(tenant.name, sizeof(tenant.name), "%c", name);
		cr_assert_eq(tenants_add(&t, &tenant), 0);
	}
	cr_assert(tenants_take(&t));
}

TestSuite(tenant_queue, .init = begin);

static void
put(struct change *ch, const char *tenant)
{
	ch->asker = &apid;
	tenant_queue_put(ch, tenant);
}

Test(tenant_queue, one_of_each_and_each_ones_in_order)
{
	struct change a[4] = { { .id = 0 } }, b[2] = { { .id = 0 } },
		      nameless = { .id = 0 };
	const struct change *const order[] = { &a[0], &a[1], &b[0], &nameless,
		&a[2], &b[1], &a[3] };
	size_t i;

	cr_assert_eq(tenant_queue_waits(), 0);
	for (i = 0; i < 4; i++)
		put(&a[i], "a");
	for (i = 0; i < sizeof(order) / sizeof(*order); i++) {
		cr_assert_eq(tenant_queue_waits(), 1);
		cr_assert_eq(tenant_queue_take(), order[i], "the %zuth", i);
		if (i == 0) { /* they come in the middle of a's */
			put(&b[0], "b");
			put(&b[1], "b");
			put(&nameless, "");
		}
	}
	cr_assert_eq(tenant_queue_waits(), 0);
	cr_assert_null(tenant_queue_take());
}

Test(tenant_queue, who_asked_has_died)
{
	struct change a[2] = { { .id = 0 } }, b = { .id = 0 };

	put(&a[0], "a");
	put(&a[1], "a");
	put(&b, "b");
	b.asker = &next_apid;
	tenant_queue_forget_asker(&apid);
	cr_assert_null(a[0].asker);
	cr_assert_null(a[1].asker);
	cr_assert_eq(b.asker, &next_apid);
	cr_assert_eq(tenant_queue_take(), &a[0]);
}
