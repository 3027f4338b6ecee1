/* SPDX-License-Identifier: ISC */
/* Variables, each with its NUL, one behind the other, in a memory file. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "environment.h"
#include "give_up.h"
#include "given.h"
#include "high.h"
#include "nitems.h"
#include "title.h"

static int tables = -1;
static int is_trial;

static int
save(void)
{
	int fd = high(memfd_create("toxid", MFD_CLOEXEC));
	char **e;
	size_t n;

	for (e = environ; fd != -1 && *e != NULL; e++) {
		n = strlen(*e) + 1;
		if (write(fd, *e, n) != (ssize_t)n)
			give_up(strerror(errno));
	}
	if (fd == -1)
		give_up(strerror(errno));
	return fd;
}

/* It stays for as long as the process: getenv(3) points into it. */
static void
load(int fd)
{
	struct stat st;
	char *text, *at;
	size_t size, n = 0;

	if (fstat(fd, &st) == -1)
		give_up(HANDED_NAME ": it is only for toxid itself");
	size = (size_t)st.st_size;
	if ((text = calloc(1, size + 1)) == NULL ||
	    (environ = calloc(size + 1, sizeof(*environ))) == NULL ||
	    pread(fd, text, size, 0) != st.st_size)
		give_up(strerror(errno));
	for (at = text; at < text + size; at += strlen(at) + 1)
		environ[n++] = at;
}

int
environment_restore(void)
{
	const char *handed = getenv(HANDED_NAME);
	char *end;
	int fd;

	if (handed == NULL)
		return save();
	is_trial = getenv(PRIV_TRIAL) != NULL;
	tables = (int)strtol(handed, &end, 10);
	fd = (int)strtol(end + (*end == ','), NULL, 10);
	load(fd);
	return fd;
}

int
environment_tables(void)
{
	return tables;
}

/* Whose is NAME=value: resolvd has two of them by resolv.conf(5). */
static int
is_kept(const char *variable)
{
#ifdef SANITIZED /* its options */
	(void)variable;
	return 1;
#else
	static const char *const names[] = {
		"LOG_LEVEL=", "JOURNAL_STREAM=", "LOCALDOMAIN=", "RES_OPTIONS="
	};
	size_t i;

	for (i = 0; i < nitems(names); i++) {
		if (strncmp(variable, names[i], strlen(names[i])) == 0)
			return 1;
	}
	return 0;
#endif
}

/* The room for a child's title comes first: see shared/title.h. */
void
environment_cut(void)
{
	static char space[sizeof(TITLE_SPACE_NAME) + TITLE_SPACE_MAX];
	static char trial[] = PRIV_TRIAL "=1";
	char **to, **from;
	size_t n = 0;

	while (environ[n] != NULL)
		n++;
	if ((to = calloc(n + 3, sizeof(*to))) == NULL)
		give_up(strerror(errno));
	snprintf(space, sizeof(space), "%s%*s", TITLE_SPACE_NAME,
	    TITLE_SPACE_MAX, "");
	n = 0;
	to[n++] = space;
	if (is_trial)
		to[n++] = trial;
	for (from = environ; *from != NULL; from++) {
		if (is_kept(*from))
			to[n++] = *from;
	}
	environ = to;
}
