/* SPDX-License-Identifier: ISC */
/*
 * The processes of a run: they start together, end together, and whatever
 * happens there is one line to read and an end in time.
 */

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
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
#include "net.h"
#include "run.h"

#define CHILDREN_MAX 256
#define POLL_EVERY NS_PER_MS
#define LINE_MAX_LEN 400

struct run *run;

static const char *mode_name;
static pid_t children[CHILDREN_MAX];
static size_t nchildren;
static char watch_line[LINE_MAX_LEN]; /* for a signal handler to write */

static void __attribute__((__format__(printf, 2, 0)))
say_why(int error, const char *fmt, va_list ap)
{
	char what[LINE_MAX_LEN];

	vsnprintf(what, sizeof(what), fmt, ap);
	if (atomic_exchange(&run->failed, 1) == 0)
		fprintf(stderr, "load: %s: %s%s%s\n", mode_name, what,
		    error != 0 ? ": " : "", error != 0 ? strerror(error) : "");
}

/* Buffered output of a process that fails is not to come out: _exit(). */
void
fail(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say_why(errno, fmt, ap);
	va_end(ap);
	_exit(1);
}

void
failx(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say_why(0, fmt, ap);
	va_end(ap);
	_exit(1);
}

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

	mode_name = mode;
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
	    "load: %s: no end after %.1f s of %s\n", mode_name, seconds, doing);
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

static int *
fds_alloc(size_t n)
{
	int *fds;

	if ((fds = calloc(n, sizeof(*fds))) == NULL)
		fail("calloc");
	return fds;
}

/* Nobody leaves, and with it the connections, before the other is through. */
static void
play(const struct one_way *way, int sends, const int *fds, size_t n)
{
	if (sends)
		way->send(fds, n);
	else
		way->receive(fds, n);
	pthread_barrier_wait(&run->barrier);
}

static void __attribute__((__noreturn__))
server(int listener, const struct one_way *way, enum direction d, size_t n)
{
	int *fds = fds_alloc(n);

	net_accept_all(listener, fds, n);
	pthread_barrier_wait(&run->barrier);
	pthread_barrier_wait(&run->barrier);
	play(way, d == DIRECTION_DOWN, fds, n);
	free(fds);
	exit(0);
}

/* The clock starts between the barriers: all are there, nobody has gone. */
static void
client(const struct one_way *way, enum direction d, size_t n)
{
	int *fds = fds_alloc(n);
	size_t i;

	for (i = 0; i < n; i++)
		fds[i] = net_connect(&common.connect.at[0], 0);
	pthread_barrier_wait(&run->barrier);
	run_watch(common.warmup + common.seconds + way->extra_s + GRACE_S,
	    "measuring");
	run_begin();
	pthread_barrier_wait(&run->barrier);
	play(way, d == DIRECTION_UP, fds, n);
	free(fds);
}

void
run_one_way(const struct one_way *way, enum direction d, size_t n)
{
	int listener = net_listen(&common.listen.at[0]);

	if (run_fork() == 0)
		server(listener, way, d, n);
	close(listener);
	run_watch(GRACE_S, "connecting");
	client(way, d, n);
	run_wait();
}

void
run_echo(void)
{
	int listener = net_listen(&common.listen.at[0]);

	if (run_fork() == 0)
		echo_serve(&listener, 1, SIZE_MAX);
	close(listener);
}
