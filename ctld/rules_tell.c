/* SPDX-License-Identifier: ISC */
/* The rules, and where the API listens: as diald is told. */

#include "child.h"
#include "children.h"
#include "msg.h"
#include "proxy_clients.h"
#include "rules.h"
#include "rules_tell.h"
#include "tenants.h"

static struct address api; /* listens there */

void
rules_feed(const struct address *listens)
{
	struct dial_rules rules = { .npolicies = tenants_npolicies() };
	const struct policy_rule *all;
	size_t i, n;

	if (listens != NULL)
		api = *listens;
	if (children.diald == NULL)
		return;
	rules.api = api;
	all = rules_now(&n);
	child_send(children.diald, MSG_DIAL_RULES, 0, &rules, -1);
	for (i = 0; i < n; i++) {
		if (all[i].list != RULES_CLIENTS)
			child_send(
			    children.diald, MSG_DIAL_RULE, 0, &all[i], -1);
	}
	child_send_nothing(children.diald, MSG_DIAL_RULES_END, 0);
}

static void
feed_tenants(struct child *worker, int is_new)
{
	const uint32_t policy = tenants_policy(worker->proxy->key.tenant);
	struct relay_clients clients = { .n = 0 };
	const struct policy_rule *all;
	size_t i, n;

	all = rules_of(policy, &n);
	for (i = 0; i < n; i++) {
		if (all[i].list == RULES_CLIENTS)
			clients.rules[clients.n++] = all[i].where;
	}
	if (clients.n > 0 || !is_new)
		child_send(worker, MSG_RELAY_CLIENTS, 0, &clients, -1);
}

static void
feed_own(struct child *worker, int is_new)
{
	static const struct relay_clients all_may;
	const struct relay_clients *own =
	    clients_lists_find(clients_lists_now(), &worker->proxy->key);

	if (own == NULL && !is_new)
		own = &all_may;
	if (own != NULL)
		child_send(worker, MSG_RELAY_PROXY_CLIENTS, 0, own, -1);
}

void
rules_feed_worker(struct child *worker, int is_new)
{
	feed_tenants(worker, is_new);
	feed_own(worker, is_new);
}
