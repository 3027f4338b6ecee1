/* SPDX-License-Identifier: ISC */
/*
 *	without CALL PROGRAM ...
 *
 * That program, to which that system call is forbidden, as by a service's unit.
 */

#include <errno.h>
#include <seccomp.h>
#include <unistd.h>

int
main(int argc, char *argv[])
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ALLOW);

	if (argc < 3 || ctx == NULL ||
	    seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EPERM),
		seccomp_syscall_resolve_name(argv[1]), 0) != 0 ||
	    seccomp_load(ctx) != 0)
		return 3;
	execv(argv[2], argv + 2);
	return 3;
}
