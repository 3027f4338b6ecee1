/* SPDX-License-Identifier: ISC */
/* Every child begins here: its program, its descriptors, its user. */

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "agreed.h"
#include "given.h"
#include "identity.h"
#include "msg.h"
#include "priv.h"
#include "spawn.h"
#include "tables.h"

static const struct program {
	const char *title; /* at first */
	int reads_files;   /* those of the system: it has no root of its own */
} programs[ROLE_MAX] = {
	[ROLE_APID] = { "toxid: apid", 0 },
	[ROLE_DIALD] = { "toxid: diald", 0 },
	[ROLE_RESOLVD] = { "toxid: resolvd", 1 },
	[ROLE_RELAYD] = { "toxid: relayd [spare]", 0 },
	[ROLE_STORED] = { "toxid: stored", 0 },
	[ROLE_CONFIG] = { "toxid: apid [config]", 0 },
};

char **own_arguments;

/* As whom a child begins, by system calls only; a static program, where. */
static int
become(uint32_t uid, enum role role)
{
	int is_to = spawn_changes_root(role), is_in = given.is_static[role];

	if (!given.is_root) {
		identity_keep();
		return 0;
	}
	if (is_to && is_in && (fchdir(ROOT_DIR_FD) == -1 || chroot(".") == -1))
		return -1;
	return identity_take(uid, is_to && !is_in);
}

/* stored has one as an ordinary user, too: its own.  -1: the system's. */
static int
root_directory(enum role role)
{
	if (role == ROLE_STORED)
		return tables->state_dir;
	return programs[role].reads_files ? -1 : given.fds[GIVEN_EMPTY_DIR];
}

/* ---- in the child, between fork and exec: system calls only */

/* null: of the first three descriptors, so many lead nowhere.  -1 is none. */
static void
child_descriptors(enum role role, int null, int channel, int bell)
{
	int i;

	/* as the others, out of the way */
	channel = fcntl(channel, F_DUPFD_CLOEXEC, FD_MIN);
	bell = fcntl(bell, F_DUPFD_CLOEXEC, FD_MIN);
	dup2(root_directory(role), ROOT_DIR_FD);
	for (i = 0; i < null; i++) {
#ifdef SANITIZED /* its reports go to stderr */
		if (i == STDERR_FILENO)
			continue;
#endif
		dup2(given.fds[GIVEN_NULL], i);
	}
	dup2(channel, CHAN_FD);
	dup2(bell, DOORBELL_FD);
}

/*
 * In a process group of its own: what a terminal or a shell sends to all of
 * toxid's is meant for toxid, which sees to an orderly end.
 */
static void
child_signals(void)
{
	sigset_t none;

	setpgid(0, 0);
	signal(SIGPIPE, SIG_DFL);
	signal(SIGXFSZ, SIG_IGN); /* a file that may not grow is an error */
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static void __attribute__((__noreturn__))
run(enum role role, uint32_t uid, char *argv[])
{
	if (become(uid, role) == 0)
		syscall(SYS_execveat, given.fds[GIVEN_PROGRAMS + role], "",
		    argv, environ, AT_EMPTY_PATH);
	_exit(SPAWN_FAILED);
}

int
spawn_changes_root(enum role role)
{
	return given.is_root && !programs[role].reads_files;
}

pid_t
priv_spawn(enum role role, uint32_t uid, int channel)
{
	char *argv[] = { (char *)(uintptr_t)programs[role].title, NULL };
	pid_t pid;

	if ((pid = fork()) != 0)
		return pid;
	child_signals();
	child_descriptors(role, CHAN_FD, channel, -1);
	run(role, uid, argv);
}

/*
 * It has toxid's command line, for all that is no power; it writes the log, and
 * what is said of a file that is checked.
 */
pid_t
priv_spawn_ctld(int line, int bell)
{
	pid_t pid;

	if ((pid = fork()) != 0)
		return pid;
	child_signals();
	child_descriptors(ROLE_CTLD, STDOUT_FILENO, line, bell);
	/* whatever is the end of toxid is its end, too */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	run(ROLE_CTLD, given.uid_base + ROLE_CTLD, own_arguments);
}

void
priv_become_ctld(const int32_t journals[JOURNALS])
{
	child_descriptors(ROLE_CTLD, STDOUT_FILENO, journals[0], journals[1]);
	run(ROLE_CTLD, given.uid_base + ROLE_CTLD, own_arguments);
}
