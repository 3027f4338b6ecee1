/* SPDX-License-Identifier: ISC */
/* ps(1) reads the memory in which argv and the environment came. */

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "title.h"

static char *start;
static size_t room;

/* The environment's strings follow those of argv: one stretch of memory. */
void
title_init(char *argv[])
{
	char **e, *end;

	start = argv[0];
	end = argv[0] + strlen(argv[0]) + 1;
	for (e = environ; *e != NULL; e++) {
		if (*e == end)
			end += strlen(*e) + 1;
	}
	room = (size_t)(end - start);
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
