/* SPDX-License-Identifier: ISC */
/*
 * The processes of a run: they start together, end together, and whatever
 * happens there is one line to read and an end in time.
 */

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "load.h"
#include "run.h"

#define CHILDREN_MAX 256
#define POLL_EVERY NS_PER_MS
#define LINE_MAX_LEN 400

static pid_t children[CHILDREN_MAX];
static size_t nchildren;
static char watch_line[LINE_MAX_LEN]; /* for a signal handler to write */

/* In a signal handler. */
static void __attribute__((__noreturn__)) fail_at_once(const char *line)
{
	if (atomic_exchange(&run->failed, 1) == 0 &&
	    write(STDERR_FILENO, line, strlen(line)) == -1)
		_exit(1);
	_exit(1);
}

static void
on_child(int sig, siginfo_t *info, void *context)
{
	(void)sig;
	(void)context;
	if (info->si_code != CLD_EXITED || info->si_status != 0)
		fail_at_once("load: a process of it has died\n");
}

static void
on_alarm(int sig)
{
	(void)sig;
	fail_at_once(watch_line);
}

static void
handle_signals(void)
{
	struct sigaction child = {
		.sa_sigaction = on_child,
		.sa_flags = SA_SIGINFO | SA_RESTART | SA_NOCLDSTOP,
	};
	struct sigaction alarm = { .sa_handler = on_alarm };

	sigaction(SIGCHLD, &child, NULL);
	sigaction(SIGALRM, &alarm, NULL);
	signal(SIGPIPE, SIG_IGN);
}

static void
raise_descriptors(void)
{
	struct rlimit rl;

	if (getrlimit(RLIMIT_NOFILE, &rl) == -1)
		fail("getrlimit");
	rl.rlim_cur = rl.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &rl) == -1)
		fail("setrlimit");
}

/* Nothing before this may fail(). */
void
run_open(const char *mode)
{
	pthread_barrierattr_t attr;

	run_mode = mode;
	run = mmap(NULL, sizeof(*run), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (run == MAP_FAILED) {
		perror("load: mmap");
		exit(1);
	}
	pthread_barrierattr_init(&attr);
	pthread_barrierattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
	pthread_barrier_init(&run->barrier, &attr, 2);
	handle_signals();
	raise_descriptors();
}

void
run_watch(double seconds, const char *doing)
{
	struct itimerval it = { 0 };

	snprintf(watch_line, sizeof(watch_line),
	    "load: %s: no end after %.1f s of %s\n", run_mode, seconds, doing);
	it.it_value.tv_sec = (time_t)seconds;
	it.it_value.tv_usec =
	    (suseconds_t)((seconds - (double)it.it_value.tv_sec) * 1e6);
	if (setitimer(ITIMER_REAL, &it, NULL) == -1)
		fail("setitimer");
}

void
run_pin(int64_t cpu)
{
	cpu_set_t set;

	if (cpu == -1)
		return;
	CPU_ZERO(&set);
	CPU_SET((size_t)cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set) == -1)
		fail("CPU %d", (int)cpu);
}

pid_t
run_fork(void)
{
	pid_t parent = getpid(), pid;

	if (nchildren == CHILDREN_MAX)
		failx("more than %d processes", CHILDREN_MAX);
	if ((pid = fork()) == -1)
		fail("fork");
	if (pid != 0) {
		children[nchildren++] = pid;
		return pid;
	}
	nchildren = 0;
	signal(SIGCHLD, SIG_DFL);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent) /* it was quicker */
		_exit(1);
	run_pin(common.server_cpu);
	return 0;
}

void
run_wait(void)
{
	size_t i;
	int status;

	for (i = 0; i < nchildren; i++) {
		while (waitpid(children[i], &status, 0) == -1) {
			if (errno != EINTR)
				fail("waitpid");
		}
		/* on_child() has seen to it if it has failed */
	}
	nchildren = 0;
}

void
run_end(void)
{
	size_t i;

	signal(SIGCHLD, SIG_DFL);
	for (i = 0; i < nchildren; i++)
		kill(children[i], SIGKILL);
	run_wait();
	run_watch(0, "");
}

static int64_t
to_ns(double seconds)
{
	return (int64_t)(seconds * (double)NS_PER_S);
}

void
run_begin(void)
{
	int64_t now = clock_now();

	run->start = now;
	run->from = now + to_ns(common.warmup);
	run->to = now + to_ns(common.warmup + common.seconds);
}

int
run_measures(int64_t now)
{
	return now >= run->from && now < run->to;
}

void
run_await(const _Atomic int64_t *count, int64_t n, const char *what)
{
	struct timespec pause = { .tv_nsec = POLL_EVERY };
	int64_t seen = 0, moved = clock_now();

	while (*count < n) {
		if (*count != seen) {
			seen = *count;
			moved = clock_now();
		}
		if (clock_now() - moved > to_ns(GRACE_S))
			failx("only %d of %d connections have been %s",
			    (int)*count, (int)n, what);
		nanosleep(&pause, NULL);
	}
}
