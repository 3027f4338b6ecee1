/* SPDX-License-Identifier: ISC */
/* See payload.h; and what every child is told and says. */

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

int
payload_is_sound(enum payload_tag tag, const union msg_payload *p)
{
	switch (tag) {
#define X(payload)              \
	case PAYLOAD_##payload: \
		return payload##_ok(&p->payload);
		MSG_PAYLOADS(X)
#undef X
	}
	return 0;
}
