/* SPDX-License-Identifier: ISC */
/*
 * What its tenant may have of sessions, and of clients in a second: all of its
 * workers together, so ctld is asked.  Who comes waits here meanwhile, the
 * others in the backlog; whoever there is no room for is reset at once.  Where
 * the tenant has no such limit nobody waits, and nothing is said.
 */

#include <string.h>
#include <unistd.h>

#include "connect.h"
#include "far.h"
#include "log.h"

/* Who was told that there is no room does not ask again at once. */
#define CLOSED_FOR (10 * NS_PER_MS)
#define SAY_EVERY NS_PER_S

struct guest {
	int fd;
	struct address client;
	int64_t due; /* ns: see late_client() */
};
FAR struct guest waiting_guests[GATE_ROOM];

/* Whoever waits to be let in has his place from the beginning. */
static uint32_t
inside(void)
{
	return (uint32_t)(relay.counters.open_sessions + relay.nlate);
}

/* ---- no room */

static struct {
	int64_t n;
	struct address last;
	uint32_t over; /* enum limit */
} refused;             /* not said yet: so many, and the last of them */

static void
say_refused(struct deadline *d)
{
	char text[ADDRESS_TEXT_MAX];

	(void)d;
	log_event(LOG_INFO, "Clients refused: the tenant has what it may have",
	    LOG_STR("limit", limit_rows[refused.over].name),
	    LOG_INT("refused", refused.n),
	    LOG_STR("client", address_text(&refused.last, text)));
	refused.n = 0;
}

static void
refuse(const struct guest *g)
{
	static struct deadline said = { .expired = say_refused };

	const int is_of_rate = relay.gate.over == LIMIT_OF_CONNECTIONS;

	if (is_of_rate)
		relay.counters.over_connections++;
	else
		relay.counters.over_sessions++;
	ended_note_several(
	    is_of_rate ? END_OVER_CONNECTIONS : END_OVER_SESSIONS, 1,
	    &g->client);
	if (refused.n++ == 0)
		deadline_set(&said, clock_now() + SAY_EVERY);
	refused.last = g->client;
	refused.over = relay.gate.over;
	reset_on_close(g->fd);
	close(g->fd);
}

/* ---- those who come in */

int
gate_is_full(void)
{
	return inside() + relay.gate.nguests >= relay.sessions_max;
}

/* ---- those who wait */

/* The first n are let in. */
static void
part(uint32_t n)
{
	struct gate *gate = &relay.gate;
	uint32_t i, all = gate->nguests;

	gate->nguests = 0;
	for (i = 0; i < all; i++) {
		if (i < n)
			late_client(waiting_guests[i].fd,
			    &waiting_guests[i].client, waiting_guests[i].due);
		else
			refuse(&waiting_guests[i]);
	}
}

void
gate_admit(int fd, const struct address *client, int64_t due)
{
	struct gate *gate = &relay.gate;
	const struct guest g = { fd, *client, due };

	if (gate->id == 0)
		late_client(fd, client, due);
	else if (gate->is_shut || clock_now() < gate->closed_until)
		refuse(&g);
	else
		waiting_guests[gate->nguests++] = g;
}

int
gate_is_busy(void)
{
	return !relay.gate.is_shut &&
	    (relay.gate.asked > 0 || relay.gate.nguests == GATE_ROOM);
}

void
gate_shut(void)
{
	relay.gate.is_shut = 1;
	part(0);
}

/* ---- ctld */

void
gate_run(void)
{
	struct gate *gate = &relay.gate;
	const struct relay_enter enter = {
		.inside = inside(),
		.wants = gate->nguests,
	};

	if (gate->id == 0 || gate->asked > 0 || relay.retires ||
	    (enter.inside == gate->told && enter.wants == 0))
		return;
	gate->told = enter.inside;
	gate->asked = enter.wants;
	if (chan_send(
		&relay.ctld.chan, MSG_RELAY_ENTER, gate->id, &enter, -1) == -1)
		log_warn("%s", __func__);
}

int
gate_entered(uint32_t id, const struct relay_entered *entered)
{
	struct gate *gate = &relay.gate;
	const uint32_t asked = gate->asked;

	if (id != gate->id || asked == 0 || entered->n > asked)
		return -1;
	gate->asked = 0;
	gate->told += entered->n;
	rate_add(&gate->entered, entered->n, clock_now());
	if (entered->n < asked) {
		gate->over = entered->over;
		gate->closed_until = clock_now() + CLOSED_FOR;
	}
	part(entered->n);
	return 0;
}

/* id 0: from now on nobody has to ask. */
void
gate_set(uint32_t id)
{
	struct gate *gate = &relay.gate;

	gate->id = id;
	gate->asked = 0;
	gate->told = UINT32_MAX; /* it wants to know */
	if (id == 0)
		part(gate->nguests);
}

void
gate_say(struct relay_here *here)
{
	struct gate *gate = &relay.gate;

	here->gate = gate->id;
	here->wants = gate->asked;
	here->entered = (uint32_t)rate_used(&gate->entered, clock_now());
	here->inside = gate->told = inside();
}
