/* SPDX-License-Identifier: ISC */
/*
 * Clients who have come, and are let in later, as the proxy's connect says.  Of
 * the kernel they have had an answer, and at the gate a place.
 */

#include <stdlib.h>
#include <unistd.h>

#include "connect.h"
#include "log.h"

struct guest {
	TAILQ_ENTRY(guest) entry;
	struct deadline due;
	struct address client;
	int fd;
};
static TAILQ_HEAD(, guest) guests = TAILQ_HEAD_INITIALIZER(guests);

static void
leave(struct guest *g)
{
	deadline_set(&g->due, CLOCK_NEVER);
	TAILQ_REMOVE(&guests, g, entry);
	relay.nlate--;
	free(g);
}

/* By the rules of now: who is not to come in any more does not. */
static void
let_in(struct guest *g)
{
	const struct address client = g->client;
	const int fd = g->fd;

	leave(g);
	if (client_may_connect(&client))
		session_open(fd, &client);
	else
		close(fd);
}

static void
guest_due(struct deadline *d)
{
	let_in(container_of(d, struct guest, due));
}

void
late_client(int fd, const struct address *client, int64_t due)
{
	struct guest *g;

	if (due <= clock_now() || connect_now()->mode != CONNECT_ACCEPT_DELAY) {
		session_open(fd, client);
		return;
	}
	if ((g = calloc(1, sizeof(*g))) == NULL)
		fatal("%s", __func__);
	g->fd = fd;
	g->client = *client;
	g->due.expired = guest_due;
	TAILQ_INSERT_TAIL(&guests, g, entry);
	relay.nlate++;
	deadline_set(&g->due, due);
}

/* Where there is no such delay any more, whoever waits is let in at once. */
void
late_clients_look(void)
{
	const int64_t now = clock_now();
	struct guest *g;

	if (connect_now()->mode == CONNECT_ACCEPT_DELAY)
		return;
	TAILQ_FOREACH (g, &guests, entry)
		deadline_set(&g->due, now);
}

/* Those who have come are the last. */
void
late_clients_end(void)
{
	struct guest *g;

	while ((g = TAILQ_FIRST(&guests)) != NULL)
		let_in(g);
}
