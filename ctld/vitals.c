/* SPDX-License-Identifier: ISC */
/* What each role costs, for the metrics; the dead are not forgotten. */

#include <sys/resource.h>

#include "child.h"
#include "children.h"
#include "clock.h"
#include "deadlines.h"
#include "leases.h"
#include "msg.h"
#include "output.h"
#include "restarts.h"
#include "state.h"
#include "vitals.h"

#define REPORT_EVERY NS_PER_S

static uint64_t dead_cpu_us[ROLE_MAX];

static uint64_t
cpu_us(const struct rusage *ru)
{
	return (uint64_t)(ru->ru_utime.tv_sec + ru->ru_stime.tv_sec) * 1000000 +
	    (uint64_t)(ru->ru_utime.tv_usec + ru->ru_stime.tv_usec);
}

void
vitals_bury(enum role role, uint64_t us)
{
	dead_cpu_us[role] += us;
}

static void
add_self(struct role_vitals *rv)
{
	struct rusage ru;

	getrusage(RUSAGE_SELF, &ru);
	rv->processes = 1;
	rv->log_lines_dropped = output_dropped();
	rv->vitals.cpu_us = cpu_us(&ru);
	rv->vitals.resident_max = (uint64_t)ru.ru_maxrss * 1024;
}

void
vitals_report(void)
{
	struct role_vitals rv[ROLE_MAX] = { 0 };
	const struct child *c;
	int64_t now = clock_now();
	int role;

	if (children.apid == NULL)
		return;
	for (role = 0; role < ROLE_MAX; role++) {
		rv[role].role = (uint32_t)role;
		rv[role].restarts = restarts.of[role].count;
		rv[role].vitals.cpu_us = dead_cpu_us[role];
		if (now < restarts.at[role])
			rv[role].restart_delay_ms =
			    (uint64_t)(restarts.delay[role] / NS_PER_MS);
	}
	TAILQ_FOREACH (c, &children.all, entry) {
		rv[c->role].processes++;
		rv[c->role].vitals.cpu_us += c->vitals.cpu_us;
		rv[c->role].vitals.resident_max += c->vitals.resident_max;
	}
	rv[ROLE_RELAYD].lent = leases.lent;
	rv[ROLE_RELAYD].borrowers_waiting = leases_waiting();
	add_self(&rv[ROLE_CTLD]);
	for (role = 0; role < ROLE_MAX; role++)
		child_send(children.apid, MSG_REPLICA_ROLE, 0, &rv[role], -1);
}

static void
report_again(struct deadline *d)
{
	vitals_report();
	deadline_set(d, clock_now() + REPORT_EVERY);
}

/* From here on, if they are wanted. */
void
vitals_open(void)
{
	static struct deadline report = { .expired = report_again };

	if (ctld.options.runtime_metrics)
		deadline_set(&report, clock_now() + REPORT_EVERY);
}
