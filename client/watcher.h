/* SPDX-License-Identifier: ISC */
/*
 * A process beside the suite that starts a server, and ends it when it is told
 * to, or when the process that asked for it is gone: killed, crashed, or over.
 */
#ifndef WATCHER_H
#define WATCHER_H

#include <sys/types.h>

/* How long a server has between SIGTERM and SIGKILL. */
#define WATCHER_PATIENCE_MS 5000

struct order {
	char **argv;     /* [0] is a path, or a name to be looked for in PATH */
	char **envp;     /* its environment */
	int quiet_fd;    /* /dev/null, to read from */
	int output_fd;   /* the end of a pipe to write its output to */
	int output_read; /* the other */
};

enum event {
	EVENT_NOT_RUN, /* error_number says why */
	EVENT_RUNS,
	EVENT_ENDED /* status, as of waitpid(2), and what it said last */
};

/* What the watcher says on the line, a packet each. */
struct report {
	enum event event;
	int error_number;
	int status;
	pid_t pid;
	char said[2048]; /* the end of its output, without a NUL in between */
};

/*
 * Returns the suite's end of the line: a SOCK_SEQPACKET that is shut down to
 * have the server ended, and is at its end when it has.  -1 and errno.
 */
int watcher_start(const struct order *);

#endif
