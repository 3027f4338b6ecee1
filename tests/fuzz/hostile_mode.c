/* SPDX-License-Identifier: ISC */
/* See hostile.c: which it is to be, and where. */

#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hostile.h"

static char place[PATH_MAX]; /* of this program */

/* "flood-log 0" is to run on that processor. */
static void
pin(char *name)
{
	char *cpu = strchr(name, ' ');
	cpu_set_t set;

	if (cpu == NULL)
		return;
	*cpu = '\0';
	CPU_ZERO(&set);
	CPU_SET((size_t)strtoul(cpu + 1, NULL, 10), &set);
	if (sched_setaffinity(0, sizeof(set), &set) == -1)
		exit(2);
}

int
mode_open(const char *file, int flags)
{
	char path[PATH_MAX + 32];

	snprintf(path, sizeof(path), "%.*s/%s",
	    (int)(strrchr(place, '/') - place), place, file);
	return open(path, flags | O_CLOEXEC, 0666);
}

void
mode_read(char *name, size_t size)
{
	ssize_t n;
	int fd;

	n = readlink("/proc/self/exe", place, sizeof(place) - 1);
	if (n <= 0)
		exit(2);
	place[n] = '\0';
	if ((fd = mode_open("mode", O_RDONLY)) == -1 ||
	    (n = read(fd, name, size - 1)) <= 0)
		exit(2);
	name[n] = '\0';
	name[strcspn(name, "\n")] = '\0';
	close(fd);
	pin(name);
}

void
mode_honest(char *argv[])
{
	char path[PATH_MAX + 8];

	snprintf(path, sizeof(path), "%s.honest", place);
	execv(path, argv);
	exit(2);
}
