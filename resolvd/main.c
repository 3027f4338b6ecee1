/* SPDX-License-Identifier: ISC */
/* resolvd: addresses of names, started by toxid. */

#include <sys/resource.h>

#include "child.h"
#include "filter.h"
#include "log.h"
#include "nitems.h"
#include "resolvd.h"

/* What is looked at is what these lead to at the moment: see lockdown.h. */
static const char *const readable[] = { "/etc", "/etc/resolv.conf",
	"/etc/hosts", "/etc/nsswitch.conf", "/etc/services", "/run",
	"/dev/urandom", NULL };
static const uint16_t ports[] = { 53, 0 }; /* name servers' */

static void
open_all(void)
{
	struct rlimit rl;

	if (getrlimit(RLIMIT_NOFILE, &rl) == -1)
		fatal("%s", __func__);
	resolvd.descriptors_max = rl.rlim_max; /* the soft one will be so */
	resolvd.base = events_open();
	lookups_open();
}

int
main(int argc, char *argv[])
{
	struct lockdown lockdown = {
		.readable = readable,
		.may_connect = 1,
		.connect_ports = ports,
		.filter = filter,
		.nfilter = nitems(filter),
	};
	struct setup setup;

	(void)argc;
	child_start(&resolvd.ctld.chan, argv, &setup);
	child_lock_up(&resolvd.ctld.chan, &setup, &lockdown, open_all);
	peer_open(&resolvd.ctld, resolvd.base, ctld_readable);
	asker_open(&resolvd.asker, &resolvd.ctld, TO_LISTEN);
	while (!resolvd.has_ended) {
		client_flush();
		peer_flush(&resolvd.ctld);
		event_base_loop(resolvd.base, EVLOOP_ONCE);
	}
	client_close();
	asker_close(&resolvd.asker);
	peer_close(&resolvd.ctld);
	event_base_free(resolvd.base);
	ares_library_cleanup();
	return 0;
}
