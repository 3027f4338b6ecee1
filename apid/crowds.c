/* SPDX-License-Identifier: ISC */
/*
 * See crowds.h.  Three hundred requests of one address are answered one after
 * the other, with those of others in between.  But while there is one left, it
 * is the next thing to do: ctld always has changes in hand, and who shares a
 * processor with the two, or needs more than one turn, waits each time.  So
 * crowds together have half of this process's time, and rest when they have had
 * it; ctld comes to the end of what it was asked meanwhile.  Nobody is refused,
 * and a crowd that has been alone for a minute is in nobody's way.
 */

#include "clock.h"
#include "clock_used.h"
#include "crowds.h"

#define PART 2 /* one of so many is theirs */

/* What may be owed: poll(2), by which a rest ends, knows no less. */
#define AT_ONCE NS_PER_MS

#define ALONE_AFTER (60 * NS_PER_S)

static int are_paced, is_on;
static int64_t others_until; /* ... are taken to be there */
static int64_t began;        /* a turn; by what this process had used */
static int64_t rest_until;

void
crowds_are_paced(int is_so)
{
	are_paced = is_so;
}

void
crowds_see_another(int64_t now)
{
	others_until = now + ALONE_AFTER;
}

static int
are_paced_now(int64_t now)
{
	return are_paced && now < others_until;
}

void
crowds_begin(void)
{
	is_on = 1;
	began = clock_used();
}

void
crowds_end(int64_t now)
{
	if (!is_on)
		return;
	is_on = 0;
	if (!are_paced_now(now))
		return;
	if (rest_until < now)
		rest_until = now;
	rest_until += (clock_used() - began) * PART;
}

int64_t
crowds_rest(int64_t now)
{
	const int64_t rest = rest_until - now - AT_ONCE;

	return are_paced_now(now) && rest > 0 ? rest : 0;
}
