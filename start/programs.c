/* SPDX-License-Identifier: ISC */
/* The programs of toxid, and the user that each will have. */

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "give_up.h"
#include "given.h"
#include "high.h"
#include "identities.h"
#include "identity.h"
#include "log.h"
#include "nitems.h"
#include "programs.h"

static const char *const names[ROLE_MAX] = {
	[ROLE_CTLD] = "ctld",
	[ROLE_APID] = "apid",
	[ROLE_DIALD] = "diald",
	[ROLE_RESOLVD] = "resolvd",
	[ROLE_RELAYD] = "relayd",
	[ROLE_STORED] = "stored",
	[ROLE_CONFIG] = "apid",
};

/* Beside toxid itself, or where `make install` puts them. */
static int
program_open(const char *name)
{
	char dir[PATH_MAX], path[PATH_MAX + 16], *slash, why[PATH_MAX];
	ssize_t n;
	int fd;

	n = readlink("/proc/self/exe", dir, sizeof(dir) - 1);
	if (n > 0) {
		dir[n] = '\0';
		if ((slash = strrchr(dir, '/')) != NULL)
			*slash = '\0';
		snprintf(path, sizeof(path), "%s/%s", dir, name);
		if ((fd = open(path, O_PATH | O_CLOEXEC)) != -1)
			return fd;
	}
	snprintf(path, sizeof(path), "%s/%s", LIBEXEC, name);
	if ((fd = open(path, O_PATH | O_CLOEXEC)) != -1)
		return fd;
	snprintf(why, sizeof(why), "%s is neither beside toxid nor in %s", name,
	    LIBEXEC);
	give_up(why);
}

/*
 * 1: it is no script, and names no interpreter, as ld.so is one: it needs no
 * file to begin, and may do so in an empty directory.
 */
static int
is_static(int program)
{
	ElfW(Ehdr) head;
	ElfW(Phdr) part;
	char path[32];
	int fd, i, is = 0;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", program);
	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) == -1)
		return 0;
	if (pread(fd, &head, sizeof(head), 0) == sizeof(head) &&
	    memcmp(head.e_ident, ELFMAG, SELFMAG) == 0 &&
	    head.e_phentsize == sizeof(part))
		is = head.e_phnum > 0;
	for (i = 0; is && i < head.e_phnum; i++)
		is = pread(fd, &part, sizeof(part),
			 (off_t)(head.e_phoff + (size_t)i * sizeof(part))) ==
			sizeof(part) &&
		    part.p_type != PT_INTERP;
	close(fd);
	return is;
}

/* ---- as whom */

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
		fd = high(open(path, O_DIRECTORY | O_RDONLY | O_CLOEXEC));
		if (rmdir(path) == -1)
			log_warn("%s: %s", __func__, path);
		/* a child enters it under its own uid */
		if (fd != -1 && fchmod(fd, 0555) == -1)
			fatal("%s", __func__);
		return fd;
	}
	return -1;
}

/* What root does without, it does without for good; but not by mistake. */
static void
identities_init(struct given *g)
{
	g->fds[GIVEN_EMPTY_DIR] = -1;
	switch (identities_find(g)) {
	case IDENTITIES_OURS:
		return;
	case IDENTITIES_REFUSED:
		give_up("children cannot be given user ids of their own: is "
			"capset(2) forbidden, by a filter of system calls?");
	case IDENTITIES_OWN:
		if ((g->fds[GIVEN_EMPTY_DIR] = empty_dir_open()) != -1)
			g->is_root = 1;
		else
			log_warn("no place for an empty directory: children "
				 "keep this user and its files");
	}
}

/* ---- may they */

/* Linux before 5.8 cannot say it: there it is seen when the child is to run. */
static int
can_execute(int fd)
{
	return syscall(SYS_faccessat2, fd, "", X_OK, AT_EMPTY_PATH) == 0 ||
	    errno != EACCES;
}

/* ROLE_MAX: all programs can be executed, as far as can be tried; or the role
 * whose cannot. */
static int
try_programs(const struct given *g)
{
	int role;

	if (!g->is_root)
		identity_keep();
	else if (identity_take(identities_last(g->uid_base), 1) == -1)
		return ROLE_MAX;
	for (role = 0; role < ROLE_MAX; role++) {
		if (!can_execute(g->fds[GIVEN_PROGRAMS + role]))
			break;
	}
	return role;
}

static void __attribute__((__noreturn__))
refuse_program(const struct given *g, int fd)
{
	char why[PATH_MAX + 160], link[32], path[PATH_MAX];
	uint32_t uid = g->is_root ? g->uid_base : geteuid();
	struct stat st;
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	if (fstat(fd, &st) == -1 ||
	    (n = readlink(link, path, sizeof(path) - 1)) == -1)
		fatal("%s", __func__);
	path[n] = '\0';
	snprintf(why, sizeof(why),
	    "%s: user %u%s, as whom it is to run, may not execute it: "
	    "its mode is %04o (chmod a+rx)",
	    path, uid, g->is_root ? " and up" : "", st.st_mode & ALLPERMS);
	give_up(why);
}

void
programs_open(struct given *g)
{
	int role, fd;

	if ((g->fds[GIVEN_NULL] =
		    high(open("/dev/null", O_RDWR | O_CLOEXEC))) == -1)
		fatal("/dev/null");
	identities_init(g);
	for (role = 0; role < ROLE_MAX; role++) {
		fd = high(program_open(names[role]));
		if ((g->fds[GIVEN_PROGRAMS + role] = fd) == -1)
			give_up(strerror(errno));
		g->is_static[role] = (uint8_t)is_static(fd);
	}
	/* -1, no process for it: there may be some later */
	role = identities_try(try_programs, g);
	if (role >= 0 && role < ROLE_MAX)
		refuse_program(g, g->fds[GIVEN_PROGRAMS + role]);
}

int
program_supervisor(void)
{
	return program_open("supervisor");
}
