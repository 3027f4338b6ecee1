/* SPDX-License-Identifier: ISC */
#ifndef HOSTILE_H
#define HOSTILE_H

#include <stddef.h>

#include "chan.h"

/* hostile.c: what a child that has been taken over says, raw */

struct packet {
	uint32_t type, id;
	uint8_t payload[sizeof(union msg_payload) + 8];
};
#define HEADER offsetof(struct packet, payload)

/* 0, or -1 and errno; fd -1: without */
int say_on(int to, const struct packet *, size_t size, int fd, int flags);
/* To ctld; it exits where that has gone, unless flags are given. */
void say(const struct packet *, size_t size, int fd, int flags);
/* Answers its PINGs, and leaves all else unread for a while. */
void hear(void);
/* As an apid: only then may it ask for anything. */
void serve(void);
/* All zeros is what most types take. */
void say_zeros(enum msg_type, uint32_t id);
void say_ready(void);
size_t below(size_t n); /* some number */
void forever(void);

/* hostile_mode.c: what the file beside the program says */

void mode_read(char *name, size_t size);
void mode_honest(char *argv[]);
/* A file of that name beside the program. */
int mode_open(const char *file, int flags);

/* hostile_lies.c: "lies" and "rows", where the mode is one of them */

void lies_run(const char *mode, char *argv[]);

/* hostile_tenants.c: an apid that asks for whom it likes */

void act_for_others(void);

/* hostile_desired.c: documents as long as may be, without end */

void flood_documents(void);

/* hostile_pages.c */

void page_without_end(void);
void page_unasked(void);
void flood_ended(void);
void ended_by_ctld(void);

/* hostile_log.c */

void flood_log(void);
void shout(void);
void last_words(void);
void forge(void);

#define LOG_MODES                                       \
	{ "flood-log", flood_log }, { "shout", shout }, \
	    { "last-words", last_words },               \
	{                                               \
		"forge", forge                          \
	}

/* hostile_line.c: a worker on its line to diald, and diald on its lines */

void dial_flood(void);
void dial_hoard(void);
void dial_churn(void);
void dial_cancel(void);
void dial_fickle(void);
void accuse(void);
void dial_garbage(void);
void dial_twice(void);
void answer_nobody(void);
void look_up_here(void);
void dial_lines(void);
void listener_down(void);
void answer_garbage(void);
void answer_never(void);
void answer_odd(void);
void blame_all(void);
void denounce(void);
void flood_lookups(void);
void die_of_dials(void);
void die_late_of_dials(void);

#define LINE_MODES                                                            \
	{ "dial-flood", dial_flood }, { "dial-hoard", dial_hoard },           \
	    { "dial-churn", dial_churn }, { "dial-cancel", dial_cancel },     \
	    { "dial-garbage", dial_garbage }, { "dial-twice", dial_twice },   \
	    { "answer-nobody", answer_nobody }, { "dial-lines", dial_lines }, \
	    { "dial-fickle", dial_fickle }, { "accuse", accuse },             \
	    { "listener-down", listener_down },                               \
	    { "answer-garbage", answer_garbage },                             \
	    { "answer-odd", answer_odd }, { "denounce", denounce },           \
	    { "answer-never", answer_never }, { "blame-all", blame_all },     \
	    { "look-up-here", look_up_here },                                 \
	    { "die-of-dials", die_of_dials },                                 \
	    { "die-late-of-dials", die_late_of_dials },                       \
	{                                                                     \
		"flood-lookups", flood_lookups                                \
	}

#endif
