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

#define FCNTL(command)                                                      \
	{                                                                   \
		SCMP_SYS(fcntl), "SQLite, chan_open", .nargs = 1, .args = { \
			SCMP_CMP(1, SCMP_CMP_EQ, command)                   \
		}                                                           \
	}

const struct sandbox_rule sandbox_rules[] = {
	SANDBOX_COMMON,

	/* the loop */
	{ SCMP_SYS(poll), "main.c" },
	FCNTL(F_GETFL), /* chan_open */
	FCNTL(F_SETFL),

	/* the database and its log */
	{ SCMP_SYS(openat), "SQLite" },
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
	{ SCMP_SYS(geteuid), "whose a new file is to be" },
	{ SCMP_SYS(fchmod), "the log is as private as the database" },
	{ SCMP_SYS(utimensat), "SQLite" },
	FCNTL(F_GETFD),
	FCNTL(F_SETFD),
	FCNTL(F_GETLK), /* nobody else has the database open */
	FCNTL(F_SETLK),
	{ SCMP_SYS(clock_nanosleep), "another has it still open" },
	{ SCMP_SYS(nanosleep), "the same" },
};

const size_t sandbox_nrules = nitems(sandbox_rules);
