/* SPDX-License-Identifier: ISC */
/* See folder.h. */

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "folder.h"
#include "fuzz.h"

static char path[256];
static int outside = -1, inside = -1;

static void
empty(void)
{
	DIR *d = opendir(path);
	const struct dirent *e;

	while (d != NULL && (e = readdir(d)) != NULL) {
		if (e->d_name[0] != '.')
			(void)unlinkat(inside, e->d_name, 0);
	}
	if (d != NULL)
		closedir(d);
}

static void
folder_remove(void)
{
	empty();
	(void)rmdir(path);
}

void
folder_open(void)
{
	const char *where = getenv("TMPDIR");

	snprintf(path, sizeof(path), "%s/toxid-fuzz.XXXXXX",
	    where != NULL ? where : "/tmp");
	must(mkdtemp(path) != NULL);
	atexit(folder_remove);
	inside = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	outside = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	must(inside != -1 && outside != -1);
}

/* It is as empty as the first time. */
void
folder_enter(void)
{
	empty();
	must(fchdir(inside) == 0);
}

void
folder_leave(void)
{
	must(fchdir(outside) == 0);
}
