/* SPDX-License-Identifier: ISC */
/*
 * Segments that are lost before they have come: by a program of the kernel's,
 * which toxid has loaded, at the sockets of those sessions that are to lose
 * some.  How much it loses is in a page that both have.
 */

#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "log.h"
#include "loss.h"
#include "loss_map.h"
#include "random.h"
#include "relayd.h"

static struct loss_map *map; /* NULL: there is none */
static int program = -1;

/* ---- how much */

static uint64_t
chance(double share)
{
	return (uint64_t)(share * (double)LOSS_ALWAYS);
}

/* So many are lost of those that come in it; and it turns behind so many. */
static struct loss_state
state_of(double lost, double turns)
{
	const double stays = (1 - lost) * (1 - turns);
	struct loss_state s = { .turns = chance(turns) };
	double all = stays;
	int i;

	for (i = 0; i < LOSS_POWERS; i++) {
		s.pass[i] = chance(all);
		all *= all;
	}
	if (stays < 1)
		s.lost = chance(lost / (1 - stays));
	return s;
}

/* Gilbert and Elliott's, and each segment by itself beside it. */
static void
states_of(const struct toxic_spec *t, struct loss_state states[2])
{
	const double passes = 1 - toxic_spec_fraction(t, TCP_LOSS_LOSS);
	const double p = toxic_spec_fraction(t, TCP_LOSS_P);
	const double good = 1 - passes * toxic_spec_fraction(t, TCP_LOSS_K);

	states[0] = states[1] = state_of(good, p);
	if (p > 0)
		states[1] =
		    state_of(1 - passes * toxic_spec_fraction(t, TCP_LOSS_H),
			toxic_spec_fraction(t, TCP_LOSS_R));
}

/* Of several for one stream it is the first. */
static const struct toxic_spec *
toxic_for(enum toxic_stream stream)
{
	const struct toxic *t;

	TAILQ_FOREACH (t, &relay.toxics, entry) {
		if (t->spec->kind == TOXIC_TCP_LOSS &&
		    t->spec->stream == stream)
			return t->spec;
	}
	return NULL;
}

void
loss_look(void)
{
	struct loss_state states[2];
	const struct toxic_spec *t;
	int i;

	for (i = 0; map != NULL && i < STREAM_MAX; i++) {
		states[0] = states[1] = state_of(0, 0);
		if ((t = toxic_for((enum toxic_stream)i)) != NULL)
			states_of(t, states);
		memcpy(map->ways[i].states, states, sizeof(states));
	}
}

/* ---- at which sockets */

static int
is_wanted(const struct session *s, enum side side)
{
	const struct pipe *p = &s->pipes[side];

	return !s->dialling && p->flow != NULL && p->flow->chain.nlosing > 0;
}

static void
settle(struct session *s, enum side side)
{
	const uint8_t bit = (uint8_t)(1U << side);
	const int wanted = is_wanted(s, side), fd = session_fd(s, side);

	if (fd == -1 || wanted == ((s->loses & bit) != 0))
		return;
	if (setsockopt(fd, SOL_SOCKET, wanted ? SO_ATTACH_BPF : SO_DETACH_BPF,
		&program, sizeof(program)) == -1) {
		log_warn("%s", __func__);
		return;
	}
	s->loses ^= bit;
}

void
loss_settle(struct session *s)
{
	if (map == NULL)
		return;
	settle(s, SIDE_CLIENT);
	settle(s, SIDE_UPSTREAM);
}

/* ---- what they are by */

void
loss_take_program(int fd)
{
	if (program == -1)
		program = fd;
	else if (fd != -1)
		close(fd);
}

/* Whose it was before has ended: nothing of that is left in it. */
void
loss_take_map(int fd, uint16_t port)
{
	struct random random;
	void *at;

	/* of the two, one may have been lost for want of a descriptor */
	if (map != NULL || program == -1 || fd == -1) {
		if (fd != -1)
			close(fd);
		return;
	}
	at = mmap(
	    NULL, LOSS_MAP_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (at == MAP_FAILED)
		fatal("%s", __func__);
	close(fd);
	map = at;
	memset(map, 0, LOSS_MAP_SIZE);
	random_seed(&random, relay.random_seed, relay.name,
	    ~relay.first_session); /* no session's */
	map->random = random_next(&random);
	map->port = port;
	loss_look();
}

void
loss_close(void)
{
	if (map != NULL)
		munmap(map, LOSS_MAP_SIZE);
	if (program != -1)
		close(program);
	map = NULL;
	program = -1;
}
