/* SPDX-License-Identifier: ISC */
/*
 * The state directory: whose it has to be, and the folder in it that stored
 * gets.  Whoever else could write there would decide what the next start
 * begins with.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "given.h"
#include "high.h"
#include "log.h"
#include "nitems.h"
#include "state_dir.h"
#include "way.h"

/* A toxid that has been killed holds its lock until the kernel is done. */
#define LOCK_WITHIN (2 * NS_PER_S)

static const char *const files[] = { "toxid.db", "toxid.db-wal",
	"toxid.db-journal", "toxid.db.damaged" };

static void __attribute__((__noreturn__))
bad_part(const char *part, const char *why)
{
	char text[256];

	snprintf(text, sizeof(text), "%s: %s", part, why);
	way_bad(text);
}

/* ---- the directory, and those above it */

static void
check_owner(const struct stat *st)
{
	char why[128];

	if (!way_is_ours(st->st_uid)) {
		snprintf(why, sizeof(why),
		    "it belongs to user %u, who is neither root nor this user",
		    st->st_uid);
		way_bad(why);
	}
	if ((st->st_mode & S_IWOTH) != 0)
		way_bad("everybody may write in it (chmod o-w)");
}

static int
directory_open(const char *path)
{
	struct stat st;
	int fd;

	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd == -1 || fstat(fd, &st) == -1)
		way_bad(strerror(errno));
	check_owner(&st);
	way_check_above(fd);
	return fd;
}

/* ---- stored's folder */

/* Of a file that stored is to open: what it is, and no more. */
static void
check_file(int dir, const char *name, uid_t owner)
{
	struct stat st;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == -1) {
		if (errno != ENOENT)
			bad_part(name, strerror(errno));
		return;
	}
	if (!S_ISREG(st.st_mode) || st.st_nlink != 1)
		bad_part(name, "it is a link, or no file");
	if (!way_is_ours(st.st_uid) && st.st_uid != owner)
		bad_part(name, "it belongs to somebody else");
	if ((st.st_mode & S_IWOTH) != 0)
		bad_part(name, "everybody may write to it");
}

/*
 * As root the folder, and what is in it, is stored's, perhaps that of another
 * -uid-base.  Otherwise it is ours, or we could not even look into it.
 */
static void
check_folder(int dir)
{
	struct stat st;
	size_t i;

	if (fstat(dir, &st) == -1)
		bad_part("stored", strerror(errno));
	if ((st.st_mode & S_IWOTH) != 0)
		bad_part("stored", "everybody may write in it (chmod o-w)");
	if (geteuid() != 0 && !way_is_ours(st.st_uid))
		bad_part("stored", "it belongs to somebody else");
	for (i = 0; i < nitems(files); i++)
		check_file(dir, files[i], st.st_uid);
}

static int
folder_open(int parent)
{
	int fd;

	if (mkdirat(parent, "stored", 0700) == -1 && errno != EEXIST)
		bad_part("stored", strerror(errno));
	fd = high(openat(
	    parent, "stored", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
	if (fd == -1)
		bad_part("stored", strerror(errno));
	return fd;
}

/* On stored's folder: others may not even open that, to hold it for us. */
static void
lock_directory(int fd)
{
	static const struct timespec pause = { .tv_nsec = 10 * NS_PER_MS };
	int64_t deadline = clock_now() + LOCK_WITHIN;

	while (flock(fd, LOCK_EX | LOCK_NB) == -1) {
		if (errno != EWOULDBLOCK)
			way_bad(strerror(errno));
		if (clock_now() > deadline)
			way_bad("another toxid is using it");
		nanosleep(&pause, NULL);
	}
}

/*
 * What an earlier run left, under another -uid-base, by an ordinary user, or as
 * root with more or less power, becomes stored's.
 */
static void
give_file(int dir, const char *name, uid_t uid)
{
	struct stat st;
	int fd;

	if ((fd = openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC)) == -1)
		return;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_nlink == 1 &&
	    st.st_uid != uid &&
	    fchownat(fd, "", uid, (gid_t)uid, AT_EMPTY_PATH) == -1)
		log_warn("%s: %s", __func__, name);
	close(fd);
}

/*
 * By its group it stays open to us: as a service we lack the powers over files
 * that root has, CAP_FOWNER too.
 */
static void
give_directory(int dir, uid_t uid)
{
	struct stat st;
	size_t i;

	if (fstat(dir, &st) == -1 ||
	    ((st.st_mode & ALLPERMS) != 0750 && fchmod(dir, 0750) == -1) ||
	    fchown(dir, uid, getegid()) == -1)
		way_bad(strerror(errno));
	for (i = 0; i < nitems(files); i++)
		give_file(dir, files[i], uid);
}

void
state_dir_open(const char *path, struct given *g)
{
	int parent;

	way_begin("state directory", path);
	way_check();
	if (mkdir(path, 0755) == -1 && errno != EEXIST)
		way_bad(strerror(errno));
	parent = directory_open(path);
	g->fds[GIVEN_STATE_LOCK] = folder_open(parent);
	check_folder(g->fds[GIVEN_STATE_LOCK]);
	lock_directory(g->fds[GIVEN_STATE_LOCK]);
	g->fds[GIVEN_STATE_DIR] = folder_open(parent);
	close(parent);
	if (geteuid() == 0)
		give_directory(g->fds[GIVEN_STATE_DIR],
		    g->is_root ? g->uid_base + ROLE_STORED : 0);
}
