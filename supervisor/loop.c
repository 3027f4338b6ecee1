/* SPDX-License-Identifier: ISC */
/* What toxid waits for: signals, and ctld's questions. */

#include <err.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "agreed.h"
#include "answers.h"
#include "children.h"
#include "clock.h"
#include "ctld.h"
#include "loop.h"
#include "nitems.h"
#include "remarks.h"
#include "trial.h"
#include "wishes.h"

/* So many questions, and then signals are looked at. */
#define QUESTIONS 64

#ifdef SANITIZED /* they have their leaks to report */
#define EXIT_WITHIN (10 * NS_PER_S)
#else
#define EXIT_WITHIN (NS_PER_S / 2)
#endif

static int signal_fd;

void
loop_init(void)
{
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGCHLD);
	sigaddset(&signals, SIGHUP);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGUSR2);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	signal_fd = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
	if (signal_fd == -1)
		err(1, "%s", __func__);
}

static int
is_question(const struct signalfd_siginfo *si)
{
	return si->ssi_signo == SIGHUP && si->ssi_code == SI_QUEUE &&
	    si->ssi_int == RELOAD_QUESTION;
}

/* Processes that have died or were stopped: their table knows it afterwards. */
static void
reap(void)
{
	struct rusage ru;
	int status;
	pid_t pid;

	while ((pid = wait4(-1, &status, WNOHANG | WUNTRACED, &ru)) > 0) {
		if (!ctld_waited_for(pid, status) &&
		    !trial_waited_for(pid, status))
			(void)child_waited_for(pid, status, &ru);
	}
}

/*
 * Who died before a signal came is known before what the signal asks for: at
 * the end a worker is replaced still, for those who wait in its backlog.
 */
static void
signals_read(void)
{
	struct signalfd_siginfo si;

	while (read(signal_fd, &si, sizeof(si)) == sizeof(si)) {
		if (si.ssi_signo != SIGCHLD)
			wish_came((int)si.ssi_signo,
			    is_question(&si) ? (pid_t)si.ssi_pid : 0);
	}
	reap();
}

/*
 * One that has asked what it may not, or has closed its line, is at an end.
 * What a dead one has asked is not answered any more.
 */
static void
questions_answer(void)
{
	int i;

	for (i = 0; i < QUESTIONS && ctld.pid > 0 && ctld.line != -1; i++) {
		switch (answer_one()) {
		case 0:
			return;
		case -1:
			close(ctld.line);
			ctld.line = -1;
			if (ctld.state != PRIV_OVER)
				ctld_kill();
			return;
		}
	}
}

/* Without a signal no child has died: so nobody walks through all of them. */
static int
news_is_there(int is_signal)
{
	return (is_signal && child_untold() != NULL) || trial_is_over() ||
	    wish_is_there(!trial_is_on()) || remarks_are_there();
}

/* Is there a signal?  A machine with no time for us had none for ctld. */
static int
wait_for_any(int64_t until)
{
	struct pollfd fds[] = { { .fd = signal_fd, .events = POLLIN },
		{ .fd = ctld.pid > 0 ? ctld.line : -1, .events = POLLIN } };
	int64_t ms = (until - clock_now() + NS_PER_MS - 1) / NS_PER_MS;

	if (poll(fds, nitems(fds), ms > 0 ? (int)ms : 0) == -1 &&
	    errno != EINTR)
		err(1, "%s", __func__);
	if (clock_now() - until > LATE && ctld.rung != CLOCK_NEVER)
		ctld.rung += clock_now() - until;
	return fds[0].revents != 0;
}

/* Children exit when their channels end; one that does not is killed. */
static void
end_children(void)
{
	static const struct timespec pause = { .tv_nsec = NS_PER_MS };
	int64_t deadline = clock_now() + EXIT_WITHIN;

	children_let_go();
	for (reap(); children_are_there(); reap()) {
		if (clock_now() >= deadline)
			children_kill();
		nanosleep(&pause, NULL);
	}
}

/* Of all, too: by its own word, or because it cannot be had any more. */
static int
end(void)
{
	trial_end();
	end_children();
	return ctld.state == PRIV_OVER ? ctld.exit_status : 1;
}

int
loop_run(void)
{
	int is_signal;

	for (;;) {
		if ((is_signal = wait_for_any(ctld_look(clock_now()))))
			signals_read();
		questions_answer();
		if (ctld.pid <= 0) {
			trial_end(); /* who asked for it is gone */
			if (ctld.state == PRIV_OVER || ctld_follow() == -1)
				return end();
		}
		if (ctld.pid > 0 && news_is_there(is_signal))
			ctld_ring();
	}
}
