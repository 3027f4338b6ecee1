/* SPDX-License-Identifier: ISC */
/* See loss_rows.h. */

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "agreed.h"
#include "log.h"
#include "loss_pool.h"
#include "loss_rows.h"
#include "random.h"
#include "state.h"
#include "toxic_spec.h"
#include "toxid.h"

static struct loss_row *rows; /* LOSS_POOL of them, or NULL */

void
loss_rows_open(void)
{
	void *at;
	int fd;

	if (ctld.start.loss_lacks != LOSS_LACKS_NOTHING)
		return;
	if ((fd = toxid_take(PRIV_LOSS_SHARED, LOSS_ROWS, NULL)) == -1)
		fatalx("%s: there is no map", __func__);
	at = mmap(NULL, LOSS_POOL * sizeof(*rows), PROT_READ | PROT_WRITE,
	    MAP_SHARED, fd, 0);
	if (at == MAP_FAILED)
		fatal("%s", __func__);
	close(fd);
	rows = at;
}

struct loss_row *
loss_row_of(
    uint32_t row, uint32_t owner, const struct proxy *p, uint64_t number)
{
	char name[PROXY_KEY_TEXT_MAX + 1];
	struct random random;
	struct loss_row *r;

	if (rows == NULL || row >= LOSS_POOL)
		return NULL;
	r = &rows[row];
	if (r->owner == owner)
		return r;
	memset(r, 0, sizeof(*r));
	proxy_key_text(&p->key, name);
	random_seed(&random, (uint64_t)ctld.options.seed, name,
	    ~number); /* no session's */
	r->random = random_next(&random);
	r->port = p->listen.address.port;
	r->owner = owner;
	return r;
}

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
toxic_for(const struct toxics *toxics, unsigned int stream)
{
	const struct toxic *t;

	TAILQ_FOREACH (t, toxics, entry) {
		if (t->spec->kind == TOXIC_TCP_LOSS &&
		    t->spec->stream == stream)
			return t->spec;
	}
	return NULL;
}

void
loss_row_set(struct loss_row *r, const struct toxics *toxics)
{
	struct loss_state states[2];
	const struct toxic_spec *t;
	unsigned int i;

	for (i = 0; i < STREAM_MAX; i++) {
		states[0] = states[1] = state_of(0, 0);
		if ((t = toxic_for(toxics, i)) != NULL)
			states_of(t, states);
		memcpy(r->ways[i].states, states, sizeof(states));
	}
}

void
loss_row_set_door(struct loss_row *r, double share)
{
	if (r == NULL)
		return;
	r->syn_loss = chance(share);
	r->is_door = 1;
}

static const struct loss_row *
find(uint32_t owner)
{
	const struct loss_row *r;

	for (r = rows; r != NULL && r < rows + LOSS_POOL; r++) {
		if (r->owner == owner)
			return r;
	}
	return NULL;
}

int
loss_row_is_door(uint32_t owner)
{
	const struct loss_row *r = find(owner);

	return r != NULL && r->is_door;
}

int
loss_row_is_lent(uint32_t owner)
{
	return find(owner) != NULL;
}
