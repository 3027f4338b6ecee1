/* SPDX-License-Identifier: ISC */
/*
 * Why the last sessions have ended that did not end by the FIN of both sides:
 * for who asks after it.  Those of which no more than their number is known
 * have one entry.
 */

#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "relayd.h"
#include "text_put.h"

#define ENDED_MAX 256

struct ended {
	uint64_t number, sessions, sent[STREAM_MAX];
	int64_t opened, at; /* ns */
	struct address client;
	struct dial_result dial;
	char *toxic; /* its name, or NULL */
	uint8_t end; /* enum session_end */
	uint8_t are_several;
};

static struct ended *ring; /* when there is one to be noted */
static uint64_t nnoted;    /* the last ENDED_MAX of them are there */

static struct ended *
next(void)
{
	struct ended *e;

	if (ring == NULL && (ring = calloc(ENDED_MAX, sizeof(*ring))) == NULL)
		fatal("%s", __func__);
	e = &ring[nnoted++ % ENDED_MAX];
	free(e->toxic);
	memset(e, 0, sizeof(*e));
	e->at = clock_now();
	return e;
}

static void
fill(struct session_ended *row, const struct ended *e)
{
	memset(row, 0, sizeof(*row));
	row->assignment = relay.assignment;
	row->number = e->number;
	row->sessions = e->sessions;
	row->age_ms = (uint64_t)((e->at - e->opened) / NS_PER_MS);
	row->ago_ms = (uint64_t)((clock_now() - e->at) / NS_PER_MS);
	memcpy(row->sent, e->sent, sizeof(row->sent));
	row->client = e->client;
	row->dial = e->dial;
	row->end = e->end;
	row->are_several = e->are_several;
	if (e->toxic != NULL)
		text_put(row->toxic, sizeof(row->toxic), e->toxic);
}

/* So many of them are new. */
static void
tell(const struct ended *e, uint64_t n)
{
	struct session_ended row;

	fill(&row, e);
	row.sessions = n;
	ended_news(&row);
}

void
ended_note(const struct session *s)
{
	struct ended *e;

	if (s->end == END_BOTH_FIN || s->end == END_WORKER)
		return;
	e = next();
	e->number = s->number;
	e->sessions = 1;
	e->sent[STREAM_UPSTREAM] = s->pipes[STREAM_UPSTREAM].sent;
	e->sent[STREAM_DOWNSTREAM] = s->pipes[STREAM_DOWNSTREAM].sent;
	e->opened = s->opened;
	e->client = s->client;
	e->end = s->end;
	if (s->end == END_NO_UPSTREAM)
		e->dial = relay.counters.dial_error;
	if (s->ended_by != NULL && (e->toxic = strdup(s->ended_by)) == NULL)
		fatal("%s", __func__);
	tell(e, 1);
}

void
ended_note_several(enum session_end end, uint64_t n, const struct address *last)
{
	struct ended *e = nnoted > 0 ? &ring[(nnoted - 1) % ENDED_MAX] : NULL;

	if (e == NULL || !e->are_several || e->end != end) {
		e = next();
		e->end = (uint8_t)end;
		e->are_several = 1;
	}
	e->at = e->opened = clock_now();
	e->sessions += n;
	if (last != NULL)
		e->client = *last;
	if (session_end_is_news(end))
		tell(e, n);
}

int
ended_show(uint64_t *place, struct session_ended *row)
{
	if (nnoted > ENDED_MAX && *place < nnoted - ENDED_MAX)
		*place = nnoted - ENDED_MAX;
	if (*place >= nnoted)
		return 0;
	fill(row, &ring[(*place)++ % ENDED_MAX]);
	return 1;
}

void
ended_free(void)
{
	size_t i;

	for (i = 0; ring != NULL && i < ENDED_MAX; i++)
		free(ring[i].toxic);
	free(ring);
	ring = NULL;
	nnoted = 0;
	ended_news_free();
}
