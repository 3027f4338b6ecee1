/* SPDX-License-Identifier: ISC */
/* See proxy_clients.h. */

#include <stdlib.h>
#include <string.h>

#include "msg.h"
#include "policy_rule.h"
#include "proxy_clients.h"

static struct clients_lists now;
static int are_new; /* to the journal */

/* ---- being read */

int
clients_lists_add(struct clients_lists *lists, const struct proxy_clients *c)
{
	struct proxy_clients *more;

	if (lists->n == PROXY_CLIENTS_MAX)
		return -1;
	more = reallocarray(lists->all, lists->n + 1, sizeof(*more));
	if (more == NULL)
		return -2;
	lists->all = more;
	lists->all[lists->n++] = *c;
	return 0;
}

static int
compare(const void *a, const void *b)
{
	const struct proxy_clients *x = a, *y = b;

	return proxy_key_compare(&x->key, &y->key);
}

int
clients_lists_end(struct clients_lists *lists)
{
	size_t i;

	if (lists->n > 0)
		qsort(lists->all, lists->n, sizeof(*lists->all), compare);
	for (i = 1; i < lists->n; i++) {
		if (compare(&lists->all[i - 1], &lists->all[i]) == 0)
			return -1;
	}
	return 0;
}

void
clients_lists_free(struct clients_lists *lists)
{
	free(lists->all);
	*lists = (struct clients_lists){ .n = 0 };
}

/* ---- one of them */

static int
compare_key(const void *key, const void *list)
{
	const struct proxy_clients *c = list;

	return proxy_key_compare(key, &c->key);
}

const struct relay_clients *
clients_lists_find(
    const struct clients_lists *lists, const struct proxy_key *key)
{
	const struct proxy_clients *found = NULL;

	if (lists->n > 0)
		found = bsearch(key, lists->all, lists->n, sizeof(*lists->all),
		    compare_key);
	return found != NULL ? &found->clients : NULL;
}

int
clients_lists_agree(const struct clients_lists *a,
    const struct clients_lists *b, const struct proxy_key *key)
{
	const struct relay_clients *x = clients_lists_find(a, key),
				   *y = clients_lists_find(b, key);

	if (x == NULL || y == NULL)
		return x == y;
	return memcmp(x, y, sizeof(*x)) == 0;
}

/* ---- those that count */

int
clients_lists_take(struct clients_lists *lists)
{
	const struct clients_lists before = now;
	const size_t size = lists->n * sizeof(*lists->all);

	if (lists->n == now.n &&
	    (size == 0 || memcmp(lists->all, now.all, size) == 0))
		return 0;
	now = *lists;
	*lists = before;
	are_new = 1;
	return 1;
}

const struct clients_lists *
clients_lists_now(void)
{
	return &now;
}

/* ---- for who follows */

int
clients_lists_are_new(void)
{
	int were_new = are_new;

	are_new = 0;
	return were_new;
}

static int
is_sound(const struct proxy_clients *c)
{
	union msg_payload payload = { .proxy_clients = *c };

	return payload_is_sound(PAYLOAD_proxy_clients, &payload);
}

/* The last part counts. */
int
clients_lists_load(const void *bytes, size_t size)
{
	struct proxy_clients c;
	size_t at;

	clients_lists_free(&now);
	if (size % sizeof(c) != 0)
		return -1;
	for (at = 0; at < size; at += sizeof(c)) {
		memcpy(&c, (const uint8_t *)bytes + at, sizeof(c));
		if (!is_sound(&c) || clients_lists_add(&now, &c) != 0)
			return -1;
	}
	return clients_lists_end(&now);
}
