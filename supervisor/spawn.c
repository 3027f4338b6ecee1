/* SPDX-License-Identifier: ISC */
/* Every child begins here: its program, its descriptors, its user. */

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "agreed.h"
#include "identity.h"
#include "log.h"
#include "msg.h"
#include "nitems.h"
#include "options.h"
#include "spawn.h"
#include "state.h"
#include "title.h"

/* Opened once: a restart runs the program that the start ran. */
static struct program {
	const char *name;
	int fd;
	int reads_files; /* those of the system: it has no root of its own */
} programs[ROLE_MAX] = {
	[ROLE_APID] = { "apid", -1, 0 },
	[ROLE_DIALD] = { "diald", -1, 0 },
	[ROLE_RESOLVD] = { "resolvd", -1, 1 },
	[ROLE_RELAYD] = { "relayd", -1, 0 },
	[ROLE_STORED] = { "stored", -1, 0 },
	[ROLE_CONFIG] = { "apid", -1, 0 },
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
	return p->name == NULL ||
	    syscall(SYS_faccessat2, p->fd, "", X_OK, AT_EMPTY_PATH) == 0 ||
	    errno != EACCES;
}

/* 0: all programs can be executed; or ROLE_MAX, or the role whose cannot. */
static int
try_programs(void)
{
	int role;

	if (become(identity_last(), ROLE_APID) == -1)
		return ROLE_MAX;
	for (role = ROLE_SUPERVISOR + 1; role < ROLE_MAX; role++) {
		if (!can_execute(&programs[role]))
			return role;
	}
	return 0;
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
		if (p->name == NULL || (p->fd = program_open(p->name)) != -1)
			continue;
		snprintf(why, sizeof(why),
		    "%s is neither beside toxid nor in %s", p->name, LIBEXEC);
		return why;
	}
	/* -1, no process for it: there may be some later */
	if ((role = identity_try(try_programs)) > 0 && role < ROLE_MAX)
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
		return toxid.store.dir_fd;
	return programs[role].reads_files ? -1 : toxid.empty_dir_fd;
}

/* In the child, between fork and exec: system calls only. */
static void
child_descriptors(enum role role, int chan_fd)
{
	int i, dir = root_directory(role);

	chan_fd = fcntl(chan_fd, F_DUPFD_CLOEXEC, FD_MIN); /* as the others */
	if (dir != -1)
		dup2(dir, ROOT_DIR_FD);
	for (i = 0; i < CHAN_FD; i++) {
#ifdef SANITIZED /* its reports go to stderr */
		if (i == STDERR_FILENO)
			continue;
#endif
		dup2(null_fd, i);
	}
	dup2(chan_fd, CHAN_FD);
}

/*
 * In a process group of its own: what a terminal or a shell sends to all of
 * toxid's is meant for the supervisor, which sees to an orderly end.
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

/* Of resolv.conf(5): all that a child gets of our environment. */
static const char *const resolver_variables[] = { "LOCALDOMAIN",
	"RES_OPTIONS" };

/* Each as "NAME=value", of which getenv(3) gives the end. */
static void
add_variables(char **env)
{
	char *value;
	size_t i;

	for (i = 0; i < nitems(resolver_variables); i++) {
		value = getenv(resolver_variables[i]);
		if (value != NULL)
			*env++ = value - strlen(resolver_variables[i]) - 1;
	}
}

int
spawn_changes_root(enum role role)
{
	return toxid.is_root && !programs[role].reads_files;
}

pid_t
priv_spawn(enum role role, uint32_t uid, const char *title, int chan_fd)
{
	static char space[sizeof(TITLE_SPACE_NAME) + TITLE_SPACE_MAX];
	char *argv[] = { (char *)(uintptr_t)title, NULL };
	char *own_env[2 + nitems(resolver_variables)] = { space };
	char **env = own_env;
	pid_t pid;

	snprintf(space, sizeof(space), "%s%*s", TITLE_SPACE_NAME,
	    TITLE_SPACE_MAX, "");
	if (role == ROLE_RESOLVD)
		add_variables(own_env + 1);
#ifdef SANITIZED /* its options */
	env = environ;
#endif
	if ((pid = fork()) != 0)
		return pid;
	child_signals();
	child_descriptors(role, chan_fd);
	if (become(uid, role) == -1)
		_exit(SPAWN_FAILED);
	syscall(SYS_execveat, programs[role].fd, "", argv, env, AT_EMPTY_PATH);
	_exit(SPAWN_FAILED);
}
