/* SPDX-License-Identifier: ISC */
#ifndef LOCKDOWN_H
#define LOCKDOWN_H

#include <linux/filter.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Where a child has the socket that it accepts on, for which its filter knows
 * this number: see sandbox.h.
 */
#define LISTENER_FD 5
#define SOCKET_FD 6 /* apid's other one: the API's Unix socket */

/*
 * Where a worker has what a call may point to and no other thing, for which its
 * filter knows the address: see relayd/reset.c.  Nothing is unmapped there.
 */
#define CONSTANT_AT 0x100000
#define CONSTANT_MAX 0x10000 /* bytes: a page, however large */

/* What a child of toxid gives up before it meets a foreign byte. */
struct lockdown {
	int dir; /* where it is at home, and the system is not; or -1 */
	int changes_root;    /* dir becomes its root directory, too */
	int has_own_ids;     /* since before its program began */
	uint32_t uid;        /* those: uid and gid */
	uint64_t memory_max; /* bytes of address space, 0: no limit */
	/*
	 * resolvd, toxid-sync: paths, ended by NULL, whose files may be read.
	 * Of one that is a file, those beside what it leads to, too: it may be
	 * replaced.  Or NULL; then the root directory is an empty one.
	 */
	const char *const *readable;
	int may_connect; /* diald, resolvd, toxid-sync */
	/* By TCP, to those alone, ended by 0; or NULL: to any. */
	const uint16_t *connect_ports;
	int stands_alone;  /* toxid-sync: it need not die with its parent */
	int listeners;     /* apid, relayd: see child_take_listener() */
	int may_write_dir; /* stored: in dir, and nowhere else */
	int writes; /* ctld, toxid-sync: what is open already, without a limit
		     */
	const struct sock_filter *filter; /* system calls, see sandbox.h */
	size_t nfilter;
};

/*
 * The locks that hold afterwards.  Those that a kernel or a user without
 * privilege cannot have are left out; all others are taken or it is fatal.
 */
enum lock {
	LOCK_ROOT = 0x1,     /* chroot(2): empty, but for stored */
	LOCK_IDS = 0x2,      /* a uid of its own, no group, no capability */
	LOCK_NO_NEW = 0x4,   /* no_new_privs */
	LOCK_LANDLOCK = 0x8, /* files and ports, by the kernel's LSM */
	LOCK_MEMORY = 0x10,  /* PR_SET_MDWE: no memory becomes executable */
	LOCK_SECCOMP = 0x20,
	LOCKS_ALL = 0x3f
};

/*
 * The root directory, and the end of all capabilities; of its own ids a look,
 * whether they are as has been said.  Returns locks; dir is closed by the next.
 */
uint32_t lockdown_identity(const struct lockdown *);

/* Landlock, limits, no_new_privs and last the filter.  Returns locks. */
uint32_t lockdown_powers(const struct lockdown *);

#endif
