/* SPDX-License-Identifier: ISC */
/* See tally.h. */

#include <stdio.h>
#include <string.h>

#include "agreed.h"
#include "clock.h"
#include "tally.h"

struct kind {
	struct likeness like;
	int64_t since; /* when something of it was told last */
	int is_used;
	char first[REQUEST_ID_MAX + 1]; /* which was told by itself */
	struct api_refused counted;     /* the last one; .times 0: none */
};

/* The last is of all that have no room before it. */
static struct kind kinds[REFUSALS_APART_MAX + 1];
static struct kind *const crowd = &kinds[REFUSALS_APART_MAX];
static unsigned int used;

/* That of its likes, or one that is free, or the crowd's. */
static struct kind *
kind_of(const struct likeness *like)
{
	struct kind *k, *room = NULL;

	for (k = kinds; k < crowd; k++) {
		if (!k->is_used)
			room = k;
		else if (memcmp(&k->like, like, sizeof(*like)) == 0)
			return k;
	}
	return room != NULL ? room : crowd;
}

static void
begin(struct kind *k, int64_t now)
{
	k->is_used = 1;
	k->since = now;
	used++;
}

/* Of a crowd only how many they are. */
static void
count(struct kind *k, const struct api_refused *r)
{
	const uint32_t n = k->counted.times;

	if (k == crowd)
		k->counted = (struct api_refused){ .why = REFUSAL_CROWD };
	else
		k->counted = *r;
	memcpy(k->counted.first, k->first, sizeof(k->first));
	k->counted.times = n < UINT32_MAX ? n + 1 : n;
}

int
tally_add(const struct likeness *like, const struct api_refused *r, int64_t now)
{
	struct kind *k = kind_of(like);

	if (k->is_used || k == crowd) {
		if (!k->is_used)
			begin(k, now);
		count(k, r);
		return 0;
	}
	begin(k, now);
	k->like = *like;
	memcpy(k->first, r->by.request_id, sizeof(k->first));
	return 1;
}

/* With a token, or several: they are not kept. */
static void
forget(struct kind *k)
{
	explicit_bzero(&k->counted, sizeof(k->counted));
}

int
tally_next(struct api_refused *r, int64_t now)
{
	struct kind *k;

	for (k = kinds; used > 0 && k <= crowd; k++) {
		if (!k->is_used || now - k->since < NS_PER_S)
			continue;
		*r = k->counted;
		k->since = now;
		forget(k);
		if (r->times > 0)
			return 1;
		k->is_used = 0;
		used--;
	}
	return 0;
}

int
tally_waits(void)
{
	return used > 0;
}
