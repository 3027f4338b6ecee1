/* SPDX-License-Identifier: ISC */
#ifndef EVENT_RING_H
#define EVENT_RING_H

#include <stddef.h>
#include <stdint.h>

#include "payload.h"

/*
 * What has happened, for who watches by the API: each tenant's stream, and the
 * one of all.  All together have EVENTS_BYTES_MAX; then who has most loses its
 * oldest.  Ids grow by one from event to event of a stream, so that who reads
 * sees what is missing.
 */

struct child;

#define EVENTS_BYTES_MAX ((size_t)32 * 1024 * 1024)
#define EVENT_COST 160 /* of each, beside its fields */
#define EVENTS_PAGE 64 /* so many are the answer to one question */

/* reserve is called with the first block that nobody may have begun yet,
 * whenever that is another. */
void event_ring_reserves(void (*reserve)(uint64_t next));
/*
 * From now on ids are of a block that no ctld has begun: not below least, which
 * is kept, and not before its second since 1970, which holds where nothing was.
 */
void event_ring_begin(uint64_t least);
uint64_t event_ring_next_block(void); /* 0: they have not begun */

/* In whose streams it is. */
enum event_reach {
	EVENT_OF_TENANT, /* the tenant's of its .of, and that of all */
	EVENT_OF_NOBODY, /* that of all */
	EVENT_FOR_TENANT /* the tenant's alone: all have heard it otherwise */
};
/* .of.tenant, .kind and the fields count. */
void event_ring_add(const struct event_record *, enum event_reach);

/* apid asks: EVENTs, and their end. */
void event_ring_read(
    struct child *apid, uint32_t id, const struct event_question *);
void event_ring_forget_reader(void); /* apid has died */

#endif
