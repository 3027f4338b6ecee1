/* SPDX-License-Identifier: ISC */
/* toxid: the supervisor.  Its phases, in order. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "api.h"
#include "ask.h"
#include "changes.h"
#include "child.h"
#include "config_file.h"
#include "descriptors.h"
#include "dispatch_resolvd.h"
#include "give_up.h"
#include "log.h"
#include "loop.h"
#include "notify.h"
#include "options.h"
#include "output.h"
#include "pending.h"
#include "roles.h"
#include "settings.h"
#include "spawn.h"
#include "state.h"
#include "store.h"
#include "succession.h"
#include "upgrade.h"

/* With fewer there would be no API, or not a proxy. */
#define DESCRIPTORS_MIN 48

static void
log_start(void)
{
	const char *value = getenv("LOG_LEVEL");
	char message[128];
	int known;

	ctld.log_level = options_log_level(value, &known);
	output_open(ctld.options.log_format);
	log_init(ctld.log_level, output_own);
	if (!known) {
		snprintf(message, sizeof(message),
		    "unknown LOG_LEVEL value: \"%s\"", value);
		log_event(LOG_ERROR, message, LOG_STR("value", value));
	}
	if (upgrade_is_takeover())
		return; /* nothing starts */
	log_event(LOG_INFO, "Starting Toxiproxy",
	    LOG_STR("version", TOXID_VERSION),
	    LOG_INT("seed", ctld.options.seed));
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

/* Nothing is logged: what is wrong is said to whoever asks. */
static void __attribute__((__noreturn__)) check(void)
{
	ctld.log_level = LOG_FATAL + 1;
	output_open(ctld.options.log_format);
	log_init(ctld.log_level, output_own);
	privileges_freeze();
	descriptors_check();
	programs_open();
	loop_init();
	settings_check();
}

int
main(int argc, char *argv[])
{
	succession_init(argv);
	options_parse(&ctld.options, argc, argv);
	state_init();
	pending_init();
	roles_init();
	ctld.store.stored = changes_stored;
	if (succession_is_trial()) {
		programs_open();
		upgrade_try();
	}
	if (ctld.options.reload != 0)
		ask_to_reload((pid_t)ctld.options.reload);
	if (ctld.options.check != NULL)
		check();
	log_start();
	privileges_freeze();
	notify_open(); /* what it takes from the environment is gone */
	api_take_token();
	descriptors_check();
	programs_open(); /* the programs, and what a child's root will be */
	loop_init();
	resolver_open();
	if (upgrade_is_takeover()) {
		upgrade_take_over();
	} else {
		config_open();
		settings_read();
		store_init(); /* the state directory is ours alone */
	}
	api_resolve();
	loop_run(); /* which starts all the others */
	children_end_all();
	output_flush();
	return 0;
}
