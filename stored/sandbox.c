/* SPDX-License-Identifier: ISC */
/*
 * What the process that keeps the database may ask of the kernel, and what
 * for.  It has no socket but its channel; its root directory, or Landlock where
 * it may not have one, holds its one database and nothing else.
 */

#include <fcntl.h>
#include <sys/file.h>

#include "nitems.h"
#include "sandbox.h"

#define FCNTL(command)                                             \
	{                                                          \
		SCMP_SYS(fcntl), "SQLite", SANDBOX_ARG(1, command) \
	}

/* To open, or to make; never without a name, never past the cache. */
#define OPEN_FLAGS \
	(O_ACCMODE | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC | O_DIRECTORY)
/* Whose a file is, and no more: nobody's powers go with it. */
#define OPEN_MODE 0777

const struct sandbox_rule sandbox_rules[] = {
	SANDBOX_COMMON,

	/* the loop */
	{ SCMP_SYS(poll), "main.c" },

	/* the database and its log */
	{ SCMP_SYS(openat), "SQLite",
	    SANDBOX_IF(ARG_WITHIN(2, OPEN_FLAGS), ARG_WITHIN(3, OPEN_MODE)) },
	{ SCMP_SYS(newfstatat), "is it there, and no link" },
	{ SCMP_SYS(fstat), "the same" },
	{ SCMP_SYS(stat), "the same" },
	{ SCMP_SYS(lstat), "the same" },
	{ SCMP_SYS(access), "the same" },
	{ SCMP_SYS(readlink), "the same" },
	{ SCMP_SYS(getcwd), "its whole name" },
	{ SCMP_SYS(read), "SQLite" },
	{ SCMP_SYS(write), "SQLite" },
	{ SCMP_SYS(lseek), "SQLite" },
	{ SCMP_SYS(pread64), "pages" },
	{ SCMP_SYS(pwrite64), "pages, the log" },
	{ SCMP_SYS(fsync), "commits" },
	{ SCMP_SYS(fdatasync), "commits" },
	{ SCMP_SYS(ftruncate), "the log" },
	{ SCMP_SYS(unlink), "the log, at the end" },
	{ SCMP_SYS(rename), "database_put_aside" },
	{ SCMP_SYS(getpid), "names, and who has it open" },
	{ SCMP_SYS(geteuid), "whose a new file is to be" },
	{ SCMP_SYS(fchmod), "the log is as private as the database",
	    SANDBOX_WITHIN(1, OPEN_MODE) },
	FCNTL(F_GETLK), /* nobody else has the database open */
	FCNTL(F_SETLK),
	{ SCMP_SYS(clock_nanosleep), "another has it still open",
	    SANDBOX_WITHIN(0, SANDBOX_CLOCKS) },
	{ SCMP_SYS(nanosleep), "the same" },
};

const size_t sandbox_nrules = nitems(sandbox_rules);
