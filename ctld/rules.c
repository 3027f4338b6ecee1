/* SPDX-License-Identifier: ISC */
/* See rules.h. */

#include <stdlib.h>
#include <string.h>

#include "msg.h"
#include "rules.h"

static struct rules now;
static int are_new; /* to the journal */

/* So many of one list of one policy: they come one after another. */
static int
is_full(const struct rules *rules, const struct policy_rule *r)
{
	size_t n = 0, i = rules->n;

	while (i > 0 && rules->all[i - 1].policy_id == r->policy_id)
		n += rules->all[--i].list == r->list;
	return n >=
	    (r->list == RULES_CLIENTS ? CLIENT_RULES_MAX : LIST_RULES_MAX);
}

int
rules_add(struct rules *rules, const struct policy_rule *r)
{
	struct policy_rule *more;

	if (r->policy_id > TENANTS_MAX || rules->n == RULES_MAX ||
	    is_full(rules, r))
		return -1;
	more = reallocarray(rules->all, rules->n + 1, sizeof(*more));
	if (more == NULL)
		return -2;
	rules->all = more;
	rules->all[rules->n++] = *r;
	return 0;
}

void
rules_free(struct rules *rules)
{
	free(rules->all);
	*rules = (struct rules){ .n = 0 };
}

void
rules_map(struct rules *rules, const uint32_t *ids)
{
	size_t i;

	for (i = 0; i < rules->n; i++)
		rules->all[i].policy_id = ids[rules->all[i].policy_id];
}

static int
is_same(const struct rules *a, const struct rules *b)
{
	return a->n == b->n &&
	    (a->n == 0 || memcmp(a->all, b->all, a->n * sizeof(*a->all)) == 0);
}

int
rules_take(struct rules *rules)
{
	if (is_same(rules, &now)) {
		rules_free(rules);
		return 0;
	}
	rules_free(&now);
	now = *rules;
	*rules = (struct rules){ .n = 0 };
	are_new = 1;
	return 1;
}

/* ---- for who follows */

const struct policy_rule *
rules_now(size_t *n)
{
	*n = now.n;
	return now.all;
}

int
rules_are_new(void)
{
	int were_new = are_new;

	are_new = 0;
	return were_new;
}

static int
is_sound(const struct policy_rule *r)
{
	union msg_payload payload = { .policy_rule = *r };

	return payload_is_sound(PAYLOAD_policy_rule, &payload);
}

/* The last part counts. */
int
rules_load(const void *bytes, size_t size)
{
	struct policy_rule r;
	size_t at;

	rules_free(&now);
	if (size % sizeof(r) != 0)
		return -1;
	for (at = 0; at < size; at += sizeof(r)) {
		memcpy(&r, (const uint8_t *)bytes + at, sizeof(r));
		if (!is_sound(&r) || rules_add(&now, &r) != 0)
			return -1;
	}
	return 0;
}
