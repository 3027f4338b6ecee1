/* SPDX-License-Identifier: ISC */
/*
 * All sessions in the order of their numbers, in which they come: a listing
 * goes on from any number, however many have come and gone meanwhile.  One that
 * ends leaves a hole; when there is no room behind the last, holes are closed
 * up, or there is more room.  It costs a session 16 bytes at most.
 */

#include <stdlib.h>

#include "log.h"
#include "relayd.h"

#define ROOM_MIN 64

static struct {
	struct session **all;
	uint32_t n, used, room; /* sessions; with holes; and in all */
} roll;

static void
close_up(void)
{
	uint32_t i, to = 0;

	for (i = 0; i < roll.used; i++) {
		if (roll.all[i] == NULL)
			continue;
		roll.all[i]->place = to;
		roll.all[to++] = roll.all[i];
	}
	roll.used = to;
}

/* With few holes there is half as much room again. */
static void
make_room(void)
{
	uint32_t room = roll.room + roll.room / 2;

	if (roll.n < roll.room / 4 * 3) {
		close_up();
		return;
	}
	if (room < ROOM_MIN)
		room = ROOM_MIN;
	/* NOLINTNEXTLINE(bugprone-sizeof-expression): of pointers */
	roll.all = reallocarray(roll.all, room, sizeof(*roll.all));
	if (roll.all == NULL)
		fatal("%s", __func__);
	roll.room = room;
}

void
roll_add(struct session *s)
{
	if (roll.used == roll.room)
		make_room();
	s->place = roll.used;
	roll.all[roll.used++] = s;
	roll.n++;
}

void
roll_remove(const struct session *s)
{
	roll.all[s->place] = NULL;
	if (--roll.n > 0)
		return;
	free(roll.all);
	roll.all = NULL;
	roll.used = roll.room = 0;
}

/* The first at that place, or behind it; or at the end. */
static uint32_t
skip_holes(uint32_t i, uint32_t end)
{
	while (i < end && roll.all[i] == NULL)
		i++;
	return i;
}

struct session *
roll_from(uint64_t number)
{
	uint32_t low = 0, high = roll.used, mid, i;

	while (low < high) {
		mid = low + (high - low) / 2;
		i = skip_holes(mid, high);
		if (i < high && roll.all[i]->number < number)
			low = i + 1;
		else
			high = mid;
	}
	low = skip_holes(low, roll.used);
	return low < roll.used ? roll.all[low] : NULL;
}

struct session *
roll_next(const struct session *s)
{
	const uint32_t i = skip_holes(s->place + 1, roll.used);

	return i < roll.used ? roll.all[i] : NULL;
}
