/* SPDX-License-Identifier: ISC */
/* wait(2), for all that toxid has forked. */

#include <sys/resource.h>
#include <sys/wait.h>

#include "children.h"
#include "ctld.h"
#include "reap.h"
#include "trial.h"

void
reap(void)
{
	struct rusage ru;
	int status;
	pid_t pid;

	while ((pid = wait4(-1, &status, WNOHANG | WUNTRACED, &ru)) > 0) {
		if (!ctld_waited_for(pid, status) &&
		    !trial_waited_for(pid, status))
			(void)child_waited_for(pid, status, &ru);
	}
}
