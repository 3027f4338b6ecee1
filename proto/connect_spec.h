/* SPDX-License-Identifier: ISC */
#ifndef CONNECT_SPEC_H
#define CONNECT_SPEC_H

#include <stdint.h>

/*
 * What clients of a proxy meet before there is a session, and what becomes of
 * the dial.  A row is its word in JSON, and what it says to people.  All zeros:
 * nothing but what is usual.
 */
#define CONNECT_MODES(X)                                           \
	X(USUAL, "", "clients are let in")                         \
	X(REFUSE, "refuse", "clients are refused")                 \
	X(BLACKHOLE, "blackhole", "nobody answers")                \
	X(ACCEPT_DELAY, "accept_delay", "clients are let in late") \
	X(RESET, "reset", "clients are accepted, and reset at once")

enum connect_mode {
#define X(mode, word, says) CONNECT_##mode,
	CONNECT_MODES(X)
#undef X
	CONNECT_MODE_MAX
};

/* ... and with which error the dial fails that is not made. */
#define DIAL_FAILS(X)                                             \
	X(NOT, "", 0, "the server is dialled")                    \
	X(REFUSED, "refused", ECONNREFUSED, "the server refuses") \
	X(UNREACHABLE, "unreachable", EHOSTUNREACH,               \
	    "no way leads to the server")                         \
	X(TIMEOUT, "timeout", ETIMEDOUT, "the server does not answer")

enum dial_fail {
#define X(fail, word, error, says) DIAL_FAILS_##fail,
	DIAL_FAILS(X)
#undef X
	DIAL_FAIL_MAX
};

#define CONNECT_DELAY_MAX 86400000 /* ms: a day */

/* All that a connect has in JSON, and what it says to people. */
#define CONNECT_MEMBERS(X)                                                    \
	X(mode, "what a client meets, before there is a connection")          \
	X(delay, "how late it is let in, though the kernel has connected it") \
	X(dial_delay, "how late the server is dialled, or fails")             \
	X(dial_fail, "a dial that is not made, and fails so instead")         \
	X(syn_loss,                                                           \
	    "the share of first packets that are lost, which a client sends " \
	    "again after a second or more")

struct connect_spec {
	uint32_t delay;      /* ms: of CONNECT_ACCEPT_DELAY alone, which has
			      * one */
	uint32_t dial_delay; /* ms; or 0 */
	uint8_t mode;        /* enum connect_mode */
	uint8_t dial_fail;   /* enum dial_fail */
	uint8_t reserved[6];
	double syn_loss; /* of clients' SYNs: from 0 to 1 */
};

extern const struct connect_spec connect_usual;

int connect_is_usual(const struct connect_spec *);
int connect_equal(const struct connect_spec *, const struct connect_spec *);
int connect_is_sound(const struct connect_spec *);

const char *connect_mode_word(unsigned int mode);
const char *dial_fail_word(unsigned int fail);
/* The number of a word, which is not ""; -1: it is none. */
int connect_mode_of(const char *word);
int dial_fail_of(const char *word);

int dial_fail_errno(unsigned int fail);

/* "accept_delay delay=500 dial_fail=refused", or ""; returns text. */
#define CONNECT_TEXT_MAX 128
const char *connect_text(
    const struct connect_spec *, char text[CONNECT_TEXT_MAX]);

#endif
