/* SPDX-License-Identifier: ISC */
/* Every child begins here: its program, its descriptors, its user. */

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "agreed.h"
#include "identity.h"
#include "log.h"
#include "msg.h"
#include "nitems.h"
#include "options.h"
#include "priv.h"
#include "spawn.h"
#include "state.h"
#include "succession.h"
#include "title.h"

/* Opened once: a restart runs the program that the start ran. */
static struct program {
	const char *name;
	const char *title; /* at first */
	int fd;
	int reads_files; /* those of the system: it has no root of its own */
} programs[ROLE_MAX] = {
	[ROLE_CTLD] = { "ctld", "toxid: ctld", -1, 0 },
	[ROLE_APID] = { "apid", "toxid: apid", -1, 0 },
	[ROLE_DIALD] = { "diald", "toxid: diald", -1, 0 },
	[ROLE_RESOLVD] = { "resolvd", "toxid: resolvd", -1, 1 },
	[ROLE_RELAYD] = { "relayd", "toxid: relayd [spare]", -1, 0 },
	[ROLE_STORED] = { "stored", "toxid: stored", -1, 0 },
	[ROLE_CONFIG] = { "apid", "toxid: apid [config]", -1, 0 },
};

static int null_fd;

/* open(2), at a number that child_descriptors() will not overwrite. */
static int
open_high(const char *path, int flags)
{
	int low, fd;

	if ((low = open(path, flags | O_CLOEXEC)) == -1)
		return -1;
	fd = fcntl(low, F_DUPFD_CLOEXEC, FD_MIN);
	close(low);
	return fd;
}

/* Beside toxid itself, or where `make install` puts them. */
static int
program_open(const char *name)
{
	char dir[PATH_MAX], path[PATH_MAX + 16], *slash;
	ssize_t n;
	int fd;

	n = readlink("/proc/self/exe", dir, sizeof(dir) - 1);
	if (n > 0) {
		dir[n] = '\0';
		if ((slash = strrchr(dir, '/')) != NULL)
			*slash = '\0';
		snprintf(path, sizeof(path), "%s/%s", dir, name);
		if ((fd = open_high(path, O_PATH)) != -1)
			return fd;
	}
	snprintf(path, sizeof(path), "%s/%s", LIBEXEC, name);
	return open_high(path, O_PATH);
}

/*
 * A directory that is removed while it is held open: empty for ever, and
 * nothing can be created in it.
 */
static int
empty_dir_open(void)
{
	static const char *const places[] = { "/run", "/tmp", "/dev/shm" };
	char path[64];
	size_t i;
	int fd;

	for (i = 0; i < nitems(places); i++) {
		snprintf(path, sizeof(path), "%s/toxid.XXXXXX", places[i]);
		if (mkdtemp(path) == NULL)
			continue;
		fd = open_high(path, O_DIRECTORY | O_RDONLY);
		if (rmdir(path) == -1)
			log_warn("%s: %s", __func__, path);
		/* a child enters it under its own uid */
		if (fd != -1 && fchmod(fd, 0555) == -1)
			fatal("%s", __func__);
		return fd;
	}
	return -1;
}

/* As whom a child begins.  Between fork and exec: system calls only. */
static int
become(uint32_t uid, enum role role)
{
	if (toxid.is_root)
		return identity_take(uid, spawn_changes_root(role));
	identity_keep();
	return 0;
}

/* Linux before 5.8 cannot say it: there it is seen when the child is to run. */
static int
can_execute(const struct program *p)
{
	return syscall(SYS_faccessat2, p->fd, "", X_OK, AT_EMPTY_PATH) == 0 ||
	    errno != EACCES;
}

/* ROLE_MAX: all programs can be executed, as far as can be tried; or the role
 * whose cannot. */
static int
try_programs(void)
{
	int role;

	if (become(identity_last(), ROLE_APID) == -1)
		return ROLE_MAX;
	for (role = 0; role < ROLE_MAX; role++) {
		if (!can_execute(&programs[role]))
			break;
	}
	return role;
}

static const char *
not_executable(const struct program *p)
{
	static char why[PATH_MAX + 160];
	char link[32], path[PATH_MAX];
	uint32_t uid =
	    toxid.is_root ? (uint32_t)toxid.options.uid_base : geteuid();
	struct stat st;
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", p->fd);
	if (fstat(p->fd, &st) == -1 ||
	    (n = readlink(link, path, sizeof(path) - 1)) == -1)
		fatal("%s: %s", __func__, p->name);
	path[n] = '\0';
	snprintf(why, sizeof(why),
	    "%s: user %u%s, as whom it is to run, may not execute it: "
	    "its mode is %04o (chmod a+rx)",
	    path, uid, toxid.is_root ? " and up" : "", st.st_mode & ALLPERMS);
	return why;
}

/* What root does without, it does without for good; but not by mistake. */
static const char *
identities_init(void)
{
	switch (identity_find()) {
	case IDENTITY_OURS:
		break;
	case IDENTITY_REFUSED:
		return "children cannot be given user ids of their own: is "
		       "capset(2) forbidden, by a filter of system calls?";
	case IDENTITY_OWN:
		if ((toxid.empty_dir_fd = empty_dir_open()) != -1)
			toxid.is_root = 1;
		else
			log_warn("no place for an empty directory: children "
				 "keep this user and its files");
	}
	return NULL;
}

