/* SPDX-License-Identifier: ISC */
/* See name.h. */

#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "agreed.h"
#include "name.h"

static void *by_key, *by_id; /* tsearch(3) of struct name */
static uint32_t last_id;
static unsigned int nnames;

static int
compare_keys(const void *a, const void *b)
{
	const struct name *x = a, *y = b;
	int r = strcmp(x->endpoint.host, y->endpoint.host);

	if (r == 0)
		r = strcmp(x->endpoint.service, y->endpoint.service);
	if (r != 0)
		return r;
	return (x->policy_id > y->policy_id) - (x->policy_id < y->policy_id);
}

static int
compare_ids(const void *a, const void *b)
{
	const struct name *x = a, *y = b;

	return (x->id > y->id) - (x->id < y->id);
}

struct name *
name_find(const struct endpoint *e, uint32_t policy_id)
{
	struct name key = { .policy_id = policy_id }, **found;

	memcpy(key.endpoint.host, e->host, sizeof(e->host));
	memcpy(key.endpoint.service, e->service, sizeof(e->service));
	found = tfind(&key, &by_key, compare_keys);
	return found != NULL ? *found : NULL;
}

struct name *
name_of_id(uint32_t id)
{
	const struct name key = { .id = id };
	struct name **found = tfind(&key, &by_id, compare_ids);

	return found != NULL ? *found : NULL;
}

struct name *
name_new(const struct endpoint *e, uint32_t policy_id)
{
	struct name *n;

	if (nnames == NAMES_MAX || (n = calloc(1, sizeof(*n))) == NULL)
		return NULL;
	do
		n->id = ++last_id;
	while (n->id == 0 || tfind(n, &by_id, compare_ids) != NULL);
	n->endpoint = *e;
	n->policy_id = policy_id;
	TAILQ_INIT(&n->waiters);
	if (tsearch(n, &by_id, compare_ids) == NULL) {
		free(n);
		return NULL;
	}
	if (tsearch(n, &by_key, compare_keys) == NULL) {
		tdelete(n, &by_id, compare_ids);
		free(n);
		return NULL;
	}
	nnames++;
	return n;
}

int
name_has_key(const struct name *n)
{
	return name_find(&n->endpoint, n->policy_id) == n;
}

void
name_unkey(struct name *n)
{
	tdelete(n, &by_key, compare_keys);
}

void
name_unlist(struct name *n)
{
	if (name_has_key(n))
		name_unkey(n);
	tdelete(n, &by_id, compare_ids);
}

void
name_free(struct name *n)
{
	nnames--;
	free(n);
}
