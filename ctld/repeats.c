/* SPDX-License-Identifier: ISC */
/* See repeats.h. */

#include <search.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "clock.h"
#include "deadlines.h"
#include "repeats.h"

#define TELL_EVERY NS_PER_S
/* In one turn of the loop; and when the others have theirs. */
#define SLICE 64
#define SOON NS_PER_MS

struct repeat {
	TAILQ_ENTRY(repeat) entry; /* in the order of .until */
	struct repeated of;
	uint64_t times; /* since it was told last */
	int64_t until;
};

static TAILQ_HEAD(, repeat) repeats = TAILQ_HEAD_INITIALIZER(repeats);
static void *by_what; /* tsearch(3) */
static void (*tell)(const struct repeated *, uint64_t times);

static int
compare(const void *a, const void *b)
{
	const struct repeat *x = a, *y = b;

	if (x->of.what != y->of.what)
		return x->of.what < y->of.what ? -1 : 1;
	if (x->of.which != y->of.which)
		return x->of.which < y->of.which ? -1 : 1;
	return strcmp(x->of.tenant, y->of.tenant);
}

static void
put(struct repeat *r, int64_t now)
{
	r->until = now + TELL_EVERY;
	TAILQ_INSERT_TAIL(&repeats, r, entry);
}

/* Its second is over. */
static void
look(struct repeat *r, int64_t now)
{
	TAILQ_REMOVE(&repeats, r, entry);
	if (r->times == 0) {
		tdelete(r, &by_what, compare);
		free(r);
		return;
	}
	tell(&r->of, r->times);
	r->times = 0;
	put(r, now);
}

static void
expired(struct deadline *d)
{
	const int64_t now = clock_now();
	struct repeat *r;
	int n = 0;

	while ((r = TAILQ_FIRST(&repeats)) != NULL) {
		/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): was removed */
		if (r->until > now || n++ == SLICE) {
			deadline_set(d, r->until > now ? r->until : now + SOON);
			break;
		}
		look(r, now);
	}
}

static struct deadline due = { .expired = expired };

/* Without memory it is not counted, and told each time. */
static void
begin(const struct repeated *of)
{
	struct repeat *r = malloc(sizeof(*r));

	if (r == NULL)
		return;
	*r = (struct repeat){ .of = *of };
	if (tsearch(r, &by_what, compare) == NULL) {
		free(r);
		return;
	}
	put(r, clock_now());
	if (due.index == 0)
		deadline_set(&due, r->until);
}

int
repeats_first(const struct repeated *of,
    void (*f)(const struct repeated *, uint64_t times))
{
	const struct repeat like = { .of = *of };
	struct repeat *const *found = tfind(&like, &by_what, compare);

	tell = f;
	if (found == NULL) {
		begin(of);
		return 1;
	}
	(*found)->of.value = of->value;
	(*found)->times++;
	return 0;
}
