/* SPDX-License-Identifier: ISC */
/* See in_hand.h. */

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "child.h"
#include "in_hand.h"
#include "log.h"
#include "nitems.h"

/* An honest ctld dies of one message, or of none: two deaths are no chance. */
#define DEATHS_MAX 2

struct suspect {
	uint32_t role, id; /* as they are asked for */
	uint32_t deaths;   /* 0: a row that is free */
};

/* As many as deaths that toxid puts up with: none is forgotten before. */
struct in_hand {
	uint32_t is_set;
	struct suspect now;
	struct suspect suspects[8];
	uint32_t next; /* to be written over */
};

static struct in_hand own, *in_hand = &own; /* where there is no file */

static int
is_same(const struct suspect *a, const struct suspect *b)
{
	return a->role == b->role && a->id == b->id;
}

static struct suspect *
find(const struct suspect *wanted)
{
	struct suspect *s = in_hand->suspects;

	for (; s < in_hand->suspects + nitems(in_hand->suspects); s++) {
		if (s->deaths > 0 && is_same(s, wanted))
			return s;
	}
	return NULL;
}

static void
blame(const struct suspect *who)
{
	struct suspect *s = find(who);

	if (s == NULL) {
		s = &in_hand->suspects[in_hand->next++ %
		    nitems(in_hand->suspects)];
		*s = *who;
		s->deaths = 0;
	}
	s->deaths++;
}

void
in_hand_open(int fd, int fell)
{
	if (ftruncate(fd, sizeof(*in_hand)) == -1)
		fatal("%s", __func__);
	in_hand = mmap(
	    NULL, sizeof(*in_hand), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (in_hand == MAP_FAILED)
		fatal("%s", __func__);
	close(fd);
	if (in_hand->is_set && fell)
		blame(&in_hand->now);
	in_hand->is_set = 0;
}

void
in_hand_begin(const struct child *c)
{
	in_hand->now.role = c->role;
	in_hand->now.id = c->role == ROLE_RELAYD ? c->id : 0;
	in_hand->is_set = 1;
}

void
in_hand_end(void)
{
	in_hand->is_set = 0;
}

int
in_hand_is_poison(enum role role, uint32_t id)
{
	const struct suspect wanted = { .role = role, .id = id };
	struct suspect *s = find(&wanted);

	if (s == NULL || s->deaths < DEATHS_MAX)
		return 0;
	s->deaths = 0;
	return 1;
}
