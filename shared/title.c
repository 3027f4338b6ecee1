/* SPDX-License-Identifier: ISC */
/* ps(1) reads the memory in which argv and the environment came. */

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "title.h"

static char *start;
static size_t room;

/* Of the strings that follow each other. */
static char *
end_of(char *strings[], char *end)
{
	for (; *strings != NULL; strings++) {
		if (*strings == end)
			end += strlen(*strings) + 1;
	}
	return end;
}

/* The environment's strings follow those of argv: one stretch of memory. */
void
title_init(char *argv[])
{
	start = argv[0];
	room = (size_t)(end_of(environ, end_of(argv, start)) - start);
}

/*
 * proc_pid_cmdline() in the kernel: where the last byte of argv is no NUL any
 * more, the title goes on into the environment, up to the first NUL.
 */
void
title_set(const char *title)
{
	if (room == 0)
		return;
	memset(start, 0, room);
	snprintf(start, room, "%s", title);
}
