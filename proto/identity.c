/* SPDX-License-Identifier: ISC */
/*
 * Whose a child is when its program begins: neither ld.so nor a library nor the
 * program itself ever runs as root, where there are others to be.
 */

#include <grp.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "identity.h"

#define BIT(capability) (1U << (capability))

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
	return may_chroot
	    ? prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_SYS_CHROOT, 0, 0)
	    : 0;
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
