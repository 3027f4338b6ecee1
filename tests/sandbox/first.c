/* SPDX-License-Identifier: ISC */
/*
 * In the place of a child's program, which is beside it as NAME.honest: before
 * main() it writes who it is, and what it can do, into said/TITLE there; then
 * it becomes the honest one.
 */

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char place[PATH_MAX];

static void
say_status(FILE *said)
{
	FILE *status = fopen("/proc/self/status", "r");
	char line[512];

	if (status == NULL)
		_exit(3);
	while (fgets(line, sizeof(line), status) != NULL)
		fputs(line, said);
	fclose(status);
}

static void
say_tried(FILE *said, const char *what, int result)
{
	fprintf(said, "%s:\t%s\n", what,
	    result == -1 ? strerrorname_np(errno) : "done");
}

/* Nothing of it changes what the honest program will find, if all is well. */
static void
say_attempts(FILE *said)
{
	gid_t root = 0;

	say_tried(said, "setuid", setuid(0));
	say_tried(said, "setgid", setgid(0));
	say_tried(said, "setgroups", setgroups(1, &root));
	say_tried(said, "kill", kill(getppid(), 0));
	say_tried(said, "shadow", open("/etc/shadow", O_RDONLY | O_CLOEXEC));
	say_tried(said, "write", open("/etc/passwd", O_WRONLY | O_CLOEXEC));
}

/* By its title; ctld has toxid's command line until it sets one. */
static const char *
role_of(const char *argv0)
{
	return strncmp(argv0, "toxid: ", 7) == 0 ? argv0 : "toxid: ctld";
}

__attribute__((constructor)) static void
first(int argc, char *argv[])
{
	char path[2 * PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", place, sizeof(place) - 1);
	FILE *said;

	(void)argc;
	if (n <= 0)
		_exit(3);
	place[n] = '\0';
	snprintf(path, sizeof(path), "%.*s/said/%s",
	    (int)(strrchr(place, '/') - place), place, role_of(argv[0]));
	if ((said = fopen(path, "we")) == NULL)
		_exit(3);
	say_status(said);
	say_attempts(said);
	fclose(said);
}

int
main(int argc, char *argv[])
{
	char path[PATH_MAX + 8];

	(void)argc;
	snprintf(path, sizeof(path), "%s.honest", place);
	execv(path, argv);
	return 3;
}
