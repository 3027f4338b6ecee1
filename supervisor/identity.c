/* SPDX-License-Identifier: ISC */
/*
 * Whose a child is when its program begins: neither ld.so nor a library nor the
 * program itself ever runs as root, where there are others to be.
 */

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "identity.h"
#include "log.h"
#include "options.h"
#include "state.h"

#define BIT(capability) (1U << (capability))

/* ---- what a child takes */

/* An exec passes on what is inheritable and ambient, and nothing else. */
static int
set_capabilities(uint32_t own, uint32_t inheritable)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3
	};
	const struct __user_cap_data_struct data[2] = { { own, own,
	    inheritable } };

	return (int)syscall(SYS_capset, &header, data);
}

/* So that no program, whatever its file says, can give any back. */
static int
empty_bounding_set(void)
{
	int cap;

	for (cap = 0; prctl(PR_CAPBSET_READ, cap, 0, 0, 0) >= 0; cap++) {
		if (prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) == -1)
			return -1;
	}
	return 0;
}

/*
 * What may be inherited has to be in the bounding set when that is said.  The
 * change of ids empties the effective and the ambient set, and leaves what is
 * permitted, as long as that is asked for; exec forgets that it was.
 */
int
identity_take(uint32_t uid, int may_chroot)
{
	uint32_t kept = may_chroot ? BIT(CAP_SYS_CHROOT) : 0;
	uint32_t needed = BIT(CAP_SETPCAP) | BIT(CAP_SETGID) | BIT(CAP_SETUID);

	if (set_capabilities(kept | needed, kept) == -1 ||
	    empty_bounding_set() == -1 || setgroups(0, NULL) == -1 ||
	    setresgid(uid, uid, uid) == -1 ||
	    prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) == -1 ||
	    setresuid(uid, uid, uid) == -1 ||
	    set_capabilities(kept, kept) == -1)
		return -1;
	if (!may_chroot)
		return 0;
	return prctl(
	    PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_SYS_CHROOT, 0, 0);
}

/*
 * An ordinary user may have been given some to pass on, and root has what is in
 * its bounding set again after each exec.
 */
void
identity_keep(void)
{
	(void)empty_bounding_set();
	(void)set_capabilities(0, 0);
}

/* ---- which it can be */

int
identity_try(int (*attempt)(void))
{
	pid_t pid;
	int status;

	if ((pid = fork()) == -1)
		return -1;
	if (pid == 0)
		_exit(attempt());
	while (waitpid(pid, &status, 0) == -1) {
		if (errno != EINTR)
			fatal("%s", __func__);
	}
	if (!WIFEXITED(status))
		fatalx("%s: signal %d", __func__, WTERMSIG(status));
	return WEXITSTATUS(status);
}

uint32_t
identity_last(void)
{
	return (uint32_t)toxid.options.uid_base + UIDS - 1;
}

/*
 * Root of a user namespace may have every capability there, and still no ids to
 * change to: those that the namespace does not know, and groups that it may not
 * set.  So it is tried, with the first and the last that a child may get.
 */
static int
has_ids(uint32_t first, uint32_t last)
{
	return setgroups(0, NULL) == 0 && setresgid(-1, last, first) == 0 &&
	    setresuid(-1, -1, first) == 0 && setresuid(-1, -1, last) == 0;
}

static int
try_ids(void)
{
	if (!has_ids((uint32_t)toxid.options.uid_base, identity_last()))
		return IDENTITY_OURS;
	return identity_take(identity_last(), 1) == 0 ? IDENTITY_OWN
						      : IDENTITY_REFUSED;
}

/*
 * Root in a container may lack any of these; then it is as good as an ordinary
 * user, and children keep its uid.
 */
static int
has_powers(void)
{
	static const uint32_t needed = BIT(CAP_SETUID) | BIT(CAP_SETGID) |
	    BIT(CAP_SYS_CHROOT) | BIT(CAP_KILL) | BIT(CAP_SETPCAP);
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3
	};
	struct __user_cap_data_struct data[2];

	return geteuid() == 0 && syscall(SYS_capget, &header, data) == 0 &&
	    (data[0].effective & needed) == needed;
}

enum identity
identity_find(void)
{
	int found;

	if (!has_powers())
		return IDENTITY_OURS;
	if ((found = identity_try(try_ids)) == -1)
		fatal("%s", __func__);
	return (enum identity)found;
}
