/* SPDX-License-Identifier: ISC */
#ifndef EVENT_TEXT_H
#define EVENT_TEXT_H

#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "payload_event.h"

/*
 * Events as they are sent, made once for all readers: a text that begins as a
 * server-sent event does, and has in it the JSON object that it is by itself.
 */
struct event_text {
	TAILQ_ENTRY(event_text) entry;
	uint64_t id;
	unsigned int nusers;
	int is_listed;      /* in the list that it was put in */
	size_t json, njson; /* where that begins, and its bytes */
	size_t len;
	char text[];
};
TAILQ_HEAD(event_texts, event_text);

/* All of them are the caller's, one use of each. */
struct event_text *event_text_of(const struct event_record *);
/* What was between two ids is not to be had. */
struct event_text *event_text_gap(uint64_t after, uint64_t id);
/* All that there is now, for who has read to that id, of those up to last;
 * tenant NULL: of all. */
struct event_text *event_text_state(
    uint64_t id, uint64_t last, const char *tenant);
void event_text_use(struct event_text *);
void event_text_drop(struct event_text *); /* NULL: nothing */

#endif
