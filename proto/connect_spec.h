/* SPDX-License-Identifier: ISC */
#ifndef CONNECT_SPEC_H
#define CONNECT_SPEC_H

#include <stdint.h>

/*
 * What clients of a proxy meet before there is a session, and what becomes of
 * the dial.  A row is its word in JSON.  All zeros: nothing but what is usual.
 */
#define CONNECT_MODES(X)                \
	X(USUAL, "")                    \
	X(REFUSE, "refuse")             \
	X(BLACKHOLE, "blackhole")       \
	X(ACCEPT_DELAY, "accept_delay") \
	X(RESET, "reset")

enum connect_mode {
#define X(mode, word) CONNECT_##mode,
	CONNECT_MODES(X)
#undef X
	CONNECT_MODE_MAX
};

/* ... and with which error the dial fails that is not made. */
#define DIAL_FAILS(X)                               \
	X(NOT, "", 0)                               \
	X(REFUSED, "refused", ECONNREFUSED)         \
	X(UNREACHABLE, "unreachable", EHOSTUNREACH) \
	X(TIMEOUT, "timeout", ETIMEDOUT)

enum dial_fail {
#define X(fail, word, error) DIAL_FAILS_##fail,
	DIAL_FAILS(X)
#undef X
	DIAL_FAIL_MAX
};

#define CONNECT_DELAY_MAX 86400000 /* ms: a day */

struct connect_spec {
	uint32_t delay;      /* ms: of CONNECT_ACCEPT_DELAY alone, which has
			      * one */
	uint32_t dial_delay; /* ms; or 0 */
	uint8_t mode;        /* enum connect_mode */
	uint8_t dial_fail;   /* enum dial_fail */
	uint8_t reserved[6];
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
#define CONNECT_TEXT_MAX 96
const char *connect_text(
    const struct connect_spec *, char text[CONNECT_TEXT_MAX]);

#endif
