/* SPDX-License-Identifier: ISC */
/* See rules.h. */

#include <stdlib.h>
#include <string.h>

#include "msg.h"
#include "rules.h"

static struct rules now;
static int are_new; /* to the journal */

/* ---- being read */

int
rules_add(struct rules *rules, const struct policy_rule *r)
{
	struct policy_rule *more;

	if (r->policy_id > TENANTS_MAX || rules->n == RULES_MAX)
		return -1;
	more = reallocarray(rules->all, rules->n + 1, sizeof(*more));
	if (more == NULL)
		return -2;
	rules->all = more;
	rules->all[rules->n++] = *r;
	return 0;
}

static int
compare_rules(const void *a, const void *b)
{
	const struct policy_rule *x = a, *y = b;

	if (x->policy_id != y->policy_id)
		return x->policy_id < y->policy_id ? -1 : 1;
	if (x->list != y->list)
		return x->list < y->list ? -1 : 1;
	return (x->number > y->number) - (x->number < y->number);
}

/* So that each policy's are together, however the file has them. */
static void
sort(struct rules *rules)
{
	if (rules->n > 0)
		qsort(rules->all, rules->n, sizeof(*rules->all), compare_rules);
}

/* Numbers have an end (see payload.c): so has a list in which each is once. */
int
rules_end(struct rules *rules)
{
	size_t i;

	sort(rules);
	for (i = 1; i < rules->n; i++) {
		if (compare_rules(&rules->all[i - 1], &rules->all[i]) == 0)
			return -1;
	}
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
	sort(rules);
}

/* ---- of one policy */

static size_t
first_of(const struct rules *rules, uint32_t policy_id)
{
	size_t low = 0, high = rules->n, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (rules->all[middle].policy_id < policy_id)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static const struct policy_rule *
find(const struct rules *rules, uint32_t policy_id, size_t *n)
{
	const size_t first = first_of(rules, policy_id);

	*n = first_of(rules, policy_id + 1) - first;
	return *n > 0 ? &rules->all[first] : NULL;
}

static int
is_same(const struct rules *a, const struct rules *b, uint32_t policy_id)
{
	const struct policy_rule *x, *y;
	size_t n, m;

	x = find(a, policy_id, &n);
	y = find(b, policy_id, &m);
	return n == m && (n == 0 || memcmp(x, y, n * sizeof(*x)) == 0);
}

/* ---- those that count */

int
rules_take(struct rules *rules, struct policies_changed *changed)
{
	uint32_t id;
	int n = 0;

	*changed = (struct policies_changed){ .are = { 0 } };
	for (id = 0; id <= TENANTS_MAX; id++) {
		changed->are[id] = !is_same(rules, &now, id);
		n += changed->are[id];
	}
	if (n == 0) {
		rules_free(rules);
		return 0;
	}
	rules_free(&now);
	now = *rules;
	*rules = (struct rules){ .n = 0 };
	are_new = 1;
	return 1;
}

const struct policy_rule *
rules_now(size_t *n)
{
	*n = now.n;
	return now.all;
}

const struct policy_rule *
rules_of(uint32_t policy_id, size_t *n)
{
	return find(&now, policy_id, n);
}

/* ---- for who follows */

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
	return rules_end(&now);
}
