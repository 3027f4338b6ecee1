/* SPDX-License-Identifier: ISC */
/* See halts.h. */

#include <stdlib.h>
#include <string.h>

#include "halts.h"
#include "log.h"

static struct halt *all;
static size_t nall, room;

const struct halt *
halts_now(size_t *n)
{
	*n = nall;
	return all;
}

/* The first that is not before it; nall: none. */
static size_t
place(const char *name)
{
	size_t i;

	for (i = 0; i < nall && strcmp(all[i].tenant, name) < 0; i++)
		continue;
	return i;
}

int
halts_have(const char *name)
{
	const size_t i = place(name);

	return i < nall && strcmp(all[i].tenant, name) == 0;
}

int
halts_cover(const char *tenant)
{
	return nall > 0 && (halts_have(HALT_OF_ALL) || halts_have(tenant));
}

int
halt_covers(const struct halt *h, const char *tenant)
{
	return strcmp(h->tenant, HALT_OF_ALL) == 0 ||
	    strcmp(h->tenant, tenant) == 0;
}

int
halts_room(void)
{
	struct halt *more;

	if (nall == HALTS_MAX)
		return -1;
	if (nall < room)
		return 0;
	if ((more = reallocarray(all, nall + 1, sizeof(*more))) == NULL)
		return -1;
	all = more;
	room = nall + 1;
	return 0;
}

void
halts_add(const struct halt *h)
{
	const size_t at = place(h->tenant);

	memmove(&all[at + 1], &all[at], (nall - at) * sizeof(*all));
	all[at] = *h;
	nall++;
}

void
halts_remove(const struct halt *h)
{
	const size_t at = place(h->tenant);

	nall--;
	memmove(&all[at], &all[at + 1], (nall - at) * sizeof(*all));
}

void
halts_clear(void)
{
	nall = 0;
}

void
halts_log(const struct halt *h, const char *message)
{
	log_event(LOG_WARN, message, LOG_STR("halt", h->tenant));
}

/* ---- for who follows */

static int
take(struct halt *h, const void *bytes, size_t size)
{
	union msg_payload payload;

	if (size != sizeof(*h))
		return -1;
	memcpy(&payload.halt, bytes, size);
	*h = payload.halt;
	return payload_is_sound(PAYLOAD_halt, &payload) ? 0 : -1;
}

int
halts_load(const void *bytes, size_t size)
{
	struct halt h;

	if (take(&h, bytes, size) == -1 || halts_have(h.tenant) ||
	    halts_room() == -1)
		return -1;
	halts_add(&h);
	return 0;
}

int
halts_load_gone(const void *bytes, size_t size)
{
	struct halt h;

	if (take(&h, bytes, size) == -1 || !halts_have(h.tenant))
		return -1;
	halts_remove(&h);
	return 0;
}
