/* SPDX-License-Identifier: ISC */
/*
 * Between fork(2) and exec(3) in a program that may have threads: everything
 * here that runs in a child is a system call, or memory of its own.
 *
 *	suite -> (one that is gone at once) -> watcher -> toxid
 *
 * The one in between is there so that the suite has no child that its wait(2)
 * might find.  The watcher holds a descriptor of the suite's process, which
 * tells when that is gone: what of the suite was forked, and has all of its
 * descriptors, does not keep the server alive.
 */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "watcher.h"

struct watcher {
	const struct order *order;
	int line;
	int suite; /* pidfds */
	int server;
	pid_t pid;
	struct report report;
	size_t said_len;
};

static int
pidfd_open(pid_t pid)
{
	return (int)syscall(SYS_pidfd_open, pid, 0);
}

static void
tell(struct watcher *w, enum event event)
{
	w->report.event = event;
	w->report.pid = w->pid;
	/* Nobody may be there to hear it. */
	(void)send(w->line, &w->report, sizeof(w->report), MSG_NOSIGNAL);
}

/* The signals of the suite are none of ours. */
static void
reset_signals(void)
{
	sigset_t none;
	int i;

	for (i = 1; i < NSIG; i++)
		signal(i, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/*
 * The signal is for the case that somebody kills the watcher, whose only
 * thread this is, so that it comes when that ends and not before.
 */
static void __attribute__((__noreturn__))
execute(const struct order *order, int failed_fd, pid_t watcher)
{
	int error_number;

	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != watcher)
		_exit(1);
	dup2(order->quiet_fd, STDIN_FILENO);
	dup2(order->output_fd, STDOUT_FILENO);
	dup2(order->output_fd, STDERR_FILENO);
	execvpe(order->argv[0], order->argv, order->envp);
	error_number = errno;
	_exit(write(failed_fd, &error_number, sizeof(error_number)) == -1);
}

/* 0: it runs; or an errno. */
static int
start_server(struct watcher *w)
{
	int failed[2], error_number = 0;
	pid_t self = getpid();

	if (pipe2(failed, O_CLOEXEC) == -1)
		return errno;
	if ((w->pid = _Fork()) == -1)
		return errno;
	if (w->pid == 0)
		execute(w->order, failed[1], self);
	close(failed[1]);
	close(w->order->output_fd);
	/* At its end when the program is another one. */
	if (read(failed[0], &error_number, sizeof(error_number)) == -1)
		error_number = errno;
	close(failed[0]);
	if (error_number == 0 && (w->server = pidfd_open(w->pid)) == -1)
		error_number = errno;
	return error_number;
}

/* Keeps the end of what it says.  0: there will be no more. */
static int
listen_to(struct watcher *w)
{
	char *said = w->report.said;
	size_t half = sizeof(w->report.said) / 2;
	ssize_t n;

	if (w->said_len > half) {
		memmove(said, said + w->said_len - half, half);
		w->said_len = half;
	}
	n = read(w->order->output_read, said + w->said_len, half - 1);
	if (n <= 0)
		return 0;
	w->said_len += (size_t)n;
	said[w->said_len] = '\0';
	return 1;
}

/* Until the server ends, or has to. */
static void
watch(struct watcher *w, int timeout_ms)
{
	struct pollfd p[] = {
		{ .fd = w->server, .events = POLLIN },
		{ .fd = w->order->output_read, .events = POLLIN },
		{ .fd = w->suite, .events = POLLIN },
		{ .fd = w->line, .events = POLLIN },
	};

	if (timeout_ms != -1) /* the end has been asked for */
		p[2].fd = p[3].fd = -1;
	for (;;) {
		if (poll(p, 4, timeout_ms) == -1 && errno == EINTR)
			continue;
		if (p[1].revents != 0 && !listen_to(w))
			p[1].fd = -1;
		else if (p[1].revents == 0)
			return;
	}
}

static void
run(struct watcher *w)
{
	w->report.error_number = start_server(w);
	if (w->report.error_number != 0) {
		tell(w, EVENT_NOT_RUN);
		return;
	}
	tell(w, EVENT_RUNS);
	watch(w, -1);
	kill(w->pid, SIGTERM); /* if it has ended, it is still ours */
	watch(w, WATCHER_PATIENCE_MS);
	if (waitpid(w->pid, &w->report.status, WNOHANG) == 0) {
		kill(w->pid, SIGKILL);
		waitpid(w->pid, &w->report.status, 0);
	}
	tell(w, EVENT_ENDED);
}

/* Without what the suite has open: nobody waits for an end that we hold. */
static void
close_others(const struct watcher *w)
{
	const int keep[] = { w->line, w->suite, w->order->quiet_fd,
		w->order->output_fd, w->order->output_read };
	unsigned int next = 3, fd;
	size_t i;

	for (;;) {
		fd = ~0U;
		for (i = 0; i < sizeof(keep) / sizeof(keep[0]); i++)
			if ((unsigned int)keep[i] >= next &&
			    (unsigned int)keep[i] < fd)
				fd = (unsigned int)keep[i];
		if (fd > next)
			close_range(next, fd - 1, 0);
		if (fd == ~0U)
			break;
		next = fd + 1;
	}
}

/* Out of reach of what the terminal sends. */
static void __attribute__((__noreturn__)) be_watcher(struct watcher *w)
{
	int fd;

	reset_signals();
	setsid();
	prctl(PR_SET_NAME, "toxi_server");
	for (fd = 0; fd < 3; fd++)
		dup2(w->order->quiet_fd, fd);
	close_others(w);
	run(w);
	_exit(0);
}

/* Returns when the one in between has gone; 0 or an errno. */
static int
fork_twice(struct watcher *w)
{
	int status = 0;
	pid_t pid;

	if ((pid = _Fork()) == -1)
		return errno;
	if (pid == 0) {
		if ((pid = _Fork()) == 0)
			be_watcher(w);
		_exit(pid == -1 ? errno : 0);
	}
	/* Somebody who waits for all of his children may have been first. */
	while (waitpid(pid, &status, 0) == -1 && errno == EINTR)
		;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 0;
}

int
watcher_start(const struct order *order)
{
	struct watcher w = { .order = order };
	sigset_t all, before;
	int line[2], error;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, line) == -1)
		return -1;
	if ((w.suite = pidfd_open(getpid())) == -1) {
		close(line[0]);
		close(line[1]);
		return -1;
	}
	w.line = line[1];
	/* What handles them in the suite does not do so in a child. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	error = fork_twice(&w);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	close(line[1]);
	close(w.suite);
	if (error == 0)
		return line[0];
	close(line[0]);
	errno = error;
	return -1;
}
