/* SPDX-License-Identifier: ISC */
/* toxid: what needs root's powers, and no more.  Its phases, in order. */

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ask.h"
#include "children.h"
#include "ctld.h"
#include "descriptors.h"
#include "give_up.h"
#include "handed.h"
#include "log.h"
#include "loop.h"
#include "notices.h"
#include "options.h"
#include "output.h"
#include "remarks.h"
#include "spawn.h"
#include "state.h"
#include "state_dir.h"
#include "succession.h"
#include "token.h"
#include "trial.h"

/* With fewer there would be no API, or not a proxy. */
#define DESCRIPTORS_MIN 48

/* Of a file that is only checked nothing is logged: it is said to who asks. */
static void
log_start(void)
{
	int known, level = options_log_level(getenv("LOG_LEVEL"), &known);

	if (toxid.options.check != NULL)
		level = LOG_FATAL + 1;
	output_open("toxid", level, toxid.options.log_format);
	log_init(level, output_own);
}

/* Whatever it would be to gain by an exec is gained by nobody below. */
static void
privileges_freeze(void)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		fatal("%s", __func__);
}

/* Two for each proxy. */
static void
descriptors_check(void)
{
	struct rlimit rl;

	descriptors_raise();
	if (getrlimit(RLIMIT_NOFILE, &rl) == -1)
		fatal("%s", __func__);
	if (rl.rlim_cur < DESCRIPTORS_MIN)
		fatalx("%d descriptors are too few: %d is the least",
		    (int)rl.rlim_cur, DESCRIPTORS_MIN);
}

static void
programs_open(void)
{
	const char *why = spawn_init();

	if (why != NULL)
		give_up(why);
}

/* The ctld of the program before this one waits for an answer: its last. */
static void
take_over(void)
{
	int fd = succession_handed(), status;

	if (handed_load(fd, 0) == -1)
		fatalx("%s: what was handed over cannot be read", __func__);
	close(fd);
	succession_forget();
	if (ctld.pid > 0) { /* it has not died of its question */
		kill(ctld.pid, SIGKILL);
		while (waitpid(ctld.pid, &status, 0) == -1 && errno == EINTR)
			continue;
	}
	remarks_open();
	ctld_start(PRIV_UPGRADED);
}

static void
journals_open(void)
{
	int i;

	for (i = 0; i < JOURNALS; i++) {
		toxid.journal_fds[i] = memfd_create("toxid", MFD_CLOEXEC);
		if (toxid.journal_fds[i] == -1)
			fatal("%s", __func__);
	}
}

static void
begin(void)
{
	journals_open();
	if (toxid.options.check == NULL)
		state_dir_init(); /* it is ours alone */
	remarks_open();
	ctld_start(PRIV_FIRST);
}

int
main(int argc, char *argv[])
{
	int status;

	succession_init(argv);
	options_parse(&toxid.options, argc, argv);
	if (toxid.options.reload != 0)
		ask_to_reload((pid_t)toxid.options.reload);
	log_start();
	if (succession_is_trial()) {
		programs_open();
		trial_run();
	}
	privileges_freeze();
	notices_open(); /* what it takes from the environment is gone */
	token_take();
	descriptors_check();
	programs_open(); /* the programs, and what a child's root will be */
	loop_init();
	if (succession_handed() != -1)
		take_over();
	else
		begin();
	status = loop_run();
	remarks_end();
	return status;
}
