/* SPDX-License-Identifier: ISC */
/*
 * Clients who have come, and are let in later, as the proxy's connect says.  Of
 * the kernel they have had an answer.
 */

#include <stdlib.h>
#include <unistd.h>

#include "connect.h"
#include "log.h"

/* Who waits to be asked for, at the gate, has a place there so soon. */
#define TRY_AGAIN (5 * NS_PER_MS)

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

static void
let_in(struct deadline *d)
{
	struct guest *g = container_of(d, struct guest, due);
	const struct address client = g->client;
	const int fd = g->fd;

	if (gate_is_busy()) {
		deadline_set(d, clock_now() + TRY_AGAIN);
		return;
	}
	leave(g);
	gate_admit(fd, &client);
}

void
late_client(int fd, const struct address *client, uint32_t delay_ms)
{
	struct guest *g;

	if ((g = calloc(1, sizeof(*g))) == NULL)
		fatal("%s", __func__);
	g->fd = fd;
	g->client = *client;
	g->due.expired = let_in;
	TAILQ_INSERT_TAIL(&guests, g, entry);
	relay.nlate++;
	deadline_set(&g->due, clock_now() + delay_ms * NS_PER_MS);
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

/*
 * Those who have come are the last; who would have to ask at the gate, of which
 * nobody hears any more, has come too late.
 */
void
late_clients_end(void)
{
	struct address client;
	struct guest *g;
	int fd;

	while ((g = TAILQ_FIRST(&guests)) != NULL) {
		fd = g->fd;
		client = g->client;
		leave(g);
		if (relay.gate.id == 0) {
			session_open(fd, &client);
		} else {
			reset_on_close(fd);
			close(fd);
		}
	}
}
