/* SPDX-License-Identifier: ISC */
/*
 * -reload: asks the toxid of that process to read its configuration file again,
 * and waits for how it went: for who has to know, as systemd does.
 */

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "agreed.h"
#include "clock.h"
#include "priv.h"
#include "reload.h"

/*
 * A toxid waits for it with SIGHUP blocked, or caught; anybody else's process
 * would end of it.  What cannot be seen is let through.
 */
static int
is_ended_by_hangup(pid_t pid)
{
	uint64_t expected = 0;
	char path[64], line[128];
	int seen = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	if ((f = fopen(path, "re")) == NULL)
		return 0;
	while (fgets(line, sizeof(line), f) != NULL) {
		if (strncmp(line, "SigBlk:", 7) != 0 &&
		    strncmp(line, "SigCgt:", 7) != 0)
			continue;
		expected |= strtoull(line + 7, NULL, 16);
		seen = 1;
	}
	fclose(f);
	return seen && (expected & (UINT64_C(1) << (SIGHUP - 1))) == 0;
}

/* An enum reload_outcome; -1: none has come. */
static int
wait_for_answer(pid_t pid, const sigset_t *set)
{
	static const struct timespec while_alive = { .tv_nsec = NS_PER_S / 10 };
	int64_t deadline = clock_now() + RELOAD_ANSWER_WITHIN;
	siginfo_t si;

	while (clock_now() < deadline) {
		if (sigtimedwait(set, &si, &while_alive) != -1 &&
		    si.si_code == SI_QUEUE && si.si_pid == pid)
			return si.si_value.sival_int;
		if (kill(pid, 0) == -1)
			return -1;
	}
	return -1;
}

static const char *
text_of(int answer)
{
	switch (answer) {
	case RELOAD_FAILED:
		return "the reload failed, nothing has changed: its log says "
		       "why";
	case RELOAD_UNSTORED:
		return "reloaded, but not stored yet: its log says why";
	default:
		return "no answer";
	}
}

void
reload_ask(pid_t pid)
{
	union sigval question = { .sival_int = RELOAD_QUESTION };
	sigset_t set;
	int answer;

	if (is_ended_by_hangup(pid)) {
		fprintf(
		    stderr, "toxid: process %d: it is no toxid\n", (int)pid);
		exit(1);
	}
	sigemptyset(&set);
	sigaddset(&set, RELOAD_ANSWER);
	sigprocmask(SIG_BLOCK, &set, NULL);
	if (sigqueue(pid, SIGHUP, question) == -1) {
		fprintf(stderr, "toxid: process %d: %s\n", (int)pid,
		    strerror(errno));
		exit(1);
	}
	answer = wait_for_answer(pid, &set);
	if (answer == RELOAD_DONE)
		exit(0);
	fprintf(stderr, "toxid: process %d: %s\n", (int)pid, text_of(answer));
	exit(1);
}
