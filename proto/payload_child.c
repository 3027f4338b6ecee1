/* SPDX-License-Identifier: ISC */
/* See payload_child.h. */

#include "check.h"
#include "lockdown.h"
#include "payload_check.h"

int
nothing_ok(const struct nothing *p)
{
	return p->unused == 0;
}

int
setup_ok(const struct setup *p)
{
	return (p->flags & ~(uint32_t)SETUP_FLAGS_ALL) == 0;
}

int
ready_ok(const struct ready *p)
{
	return p->version != 0 && (p->locks & ~(uint32_t)LOCKS_ALL) == 0;
}

int
vitals_ok(const struct vitals *p)
{
	(void)p; /* any two numbers */
	return 1;
}

int
log_record_ok(const struct log_record *p)
{
	return check_log_record(p);
}
