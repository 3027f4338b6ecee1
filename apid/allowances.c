/* SPDX-License-Identifier: ISC */
/*
 * What each tenant may have, and how often it wanted more.  Who has no limit is
 * not here.
 */

#include <stdlib.h>
#include <string.h>

#include "allowances.h"
#include "apid.h"
#include "log.h"
#include "text_put.h"

static struct table {
	struct allowance *all; /* by tenant, as ctld says them */
	size_t n;
} now, next;

/* ---- as ctld says them */

void
allowances_begin(void)
{
	free(next.all);
	next = (struct table){ .n = 0 };
}

int
allowances_add(const struct tenant_limits *limits)
{
	struct allowance *more;

	if (next.n > TENANTS_MAX ||
	    (next.n > 0 &&
		tenant_limits_compare(&next.all[next.n - 1].limits, limits) >=
		    0))
		return -1;
	more = reallocarray(next.all, next.n + 1, sizeof(*more));
	if (more == NULL)
		fatal("%s", __func__);
	next.all = more;
	more[next.n++] = (struct allowance){ .limits = *limits };
	return 0;
}

/* The limits are the first member. */
struct allowance *
allowance_of(const char *tenant)
{
	struct tenant_limits like = { 0 };

	if (now.n == 0 || tenant == NULL)
		return NULL;
	text_put(like.tenant, sizeof(like.tenant), tenant);
	return bsearch(
	    &like, now.all, now.n, sizeof(*now.all), tenant_limits_compare);
}

/* What was counted goes on. */
void
allowances_end(void)
{
	const struct allowance *was;
	struct allowance *is;
	size_t i;

	for (i = 0; i < next.n; i++) {
		is = &next.all[i];
		if ((was = allowance_of(is->limits.tenant)) == NULL)
			continue;
		memcpy(is->refused, was->refused, sizeof(is->refused));
		is->calls = was->calls;
	}
	free(now.all);
	now = next;
	next = (struct table){ .n = 0 };
}

int
allowances_are_any(void)
{
	return now.n > 0;
}

/* ---- in the way */

/* Of how much, or which; or of how long, which is a value that was asked for.
 */
void
limit_failure(enum limit limit, uint64_t value, struct failure *f)
{
	static const struct {
		int status;
		const char *more;
	} of[] = {
		[LIMIT_COUNT] = { 403, "" },
		[LIMIT_RATE] = { 429, " in a second" },
		[LIMIT_TIME] = { 400, " ms at a time" },
		[LIMIT_RANGE] = { 403, "" },
	};
	const struct limit_row *row = &limit_rows[limit];
	char text[LIMIT_TEXT_MAX];

	failure_set(f, of[row->kind].status,
	    "limits.%s: the tenant may have %s%s", row->name,
	    limit_text(limit, value, text), of[row->kind].more);
}

void
allowance_refused(const char *tenant, const struct answer *answer)
{
	struct allowance *a;

	if (answer->code == ANSWER_OVER_LIMIT &&
	    (a = allowance_of(tenant)) != NULL)
		a->refused[answer->limit]++;
}
