/* SPDX-License-Identifier: ISC */
/* What root can be, and become, is tried: it may lack any part of it. */

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agreed.h"
#include "given.h"
#include "identities.h"
#include "identity.h"
#include "log.h"
#include "options.h"

#define BIT(capability) (1U << (capability))

int
identities_try(int (*attempt)(const struct given *), const struct given *g)
{
	pid_t pid;
	int status;

	if ((pid = fork()) == -1)
		return -1;
	if (pid == 0)
		_exit(attempt(g));
	while (waitpid(pid, &status, 0) == -1) {
		if (errno != EINTR)
			fatal("%s", __func__);
	}
	if (!WIFEXITED(status))
		fatalx("%s: signal %d", __func__, WTERMSIG(status));
	return WEXITSTATUS(status);
}

uint32_t
identities_last(uint32_t uid_base)
{
	return uid_base + UIDS - 1;
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
try_ids(const struct given *g)
{
	uint32_t last = identities_last(g->uid_base);

	if (!has_ids(g->uid_base, last))
		return IDENTITIES_OURS;
	return identity_take(last, 1) == 0 ? IDENTITIES_OWN
					   : IDENTITIES_REFUSED;
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

enum identities
identities_find(const struct given *g)
{
	int found;

	if (!has_powers())
		return IDENTITIES_OURS;
	if ((found = identities_try(try_ids, g)) == -1)
		fatal("%s", __func__);
	return (enum identities)found;
}
