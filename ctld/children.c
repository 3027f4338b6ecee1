/* SPDX-License-Identifier: ISC */
/* Which children there are, and those that have died in this turn. */

#include "child.h"
#include "children.h"

struct children children = { .all = TAILQ_HEAD_INITIALIZER(children.all) };

static struct child_list dead = TAILQ_HEAD_INITIALIZER(dead);

/* Where a role's only child is; NULL: it has many. */
static struct child **
place_of(enum role role)
{
	switch (role) {
	case ROLE_APID:
		return &children.apid;
	case ROLE_DIALD:
		return &children.diald;
	case ROLE_RESOLVD:
		return &children.resolvd;
	case ROLE_STORED:
		return &children.stored;
	default:
		return NULL;
	}
}

int
children_has_one(enum role role)
{
	return place_of(role) != NULL;
}

struct child *
children_one(enum role role)
{
	struct child **place = place_of(role);

	return place != NULL ? *place : NULL;
}

struct child *
children_find(uint32_t id)
{
	struct child *c;

	TAILQ_FOREACH (c, &children.all, entry) {
		if (c->id == id)
			break;
	}
	return c;
}

int
children_have_answered(void)
{
	const struct child *c;

	TAILQ_FOREACH (c, &children.all, entry) {
		if (c->state == CHILD_GREETED)
			return 0;
	}
	return 1;
}

void
children_add(struct child *c)
{
	struct child **place = place_of(c->role);

	TAILQ_INSERT_TAIL(&children.all, c, entry);
	children.added++;
	if (place != NULL)
		*place = c;
}

/* The child has died; it is freed later: see child_free_dead(). */
void
children_remove(struct child *c)
{
	struct child **place = place_of(c->role);

	TAILQ_REMOVE(&children.all, c, entry);
	TAILQ_INSERT_TAIL(&dead, c, entry);
	if (place != NULL && *place == c)
		*place = NULL;
}

struct child *
children_next_dead(void)
{
	struct child *c = TAILQ_FIRST(&dead);

	if (c != NULL)
		TAILQ_REMOVE(&dead, c, entry);
	return c;
}
