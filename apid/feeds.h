/* SPDX-License-Identifier: ISC */
#ifndef FEEDS_H
#define FEEDS_H

#include <stdint.h>
#include <sys/queue.h>

#include "event_text.h"
#include "payload_event.h"

/*
 * Events, from ctld to those who read them.  Of each stream that somebody reads
 * the newest are here, once for all its readers; who comes back to an older one
 * is given that by ctld.  A reader that falls behind what is here is told how
 * many it has missed, and goes on.
 */

struct feed;

/* What ctld is asked, as long as it has not answered. */
struct question {
	TAILQ_ENTRY(question) entry;
	int is_open;
	uint32_t id; /* 0: it is not asked yet */
	struct event_stream of;
	uint64_t after;        /* the last that is known */
	struct reader *reader; /* NULL: its feed's */
};

struct reader {
	TAILQ_ENTRY(reader) entry; /* of its feed's that wait */
	struct feed *feed;
	uint64_t after;         /* the last that it was given */
	int is_new;             /* it begins with what comes next */
	int is_back;            /* it may want what is not here any more */
	int has_all;            /* ... that there was, when ctld was asked */
	unsigned int npages;    /* that ctld was asked for */
	uint64_t base;          /* the feed's, with the first of them */
	struct event_text *at;  /* that one, if it is of the feed; or NULL */
	struct event_texts own; /* given by ctld, for this one */
	struct question question;
	int is_waiting;
	void (*ready)(struct reader *); /* after nothing there is something */
};

/* From after on, or EVENTS_FROM_NOW; the others are zeros, but for ready. */
void reader_open(struct reader *, const struct event_stream *, uint64_t after);
void reader_close(struct reader *);
/*
 * The next, the caller's; NULL: there is none, and ready() will be called,
 * once, when that may have changed.
 */
struct event_text *reader_next(struct reader *);
/* 1: it is known where .after is.  0: ready() will be called when it is. */
int reader_begins(struct reader *);
uint64_t reader_last(const struct reader *); /* that there is; then */
/* After NULL: has it all that there is?  Else it is being asked for. */
int reader_is_current(const struct reader *);

/* dispatch.c: what ctld says */
void feeds_news(const struct event_stream *);
void feeds_event(uint32_t id, const struct event_record *);
void feeds_end(uint32_t id, const struct event_end *);
void feeds_ask_again(void); /* of a ctld that has heard nothing of it */

#endif
