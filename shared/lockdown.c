/* SPDX-License-Identifier: ISC */
/*
 * The way down, in the only order that works: the root directory while there is
 * the one capability for it, limits, what dies with the parent, and last the
 * filter that forbids all of this.  The ids toxid has changed before.
 */

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "descriptors.h"
#include "lockdown.h"
#include "log.h"

/* Newer than Debian 12's headers; the kernel is asked at run time. */
#ifndef PR_SET_MDWE
#define PR_SET_MDWE 65
#define PR_MDWE_REFUSE_EXEC_GAIN 1
#endif
#define LANDLOCK_FS_EXECUTE (UINT64_C(1) << 0)
#define LANDLOCK_FS_WRITE_FILE (UINT64_C(1) << 1)
#define LANDLOCK_FS_READ_FILE (UINT64_C(1) << 2)
#define LANDLOCK_FS_READ_DIR (UINT64_C(1) << 3)
#define LANDLOCK_FS_REMOVE_FILE (UINT64_C(1) << 5)
#define LANDLOCK_FS_MAKE_REG (UINT64_C(1) << 8)
#define LANDLOCK_FS_ABI1 ((UINT64_C(1) << 13) - 1)
#define LANDLOCK_FS_REFER (UINT64_C(1) << 13)     /* ABI 2 */
#define LANDLOCK_FS_TRUNCATE (UINT64_C(1) << 14)  /* ABI 3 */
#define LANDLOCK_FS_IOCTL_DEV (UINT64_C(1) << 15) /* ABI 5 */
#define LANDLOCK_NET_BIND UINT64_C(1)             /* ABI 4 */
#define LANDLOCK_NET_CONNECT UINT64_C(2)
#define LANDLOCK_SCOPE_ALL UINT64_C(3) /* ABI 6: abstract sockets, signals */
#define LANDLOCK_RULE_PORT 2
struct port_rule {
	uint64_t access, port;
};

/* The newest that is used.  A test builds a toxid as for an older kernel. */
#ifndef LANDLOCK_ABI_MAX
#define LANDLOCK_ABI_MAX 6
#endif

struct ruleset {
	uint64_t fs, net, scoped;
};

/*
 * An ordinary user has none, but root in a container may have some; who has ids
 * of its own may have the one for the root directory.
 */
static void
drop_capabilities(void)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3
	};
	static const struct __user_cap_data_struct none[2];

	if (syscall(SYS_capset, &header, none) == -1)
		fatal("%s", __func__);
}

static void
drop_capability_bounds(void)
{
	int cap;

	for (cap = 0; prctl(PR_CAPBSET_READ, cap, 0, 0, 0) >= 0; cap++) {
		if (prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) == -1 &&
		    errno != EPERM)
			fatal("%s: capability %d", __func__, cap);
	}
	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
}

/* What toxid has promised, and that there is no way back from it. */
static void
check_ids(uint32_t uid)
{
	uid_t u[3];
	gid_t g[3];
	int i;

	if (getresuid(&u[0], &u[1], &u[2]) == -1 ||
	    getresgid(&g[0], &g[1], &g[2]) == -1)
		fatal("%s", __func__);
	for (i = 0; i < 3; i++) {
		if (u[i] != uid || g[i] != uid)
			fatalx("%s: they are not %u", __func__, uid);
	}
	if (getgroups(0, NULL) != 0 || setresuid(-1, 0, -1) == 0 ||
	    setresgid(-1, 0, -1) == 0 || chroot(".") == 0)
		fatalx("%s: there is a way back", __func__);
}

