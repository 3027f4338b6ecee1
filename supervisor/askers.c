/* SPDX-License-Identifier: ISC */
/* What people and systemd want, by signals: kept until ctld has heard of it. */

#include <signal.h>

#include "askers.h"
#include "ids.h"
#include "nitems.h"

/* More of them are told nothing, and give up after a while. */
static struct {
	uint32_t id; /* 0: a row that is free */
	pid_t pid;
	int is_told; /* ctld has heard of it */
} askers[64];

static unsigned int reloads, upgrades, quits, quits_told;

static void
remember(pid_t pid)
{
	size_t i;

	for (i = 0; i < nitems(askers); i++) {
		if (askers[i].id != 0)
			continue;
		askers[i].id = id_new();
		askers[i].pid = pid;
		askers[i].is_told = 0;
		return;
	}
}

void
signal_came(int number, pid_t asker)
{
	if (number == SIGHUP && asker != 0)
		remember(asker);
	else if (number == SIGHUP)
		reloads = 1;
	else if (number == SIGUSR2)
		upgrades = 1;
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
		*asker = askers[i].id;
		return 1;
	}
	*asker = 0;
	return reloads > 0 && reloads-- > 0;
}

int
upgrade_came(void)
{
	return upgrades > 0 && upgrades-- > 0;
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
any_signal_came(void)
{
	size_t i;

	for (i = 0; i < nitems(askers); i++) {
		if (askers[i].id != 0 && !askers[i].is_told)
			return 1;
	}
	return reloads + upgrades + quits > 0;
}

void
signals_again(void)
{
	size_t i;

	for (i = 0; i < nitems(askers); i++)
		askers[i].is_told = 0;
	quits += quits_told;
	quits_told = 0;
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
		(void)sigqueue(askers[i].pid, RELOAD_ANSWER, value);
		askers[i].id = 0;
	}
}