static const char *
programs_init(void)
{
	static char why[PATH_MAX];
	struct program *p;
	int role;

	for (p = programs; p < programs + nitems(programs); p++) {
		if ((p->fd = program_open(p->name)) != -1)
			continue;
		snprintf(why, sizeof(why),
		    "%s is neither beside toxid nor in %s", p->name, LIBEXEC);
		return why;
	}
	/* -1, no process for it: there may be some later */
	if ((role = identity_try(try_programs)) >= 0 && role < ROLE_MAX)
		return not_executable(&programs[role]);
	return NULL;
}

const char *
spawn_init(void)
{
	const char *why;

	toxid.empty_dir_fd = -1;
	if ((null_fd = open_high("/dev/null", O_RDWR)) == -1)
		fatal("/dev/null");
	if ((why = identities_init()) != NULL)
		return why;
	return programs_init();
}

/* stored has one as an ordinary user, too: its own.  -1: the system's. */
static int
root_directory(enum role role)
{
	if (role == ROLE_STORED)
		return toxid.state_dir_fd;
	return programs[role].reads_files ? -1 : toxid.empty_dir_fd;
}

/* ---- in the child, between fork and exec: system calls only */

static void
place(int fd, int at)
{
	if (fd != -1)
		dup2(fd, at);
}

/* null: of the first three descriptors, so many lead nowhere. */
static void
child_descriptors(enum role role, int null, int channel, int bell)
{
	int i;

	/* as the others, out of the way */
	channel = fcntl(channel, F_DUPFD_CLOEXEC, FD_MIN);
	if (bell != -1)
		bell = fcntl(bell, F_DUPFD_CLOEXEC, FD_MIN);
	place(root_directory(role), ROOT_DIR_FD);
	for (i = 0; i < null; i++) {
#ifdef SANITIZED /* its reports go to stderr */
		if (i == STDERR_FILENO)
			continue;
#endif
		dup2(null_fd, i);
	}
	dup2(channel, CHAN_FD);
	place(bell, DOORBELL_FD);
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
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static void __attribute__((__noreturn__))
run(enum role role, uint32_t uid, char *argv[], char *env[])
{
	if (become(uid, role) == -1)
		_exit(SPAWN_FAILED);
#ifdef SANITIZED /* its options */
	env = environ;
#endif
	syscall(SYS_execveat, programs[role].fd, "", argv, env, AT_EMPTY_PATH);
	_exit(SPAWN_FAILED);
}

/* ---- what it finds there */

/* All that a child gets of our environment: resolvd by resolv.conf(5). */
static const char *const resolver_variables[] = { "LOCALDOMAIN", "RES_OPTIONS",
	NULL };
static const char *const ctld_variables[] = { "LOG_LEVEL", "JOURNAL_STREAM",
	NULL };
static const char *const trial_variables[] = { "LOG_LEVEL", PRIV_TRIAL, NULL };
#define VARIABLES_MAX 2

/*
 * Room for its title, and each of the others as "NAME=value", of which
 * getenv(3) gives the end.
 */
static char **
environment(const char *const *names)
{
	static char space[sizeof(TITLE_SPACE_NAME) + TITLE_SPACE_MAX];
	static char *env[1 + VARIABLES_MAX + 1];
	char **to = env, *value;

	snprintf(space, sizeof(space), "%s%*s", TITLE_SPACE_NAME,
	    TITLE_SPACE_MAX, "");
	*to++ = space;
	for (; names != NULL && *names != NULL; names++) {
		if ((value = getenv(*names)) != NULL)
			*to++ = value - strlen(*names) - 1;
	}
	*to = NULL;
	return env;
}

/* ctld reads the same command line, for all that is no power. */
static char **
ctld_arguments(void)
{
	char **own = succession_arguments(), **argv;
	size_t n = 1;

	while (own[n] != NULL)
		n++;
	if ((argv = calloc(n + 1, sizeof(*argv))) == NULL)
		fatal("%s", __func__);
	memcpy(argv, own, n * sizeof(*argv));
	argv[0] = (char *)(uintptr_t)programs[ROLE_CTLD].title;
	return argv;
}

int
spawn_changes_root(enum role role)
{
	return toxid.is_root && !programs[role].reads_files;
}

pid_t
priv_spawn(enum role role, uint32_t uid, int channel)
{
	char *argv[] = { (char *)(uintptr_t)programs[role].title, NULL };
	char **env =
	    environment(role == ROLE_RESOLVD ? resolver_variables : NULL);
	pid_t pid;

	if ((pid = fork()) != 0)
		return pid;
	child_signals();
	child_descriptors(role, CHAN_FD, channel, -1);
	run(role, uid, argv, env);
}

/* It writes the log, and what is said of a file that is checked. */
pid_t
priv_spawn_ctld(uint32_t uid, int line, int bell)
{
	char **argv = ctld_arguments(), **env = environment(ctld_variables);
	pid_t pid;

	if ((pid = fork()) == 0) {
		child_signals();
		child_descriptors(ROLE_CTLD, STDOUT_FILENO, line, bell);
		/* whatever is the end of toxid is its end, too */
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		run(ROLE_CTLD, uid, argv, env);
	}
	free(argv);
	return pid;
}

void
priv_become_ctld(uint32_t uid, const int journals[JOURNALS])
{
	child_descriptors(ROLE_CTLD, STDOUT_FILENO, journals[0], journals[1]);
	run(ROLE_CTLD, uid, ctld_arguments(), environment(trial_variables));
}