/* A static program, as relayd, begins there. */
static int
is_root_directory(int dir)
{
	struct stat a, b;

	return fstat(dir, &a) == 0 && stat("/", &b) == 0 &&
	    a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

uint32_t
lockdown_identity(const struct lockdown *l)
{
	uint32_t locks = 0;

	if (l->dir != -1 && fchdir(l->dir) == -1)
		fatal("%s: chdir", __func__);
	if (l->changes_root) {
		if (!is_root_directory(l->dir) && chroot(".") == -1)
			fatal("%s: chroot", __func__);
		locks |= LOCK_ROOT;
	}
	if (l->has_own_ids)
		locks |= LOCK_IDS;
	else
		drop_capability_bounds();
	drop_capabilities();
	if (l->has_own_ids)
		check_ids(l->uid);
	return locks;
}

static void
limit(int resource, rlim_t max)
{
	struct rlimit rl = { .rlim_cur = max, .rlim_max = max };

	if (setrlimit(resource, &rl) == -1)
		fatal("%s: %d", __func__, resource);
}

/* Regular files in that directory are made, read, written and removed. */
static int
landlock_allow_dir(int ruleset, uint64_t handled, int dir)
{
	struct landlock_path_beneath_attr rule = {
		.allowed_access = handled &
		    (LANDLOCK_FS_READ_FILE | LANDLOCK_FS_READ_DIR |
			LANDLOCK_FS_WRITE_FILE | LANDLOCK_FS_MAKE_REG |
			LANDLOCK_FS_REMOVE_FILE | LANDLOCK_FS_TRUNCATE),
		.parent_fd = dir,
	};

	return (int)syscall(SYS_landlock_add_rule, ruleset,
	    LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
}

/* What is not there cannot be read: no mistake. */
static void
landlock_allow_reading(int ruleset, const char *path)
{
	struct landlock_path_beneath_attr rule = { .allowed_access =
						       LANDLOCK_FS_READ_FILE };

	if ((rule.parent_fd = open(path, O_PATH | O_CLOEXEC)) == -1)
		return;
	if (syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH,
		&rule, 0) == -1)
		fatal("%s: %s", __func__, path);
	close(rule.parent_fd);
}

/* A regular file's directory: it, and what will replace it. */
static void
landlock_allow_path(int ruleset, const char *path)
{
	char real[PATH_MAX], *slash;
	struct stat st;

	if (realpath(path, real) == NULL || stat(real, &st) == -1)
		return;
	slash = strrchr(real, '/');
	if (S_ISREG(st.st_mode) && slash != real)
		*slash = '\0';
	landlock_allow_reading(ruleset, real);
}

static int
landlock_allow_ports(int ruleset, const uint16_t *port)
{
	struct port_rule rule = { .access = LANDLOCK_NET_CONNECT };

	for (; *port != 0; port++) {
		rule.port = *port;
		if (syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PORT,
			&rule, 0) == -1)
			return -1;
	}
	return 0;
}

/* Everything that a ruleset handles and no rule allows is denied. */
static uint32_t
landlock(const struct lockdown *l)
{
	struct ruleset r = { .fs = LANDLOCK_FS_ABI1 };
	const char *const *path;
	long abi;
	int fd;

	abi = syscall(SYS_landlock_create_ruleset, NULL, 0,
	    LANDLOCK_CREATE_RULESET_VERSION);
	if (abi < 1)
		return 0;
	if (abi > LANDLOCK_ABI_MAX)
		abi = LANDLOCK_ABI_MAX;
	if (abi >= 2)
		r.fs |= LANDLOCK_FS_REFER;
	if (abi >= 3)
		r.fs |= LANDLOCK_FS_TRUNCATE;
	if (abi >= 4)
		r.net = LANDLOCK_NET_BIND | LANDLOCK_NET_CONNECT;
	if (abi >= 5)
		r.fs |= LANDLOCK_FS_IOCTL_DEV;
	if (abi >= 6)
		r.scoped = LANDLOCK_SCOPE_ALL;
	if (l->may_connect && l->connect_ports == NULL)
		r.net &= ~LANDLOCK_NET_CONNECT;
	fd = (int)syscall(SYS_landlock_create_ruleset, &r,
	    abi >= 6       ? sizeof(r)
		: abi >= 4 ? offsetof(struct ruleset, scoped)
			   : offsetof(struct ruleset, net),
	    0);
	if (fd == -1)
		fatal("%s", __func__);
	for (path = l->readable; path != NULL && *path != NULL; path++)
		landlock_allow_path(fd, *path);
	if ((l->may_write_dir && landlock_allow_dir(fd, r.fs, l->dir) == -1) ||
	    (l->connect_ports != NULL && abi >= 4 &&
		landlock_allow_ports(fd, l->connect_ports) == -1) ||
	    syscall(SYS_landlock_restrict_self, fd, 0) == -1)
		fatal("%s", __func__);
	close(fd);
	return LOCK_LANDLOCK;
}

static uint32_t
filter_calls(const struct lockdown *l)
{
	struct sock_fprog prog = {
		.len = (unsigned short)l->nfilter,
		.filter = (struct sock_filter *)(uintptr_t)l->filter,
	};

	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &prog) != 0)
		fatal("%s", __func__);
	return LOCK_SECCOMP;
}

uint32_t
lockdown_powers(const struct lockdown *l)
{
	uint32_t locks = LOCK_NO_NEW;

	if ((!l->stands_alone && prctl(PR_SET_PDEATHSIG, SIGKILL) == -1) ||
	    prctl(PR_SET_DUMPABLE, 0) == -1 ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		fatal("%s: prctl", __func__);
	descriptors_raise();
	limit(RLIMIT_CORE, 0);
	locks |= landlock(l);
	if (l->dir != -1)
		close(l->dir);
#ifndef SANITIZED /* it needs memory, calls of its own, and to report */
	if (!l->may_write_dir && !l->writes)
		limit(RLIMIT_FSIZE, 0);
	if (l->memory_max != 0)
		limit(RLIMIT_AS, l->memory_max);
	if (prctl(PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN, 0, 0, 0) == 0)
		locks |= LOCK_MEMORY;
	locks |= filter_calls(l);
#else
	(void)filter_calls;
#endif
	return locks;
}
