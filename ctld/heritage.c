/* SPDX-License-Identifier: ISC */
/* Listeners, children and clients that an earlier ctld had. */

#include <search.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clients.h"
#include "heritage.h"
#include "listen.h"
#include "log.h"
#include "toxid.h"

struct item {
	struct priv_taken taken;
	int fd; /* -1: it has been asked for */
};

static struct items {
	struct item *all;
	size_t n, room;
	void *by_id; /* tsearch(3): each proxy asks for two of thousands */
} listeners, children;

static void
add(struct items *items, const struct priv_taken *taken, int fd)
{
	if (items->n == items->room) {
		items->room = 2 * items->room + 64;
		items->all =
		    reallocarray(items->all, items->room, sizeof(*items->all));
		if (items->all == NULL)
			fatal("%s", __func__);
	}
	items->all[items->n++] = (struct item){ *taken, fd };
}

static int
compare_ids(const void *a, const void *b)
{
	const struct item *x = a, *y = b;

	return (x->taken.id > y->taken.id) - (x->taken.id < y->taken.id);
}

/* Once all have come: until then they move. */
static void
sort(struct items *items)
{
	size_t i;

	for (i = 0; i < items->n; i++) {
		if (tsearch(&items->all[i], &items->by_id, compare_ids) == NULL)
			fatal("%s", __func__);
	}
}

static void
take_all(enum priv_heritage kind, struct items *items)
{
	struct priv_taken taken;
	uint32_t row = 0;
	int fd;

	while ((fd = toxid_take(kind, row, &taken)) != -1) {
		add(items, &taken, fd);
		row = taken.row + 1;
	}
	sort(items);
}

void
heritage_open(void)
{
	take_all(PRIV_LISTENER, &listeners);
	take_all(PRIV_CHILD, &children);
}

void
heritage_clients(void)
{
	int fd;

	while ((fd = toxid_take(PRIV_CLIENT, 0, NULL)) != -1)
		(void)clients_adopt(fd);
}

static struct item *
find(const struct items *items, uint32_t id)
{
	const struct item key = { .taken.id = id };
	struct item *const *found = tfind(&key, &items->by_id, compare_ids);

	return found != NULL && (*found)->fd != -1 ? *found : NULL;
}

static int
give(struct item *i)
{
	int fd = i->fd;

	i->fd = -1;
	return fd;
}

int
heritage_listener(uint32_t id)
{
	struct item *i = find(&listeners, id);
	int fd;

	if (i == NULL)
		return -1;
	fd = give(i);
	listen_know(fd, id);
	return fd;
}

int
heritage_api(enum listener_of whose)
{
	size_t i;

	for (i = 0; i < listeners.n; i++) {
		if (listeners.all[i].taken.is_api == whose &&
		    listeners.all[i].fd != -1)
			return heritage_listener(listeners.all[i].taken.id);
	}
	return -1;
}

int
heritage_child(uint32_t id, struct priv_taken *taken)
{
	struct item *i = find(&children, id);

	if (i == NULL)
		return -1;
	*taken = i->taken;
	return give(i);
}

int
heritage_role(enum role role, struct priv_taken *taken)
{
	const struct item *item;
	size_t i;

	for (i = 0; i < children.n; i++) {
		item = &children.all[i];
		if (item->taken.role == role && item->fd != -1)
			return heritage_child(item->taken.id, taken);
	}
	return -1;
}

/* What is in the tree is the array's. */
static void
keep(void *item)
{
	(void)item;
}

static void
drop(struct items *items)
{
	tdestroy(items->by_id, keep);
	free(items->all);
	memset(items, 0, sizeof(*items));
}

void
heritage_close(void)
{
	struct item *item;
	size_t i;
	int fd;

	for (i = 0; i < listeners.n; i++) {
		item = &listeners.all[i];
		if (item->fd == -1)
			continue;
		fd = give(item);
		listen_know(fd, item->taken.id);
		listen_end(&fd);
	}
	for (i = 0; i < children.n; i++) {
		item = &children.all[i];
		if (item->fd == -1)
			continue;
		close(give(item));
		toxid_kill(item->taken.id);
	}
	drop(&listeners);
	drop(&children);
}
