/* SPDX-License-Identifier: ISC */
/* Rows of what is wanted, in the order in which ctld hears of them. */

#include <signal.h>

#include "remarks.h"
#include "tables.h"
#include "wishes.h"

/* What two ctlds have died of, a reload or an upgrade, is tried by no third. */
#define TRIES 2

/*
 * The first row is for all who ask for a reload by a plain SIGHUP, and are told
 * nothing.  More of the others than there are rows are told nothing either, and
 * give up after a while.  Who asks twice for the end means it.
 */
enum {
	RELOAD,
	RELOADS,
	UPGRADE = RELOADS + 64,
	END,
	END_AT_ONCE,
	WISHES
};

static struct wish {
	uint32_t id; /* 0: a row that is free */
	pid_t asker; /* 0: nobody */
	int is_told; /* ctld has heard of it */
	int tries;
} wishes[WISHES];

static void
fill(int row, pid_t asker)
{
	wishes[row] = (struct wish){ .id = id_new(), .asker = asker };
}

void
wish_came(int number, pid_t asker)
{
	int row;

	if (number == SIGUSR2) {
		fill(UPGRADE, 0);
	} else if (number != SIGHUP) {
		fill(wishes[END].id == 0 ? END : END_AT_ONCE, 0);
	} else if (asker == 0) {
		fill(RELOAD, 0);
	} else {
		for (row = RELOADS; row < UPGRADE && wishes[row].id != 0; row++)
			;
		if (row < UPGRADE)
			fill(row, asker);
	}
}

/* The first that ctld has not heard of. */
static int
next(int may_upgrade)
{
	int row;

	for (row = 0; row < WISHES; row++) {
		if (wishes[row].id != 0 && !wishes[row].is_told &&
		    (row != UPGRADE || may_upgrade))
			break;
	}
	return row;
}

int
wish_is_there(int may_upgrade)
{
	return next(may_upgrade) != WISHES;
}

int
wish_tell(struct priv_news *n, int may_upgrade)
{
	int row = next(may_upgrade);

	if (row == WISHES)
		return 0;
	wishes[row].is_told = 1;
	wishes[row].tries++;
	n->event = row < UPGRADE ? PRIV_EVENT_RELOAD
	    : row == UPGRADE     ? PRIV_EVENT_UPGRADE
				 : PRIV_EVENT_QUIT;
	n->id = row < UPGRADE ? wishes[row].id : 0;
	return 1;
}

/* The answer is a signal: another process with that pid by now ignores it. */
void
wish_answer(uint32_t id, enum reload_outcome outcome)
{
	union sigval value = { .sival_int = outcome };
	int row;

	for (row = RELOAD; row < UPGRADE && id != 0; row++) {
		if (wishes[row].id != id)
			continue;
		if (wishes[row].asker != 0)
			(void)sigqueue(wishes[row].asker, RELOAD_ANSWER, value);
		wishes[row].id = 0;
	}
}

/* An upgrade that was asked for meanwhile is another wish. */
void
wish_upgrade_given_up(void)
{
	if (wishes[UPGRADE].is_told)
		wishes[UPGRADE].id = 0;
}

int
wish_is_end(void)
{
	return wishes[END].id != 0;
}

void
wishes_again(void)
{
	struct wish *w;

	for (w = wishes; w < wishes + WISHES; w++) {
		w->is_told = 0;
		if (w->id == 0 || w->tries < TRIES || w >= wishes + END)
			continue;
		remark(w < wishes + UPGRADE ? PRIV_REMARK_RELOAD
					    : PRIV_REMARK_UPGRADE,
		    TRIES);
		wish_answer(w->id, RELOAD_FAILED);
		w->id = 0;
	}
}
