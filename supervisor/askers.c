/* SPDX-License-Identifier: ISC */
/* What people and systemd want, by signals: kept until ctld has heard of it. */

#include <signal.h>

#include "agreed.h"
#include "askers.h"
#include "nitems.h"
#include "remarks.h"
#include "tables.h"

/* What two ctlds have died of, a reload or an upgrade, is tried by no third. */
#define TRIES 2

/*
 * Who waits for a reload.  The first row is for all that ask by a plain SIGHUP
 * and are told nothing.  More of the others are told nothing either, and give
 * up after a while.
 */
static struct {
	uint32_t id; /* 0: a row that is free */
	pid_t pid;   /* 0: nobody */
	int is_told; /* ctld has heard of it */
	unsigned int tries;
} askers[1 + 64];

static struct {
	int is_asked; /* and it has not been given up */
	int is_told;
	unsigned int tries;
} upgrade;

static unsigned int quits, quits_told;

static void
fill(size_t i, pid_t pid)
{
	askers[i].id = id_new();
	askers[i].pid = pid;
	askers[i].is_told = 0;
	askers[i].tries = 0;
}

static void
remember(pid_t pid)
{
	size_t i;

	for (i = 1; i < nitems(askers); i++) {
		if (askers[i].id != 0)
			continue;
		fill(i, pid);
		return;
	}
}

void
signal_came(int number, pid_t asker)
{
	if (number == SIGHUP && asker != 0)
		remember(asker);
	else if (number == SIGHUP)
		fill(0, 0);
	else if (number == SIGUSR2)
		upgrade.is_asked = 1, upgrade.is_told = upgrade.tries = 0;
	else
		quits++; /* who asks twice means it */
}

int
reload_came(uint32_t *asker)
{
	size_t i;

	for (i = 0; i < nitems(askers); i++) {
		if (askers[i].id == 0 || askers[i].is_told)
			continue;
		askers[i].is_told = 1;
		askers[i].tries++;
		*asker = askers[i].id;
		return 1;
	}
	return 0;
}

static int
upgrade_is_news(void)
{
	return upgrade.is_asked && !upgrade.is_told;
}

int
upgrade_came(void)
{
	if (!upgrade_is_news())
		return 0;
	upgrade.is_told = 1;
	upgrade.tries++;
	return 1;
}

/* One that was asked for meanwhile is another. */
void
upgrade_given_up(void)
{
	if (upgrade.is_told)
		upgrade.is_asked = 0;
}

int
quit_came(void)
{
	if (quits == 0)
		return 0;
	quits--;
	quits_told++;
	return 1;
}

int
quit_is_asked(void)
{
	return quits + quits_told > 0;
}

int
any_signal_came(int may_upgrade)
{
	size_t i;

	for (i = 0; i < nitems(askers); i++) {
		if (askers[i].id != 0 && !askers[i].is_told)
			return 1;
	}
	return (may_upgrade && upgrade_is_news()) || quits > 0;
}

/*
 * It is a signal that means nothing to whoever has that number by now.
 */
void
asker_answer(uint32_t id, enum reload_outcome outcome)
{
	union sigval value = { .sival_int = outcome };
	size_t i;

	for (i = 0; i < nitems(askers); i++) {
		if (askers[i].id != id || id == 0)
			continue;
		if (askers[i].pid != 0)
			(void)sigqueue(askers[i].pid, RELOAD_ANSWER, value);
		askers[i].id = 0;
		askers[i].tries = 0;
	}
}

void
signals_again(void)
{
	size_t i;

	for (i = 0; i < nitems(askers); i++) {
		if (askers[i].tries >= TRIES) {
			remark(PRIV_REMARK_RELOAD, TRIES);
			asker_answer(askers[i].id, RELOAD_FAILED);
		}
		askers[i].is_told = 0;
	}
	if (upgrade.is_asked && upgrade.tries >= TRIES) {
		remark(PRIV_REMARK_UPGRADE, TRIES);
		upgrade.is_asked = 0;
	}
	upgrade.is_told = 0;
	quits += quits_told;
	quits_told = 0;
}
