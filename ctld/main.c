/* SPDX-License-Identifier: ISC */
/* ctld: keeps the truth.  Its phases, in order. */

#include <fcntl.h>
#include <linux/filter.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "agreed.h"
#include "api.h"
#include "callers.h"
#include "changes.h"
#include "child.h"
#include "config_file.h"
#include "dispatch_resolvd.h"
#include "event_ring.h"
#include "filter.h"
#include "halting.h"
#include "in_hand.h"
#include "inquiries.h"
#include "journal.h"
#include "listen.h"
#include "lockdown.h"
#include "log.h"
#include "loop.h"
#include "loss_rows.h"
#include "nitems.h"
#include "options.h"
#include "output.h"
#include "pending.h"
#include "ports.h"
#include "priv.h"
#include "requests.h"
#include "roles.h"
#include "settings.h"
#include "state.h"
#include "store.h"
#include "store_tell.h"
#include "takeover.h"
#include "title.h"
#include "toxid.h"
#include "truth_save.h"

/* Of a file that is only checked nothing is logged: it is said to who asks. */
static void
log_start(void)
{
	const char *value = getenv("LOG_LEVEL");
	int known;

	ctld.log_level = options_log_level(value, &known);
	if (ctld.options.check != NULL)
		ctld.log_level = LOG_FATAL + 1;
	output_open("ctld", ctld.log_level, ctld.options.log_format);
	log_init(ctld.log_level, output_own);
	if (!known)
		log_event(LOG_ERROR, "unknown LOG_LEVEL value",
		    LOG_STR("value", value));
}

/* Nothing else is open, and no other process of its user looks into it. */
static void
close_up(char *argv[])
{
	(void)prctl(PR_SET_DUMPABLE, 0);
	title_init(argv);
	syscall(SYS_close_range, DOORBELL_FD + 1, ~0U, 0);
	fcntl(CHAN_FD, F_SETFD, FD_CLOEXEC);
	fcntl(DOORBELL_FD, F_SETFD, FD_CLOEXEC);
}

/* What the options point to: ps(1) shows a title where argv was. */
static char **
copy_of(int argc, char *argv[])
{
	char **copy;
	int i;

	if ((copy = calloc((size_t)argc + 1, sizeof(*copy))) == NULL)
		fatal("%s", __func__);
	for (i = 0; i < argc; i++) {
		if ((copy[i] = strdup(argv[i])) == NULL)
			fatal("%s", __func__);
	}
	return copy;
}

static void
open_memory(void)
{
	int fd = toxid_take(PRIV_MEMORY, JOURNALS, NULL);

	if (fd == -1)
		fatalx("%s", __func__);
	in_hand_open(fd, ctld.start.fell != 0);
#ifndef SANITIZED /* which sees to them itself */
	in_hand_note_faults();
#endif
}

static void
lock_up(void)
{
	struct lockdown l = {
		.writes = 1, /* the log, and the truth for who follows */
		.has_own_ids = ctld.start.has_own_ids != 0,
		.changes_root = ctld.start.changes_root != 0,
		.uid = ctld.start.uid,
		.dir = ctld.start.changes_root != 0 ? ROOT_DIR_FD : -1,
		.filter = filter,
		.nfilter = nitems(filter),
	};

	if (l.dir == -1)
		close(ROOT_DIR_FD); /* if it is anything, it is not ours */
	tzset();                    /* gmtime_r(3) would read a file, once */
	(void)lockdown_identity(&l);
	loop_init(); /* what it opens it has before the filter */
	(void)lockdown_powers(&l);
}

/* The end is the only news that cannot wait for the loop. */
static int
is_told_to_end(void)
{
	struct priv_news n;

	while (toxid_news(&n)) {
		if (n.event == PRIV_EVENT_QUIT)
			return 1;
		loop_hear(&n);
	}
	return 0;
}

static void
begin(void)
{
	resolver_open();
	if (takeover_begin()) {
		if (!store.is_populated)
			config_open(); /* the file has more to say */
		return;
	}
	log_event(LOG_INFO, "Starting Toxiproxy",
	    LOG_STR("version", TOXID_VERSION),
	    LOG_INT("seed", ctld.options.seed));
	config_open();
	settings_look_at_certificate(is_told_to_end);
	settings_read(is_told_to_end);
	store_init();
	if (!store.is_loaded)
		return;
	event_ring_begin(0);
	truth_open();
}

/* There is no line: what would be the journal is on its descriptors. */
static void __attribute__((__noreturn__)) run_trial(void)
{
	static const int journals[JOURNALS] = { CHAN_FD, DOORBELL_FD };

	takeover_try(journals);
}

int
main(int argc, char *argv[])
{
	static char said[BUFSIZ];

	close_up(argv);
	ctld.arguments = copy_of(argc, argv);
	options_parse(&ctld.options, argc, ctld.arguments);
	ctld.started = (uint64_t)time(NULL);
	requests_open();
	pending_init();
	roles_init();
	store_open(changes_stored);
	halting_open(changes_halted);
	inquiries_open(changes_inquired);
	event_ring_reserves(store_event_block);
	log_start();
	/* stdio would ask what that is, and may not */
	setvbuf(stdout, said, _IOFBF, sizeof(said));
	if (getenv(PRIV_TRIAL) != NULL)
		run_trial();
	title_set("toxid: ctld"); /* the environment is gone with it */
	toxid_start(&ctld.start);
	takeover_rests();
	callers_open();
	open_memory();
	if (ctld.options.check == NULL) /* else start/ has loaded nothing */
		loss_rows_open();
	listen_init();
	ctld.api_port = api_port_asked();
	if (ctld.options.config != NULL)
		ports_open();
	lock_up();
	if (ctld.options.check != NULL)
		settings_check(is_told_to_end);
	begin();
	api_resolve();
	loop_run(); /* which starts all the others */
	output_drain();
	toxid_end(0);
	return 0;
}
