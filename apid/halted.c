/* SPDX-License-Identifier: ISC */
/* See halted.h. */

#include <stdlib.h>
#include <string.h>

#include "apid.h"
#include "halted.h"
#include "log.h"
#include "text_put.h"

/* ---- as ctld says them */

static struct table {
	struct halt *all; /* by name */
	size_t n;
} now, next;

void
halted_begin(void)
{
	free(next.all);
	next = (struct table){ .n = 0 };
}

int
halted_add(const struct halt *h)
{
	struct halt *more;

	if (next.n > 0 && strcmp(next.all[next.n - 1].tenant, h->tenant) >= 0)
		return -1;
	more = reallocarray(next.all, next.n + 1, sizeof(*more));
	if (more == NULL)
		fatal("%s", __func__);
	next.all = more;
	more[next.n++] = *h;
	return 0;
}

static int
are_new(void)
{
	return next.n != now.n ||
	    (now.n > 0 &&
		memcmp(next.all, now.all, now.n * sizeof(*now.all)) != 0);
}

/* Each proxy says whether it is halted. */
void
halted_end(void)
{
	const int will_tell = are_new();

	free(now.all);
	now = next;
	next = (struct table){ .n = 0 };
	if (will_tell)
		replica_texts_change();
}

static int
compare(const void *a, const void *b)
{
	const struct halt *x = a, *y = b;

	return strcmp(x->tenant, y->tenant);
}

int
halted_has(const char *name)
{
	struct halt like = { 0 };

	if (now.n == 0)
		return 0;
	text_put(like.tenant, sizeof(like.tenant), name);
	return bsearch(&like, now.all, now.n, sizeof(*now.all), compare) !=
	    NULL;
}

int
halted_covers(const char *tenant)
{
	return now.n > 0 && (halted_has(HALT_OF_ALL) || halted_has(tenant));
}

/* Of a tenant, or all for NULL. */
static int
is_of(const struct halt *h, const char *tenant)
{
	if (strcmp(h->tenant, HALT_OF_ALL) == 0)
		return 0;
	return tenant == NULL || strcmp(h->tenant, tenant) == 0;
}

void
halted_each(
    const char *tenant, void (*f)(const struct halt *, void *), void *arg)
{
	size_t i;

	for (i = 0; i < now.n; i++) {
		if (is_of(&now.all[i], tenant))
			f(&now.all[i], arg);
	}
}

static void
count(const struct halt *h, void *arg)
{
	size_t *n = arg;

	(void)h;
	(*n)++;
}

size_t
halted_count(const char *tenant)
{
	size_t n = 0;

	halted_each(tenant, count, &n);
	return n;
}
