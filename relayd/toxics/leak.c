/* SPDX-License-Identifier: ISC */
/*
 * leak, a debug toxic: from the first byte on the worker's memory grows, until
 * its limit ends it.  Bytes pass meanwhile.
 */

#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "toxic.h"

#define LEAK_SIZE ((size_t)16 * 1024 * 1024)
#define LEAK_EVERY (10 * NS_PER_MS)

/* state[]: the last piece: each points to the one before */
#define PIECES 0

static void
leak_timer(struct stage *s)
{
	void *piece = malloc(LEAK_SIZE);

	if (piece == NULL)
		fatalx("no memory left to leak");
	memset(piece, 1, LEAK_SIZE);
	memcpy(piece, &s->state[PIECES], sizeof(s->state[PIECES]));
	s->state[PIECES] = (int64_t)(intptr_t)piece;
	stage_arm(s, stage_now(s) + LEAK_EVERY);
}

static void
leak_data(struct stage *s, struct chunk *k)
{
	if (s->state[PIECES] == 0)
		leak_timer(s);
	stage_emit(s, k);
}

const struct toxic_ops toxic_leak = {
	.nstate = 1,
	.data = leak_data,
	.timer = leak_timer,
};
