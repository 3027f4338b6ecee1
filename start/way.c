/* SPDX-License-Identifier: ISC */
/*
 * The way to something that has a path: who else could put another thing in its
 * place.
 */

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "give_up.h"
#include "way.h"

#define LINKS_MAX 40 /* the kernel's */

static const char *what, *where; /* as it was given */

void
way_begin(const char *is, const char *at)
{
	what = is;
	where = at;
}

void
way_bad(const char *why)
{
	char text[512];

	snprintf(text, sizeof(text), "%s %.300s: %s", what, where, why);
	give_up(text);
}

int
way_is_ours(uid_t uid)
{
	return uid == 0 || uid == geteuid();
}

/* Who has become root by sudo(8) has all its power. */
static int
is_behind_sudo(uid_t uid)
{
	const char *text = getenv("SUDO_UID");
	char own[16];

	snprintf(own, sizeof(own), "%u", uid);
	return geteuid() == 0 && text != NULL && strcmp(text, own) == 0;
}

/*
 * Whose the root directory is decides about all below it anyway: mostly root,
 * or somebody who has no id in this user namespace.
 */
static int
is_trusted_above(uid_t uid)
{
	struct stat st;

	return way_is_ours(uid) || is_behind_sudo(uid) ||
	    (stat("/", &st) == 0 && st.st_uid == uid);
}

/*
 * Who may rename what is in it could put another in its place for the next
 * start: its owner can, and all who may write there.  In a sticky directory, as
 * /tmp, only owners do.
 */
static void
check_above(const struct stat *st)
{
	if (!is_trusted_above(st->st_uid))
		way_bad("a directory above it belongs to somebody else, "
			"who is neither root nor this user");
	if ((st->st_mode & S_IWOTH) != 0 && (st->st_mode & S_ISVTX) == 0)
		way_bad("everybody may write in a directory above it, "
			"which is not sticky");
}

void
way_check_above(int dir)
{
	struct stat here, above;
	int fd = dir, up;

	while (fstat(fd, &here) == 0 &&
	    (up = openat(fd, "..", O_PATH | O_DIRECTORY | O_CLOEXEC)) != -1) {
		if (fd != dir)
			close(fd);
		fd = up;
		if (fstat(fd, &above) == -1 ||
		    (above.st_dev == here.st_dev &&
			above.st_ino == here.st_ino))
			break;
		check_above(&above);
	}
	if (fd != dir)
		close(fd);
}

/*
 * On the way there, as it was given: a link of somebody else's leads wherever
 * that one likes, and so does one in a directory of somebody else's.
 */
static void check_way(const char *path, int links);

static void
check_link(const char *path, uid_t owner, int links)
{
	char to[PATH_MAX], way[2 * PATH_MAX];
	const char *slash = strrchr(path, '/');
	ssize_t n = readlink(path, to, sizeof(to) - 1);

	if (!is_trusted_above(owner))
		way_bad("somebody else's symbolic link is on the way");
	if (n <= 0)
		return;
	to[n] = '\0';
	snprintf(way, sizeof(way), "%.*s%s",
	    to[0] != '/' && slash != NULL ? (int)(slash + 1 - path) : 0, path,
	    to);
	if (links > 0) /* more than that open(2) does not follow */
		check_way(way, links - 1);
}

static void
check_way(const char *path, int links)
{
	char part[2 * PATH_MAX];
	struct stat st;
	size_t n = 0;

	do {
		n += strspn(path + n, "/");
		n += strcspn(path + n, "/");
		if (n >= sizeof(part))
			way_bad(strerror(ENAMETOOLONG));
		memcpy(part, path, n);
		part[n] = '\0';
		if (lstat(part, &st) == -1)
			continue;
		if (S_ISLNK(st.st_mode))
			check_link(part, st.st_uid, links);
		if (S_ISDIR(st.st_mode) && path[n + strspn(path + n, "/")] != 0)
			check_above(&st);
	} while (path[n] != '\0');
}

void
way_check(void)
{
	check_way(where, LINKS_MAX);
}

void
way_check_in(int dir)
{
	struct stat st;

	if (fstat(dir, &st) == -1)
		way_bad(strerror(errno));
	check_above(&st);
	way_check_above(dir);
}
