/* SPDX-License-Identifier: ISC */
/* See payload_event.h. */

#include "check.h"
#include "event_fields.h"
#include "payload_check.h"

const char *
event_kind_name(uint32_t kind)
{
	static const char *const names[EVENT_KIND_MAX] = {
#define X(kind, name) [EVENT_##kind] = (name),
		EVENT_KINDS(X)
#undef X
	};

	return kind < EVENT_KIND_MAX ? names[kind] : "?";
}

int
event_stream_ok(const struct event_stream *p)
{
	return is_utf8(p->tenant) && p->is_of_all <= 1 && p->reserved == 0 &&
	    (p->tenant[0] == '\0' ||
		(!p->is_of_all && tenant_name_is_good(p->tenant)));
}

int
event_question_ok(const struct event_question *p)
{
	return event_stream_ok(&p->of);
}

int
event_record_ok(const struct event_record *p)
{
	return p->kind < EVENT_KIND_MAX && event_stream_ok(&p->of) &&
	    event_fields_are_sound(p);
}

int
event_end_ok(const struct event_end *p)
{
	return p->has_more <= 1 && p->reserved == 0;
}

int
event_block_ok(const struct event_block *p)
{
	return p->next <= EVENT_BLOCKS_MAX;
}
