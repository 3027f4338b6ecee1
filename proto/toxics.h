/* SPDX-License-Identifier: ISC */
#ifndef TOXICS_H
#define TOXICS_H

#include <stddef.h>
#include <stdint.h>

/*
 * The one table of toxics.  All that is said of one anywhere (messages, JSON,
 * the store, the manuals, the command line) comes from its row; what it does
 * is in relayd/toxics/, in a file that defines toxic_NAME.
 *
 * X(tag, name, number, where, whose, does, attributes...)
 *
 *	number	for ever: processes of two versions speak of it.  The next
 *		free one, never one that has been released
 *	where	ON_STREAM: at work on bytes; ON_CONNECTION: on its making, which
 *		no toxic is yet: relayd has no place for one
 *	whose	TOXIPROXY: the original has it, with the same attributes;
 *		TOXID: only we, so that what is misspelt is refused;
 *		DEBUG: as TOXID, and offered with -debug-toxics only
 *	does	in one line
 *
 * A(tag, slot, name, kind, unit, range, default, help, whose), in the order in
 * which JSON shows them; TAG_SLOT is its place in values[].  One that is OURS
 * the original's toxic of that name has not: it is shown where it is not as it
 * is by itself, so that nobody meets it who does not use it.  What lies below a
 * range's min or above its max is refused; what it is beyond least and most
 * means the same as these.  An enum is a word for people, in JSON and in the
 * store, and its number for programs: words may be added at the end.  The
 * default of a list is NONE: it begins empty.
 */
#define TOXICS(X, A)                                                           \
	X(LATENCY, latency, 1, ON_STREAM, TOXIPROXY,                           \
	    "delays every chunk, in order, counted from its arrival",          \
	    A(LATENCY, LATENCY, latency, INTEGER, "ms", RANGE_MS, 0,           \
		"how long"),                                                   \
	    A(LATENCY, JITTER, jitter, INTEGER, "ms", RANGE_MS, 0,             \
		"up to so much more or less, at random"),                      \
	    A(LATENCY, DISTRIBUTION, distribution, ENUM, "",                   \
		ENUM_OF("uniform", "normal", "pareto", "paretonormal"), 0,     \
		"of jitter, which is the standard deviation of all others",    \
		OURS),                                                         \
	    A(LATENCY, CORRELATION, correlation, FRACTION, "", EXACT_SHARE, 0, \
		"of a chunk's delay with that of the chunk before", OURS))     \
	X(BANDWIDTH, bandwidth, 2, ON_STREAM, TOXIPROXY,                       \
	    "lets so much through, evenly",                                    \
	    A(BANDWIDTH, RATE, rate, INTEGER, "KB/s", RANGE_RATE, 0,           \
		"1000 bytes a second each; 0 holds everything back"),          \
	    A(BANDWIDTH, SCOPE, scope, ENUM, "",                               \
		ENUM_OF("connection", "proxy"), 0,                             \
		"whose rate it is: each connection's, or that of all", OURS),  \
	    A(BANDWIDTH, BURST, burst, INTEGER, "bytes", UP_TO_TB, 0,          \
		"how many go at once, after a pause that was long enough",     \
		OURS))                                                         \
	X(SLOW_CLOSE, slow_close, 3, ON_STREAM, TOXIPROXY,                     \
	    "delays the end of the stream",                                    \
	    A(SLOW_CLOSE, DELAY, delay, INTEGER, "ms", RANGE_MS, 0,            \
		"how long"))                                                   \
	X(TIMEOUT, timeout, 4, ON_STREAM, TOXIPROXY,                           \
	    "swallows data, and closes after so long without any",             \
	    A(TIMEOUT, TIMEOUT, timeout, INTEGER, "ms", RANGE_MS, 0,           \
		"how long; 0 never closes"))                                   \
	X(RESET_PEER, reset_peer, 5, ON_STREAM, TOXIPROXY,                     \
	    "resets the connection, so long after the first byte",             \
	    A(RESET_PEER, TIMEOUT, timeout, INTEGER, "ms", RANGE_MS, 0,        \
		"how long; 0 at once"))                                        \
	X(SLICER, slicer, 6, ON_STREAM, TOXIPROXY,                             \
	    "cuts data into small pieces",                                     \
	    A(SLICER, AVERAGE_SIZE, average_size, INTEGER, "bytes",            \
		RANGE_POSITIVE, 0, "how long a piece is about; it is needed"), \
	    A(SLICER, SIZE_VARIATION, size_variation, INTEGER, "bytes",        \
		RANGE_ANY, 0, "up to so much more or less, at random"),        \
	    A(SLICER, DELAY, delay, INTEGER, "us", RANGE_US, 0,                \
		"the pause behind each piece"))                                \
	X(LIMIT_DATA, limit_data, 7, ON_STREAM, TOXIPROXY,                     \
	    "closes after so many bytes",                                      \
	    A(LIMIT_DATA, BYTES, bytes, INTEGER, "bytes", RANGE_COUNT, 0,      \
		"how many go through"))                                        \
	X(NOOP, noop, 8, ON_STREAM, TOXIPROXY, "nothing")                      \
	X(CRASH, crash, 9, ON_STREAM, DEBUG, "ends its own worker")            \
	X(SPIN, spin, 10, ON_STREAM, DEBUG,                                    \
	    "keeps its own worker busy for ever")                              \
	X(LEAK, leak, 11, ON_STREAM, DEBUG,                                    \
	    "takes all the memory that its own worker may have")               \
	X(PACKET_LOSS, packet_loss, 12, ON_STREAM, TOXIPROXY,                  \
	    "drops data at random",                                            \
	    A(PACKET_LOSS, LOSS_RATE, loss_rate, FRACTION, "", RARE_SHARE, 0,  \
		"the share of chunks that is dropped"),                        \
	    A(PACKET_LOSS, CORRELATION, correlation, FRACTION, "",             \
		RANGE_SHARE, 0,                                                \
		"so much likelier behind one that was dropped"))               \
	X(CARRY, carry, 13, ON_STREAM, DEBUG,                                  \
	    "nothing: it has a value of each kind, and says them in the log",  \
	    A(CARRY, NUMBER, number, INTEGER, "", RANGE_ANY,                   \
		INT64_C(9007199254740993), "an integer that is no double"),    \
	    A(CARRY, SHARE, share, FRACTION, "", RANGE_SHARE, 0.1,             \
		"a fraction"),                                                 \
	    A(CARRY, WAY, way, ENUM, "",                                       \
		ENUM_OF("fin", "reset", "hang",                                \
		    "a_word_that_is_longer_than_all_others"),                  \
		3, "one of some words"),                                       \
	    A(CARRY, NOTE, note, TEXT, "", TEXT_OF(100), "none, \"\\\" yet",   \
		"a text"),                                                     \
	    A(CARRY, CODES, codes, INTEGERS, "", LIST_OF_CODES, NONE,          \
		"a list of integers"),                                         \
	    A(CARRY, HOSTS, hosts, TEXTS, "", TEXT_LIST(8, 20), NONE,          \
		"a list of texts"),                                            \
	    A(CARRY, RATE, rate, TEXT, "", TEXT_OF(12), "",                    \
		"a text, though elsewhere it is a number"))                    \
	X(CORRUPT, corrupt, 14, ON_STREAM, TOXID, "flips bits at random",      \
	    A(CORRUPT, RATE, rate, FRACTION, "", EXACT_RARE, 0,                \
		"the share of bits that is flipped"))                          \
	X(TRUNCATE, truncate, 15, ON_STREAM, TOXID,                            \
	    "ends its direction after so many bytes, and drops the rest",      \
	    A(TRUNCATE, BYTES, bytes, INTEGER, "bytes", AT_LEAST_0, 0,         \
		"how many go through; 0 ends it at once"))                     \
	X(CLOSE, close, 16, ON_STREAM, TOXID,                                  \
	    "ends the connection after so long, or after so many bytes",       \
	    A(CLOSE, AFTER_MS, after_ms, INTEGER, "ms", TIME_MS, 0,            \
		"how long; 0: not by time"),                                   \
	    A(CLOSE, AFTER_BYTES, after_bytes, INTEGER, "bytes", AT_LEAST_0,   \
		0, "how many go through; 0: not by bytes"),                    \
	    A(CLOSE, MODE, mode, ENUM, "", ENUM_OF("fin", "reset", "hang"), 0, \
		"how: closes both sides, resets them, or holds all back"))     \
	X(TCP_LOSS, tcp_loss, 17, ON_STREAM, TOXID,                            \
	    "loses segments of the network, which TCP sends again",            \
	    A(TCP_LOSS, LOSS, loss, FRACTION, "", EXACT_RARE, 0,               \
		"the share that is lost, each by itself"),                     \
	    A(TCP_LOSS, P, p, FRACTION, "", EXACT_RARE, 0,                     \
		"in bursts: behind such a share of all segments one begins"),  \
	    A(TCP_LOSS, R, r, FRACTION, "", EXACT_SHARE, 1,                    \
		"behind such a share of those in one it ends"),                \
	    A(TCP_LOSS, H, h, FRACTION, "", EXACT_SHARE, 0,                    \
		"the share that comes through in one"),                        \
	    A(TCP_LOSS, K, k, FRACTION, "", EXACT_SHARE, 1,                    \
		"the share that comes through outside of one"))                \
	X(UNPLUG, unplug, 18, ON_STREAM, TOXID,                                \
	    "pulls the cable: nothing comes or goes, and nobody is told")

#define OURS .is_own = 1

/*
 * What an integer may be, and what it means.  Nearly every value is accepted.
 * What it means ends where the original's arithmetic does: a time where it
 * would not fit in ns, a rate where a tenth of a second's worth would not fit
 * in bytes.
 */
#define INTEGERS(min, least, most)                   \
	{                                            \
		.integer = {(min), (least), (most) } \
	}
#define RANGE_MS INTEGERS(INT64_MIN, 0, INT64_MAX / 1000000)
#define TIME_MS INTEGERS(0, 0, INT64_MAX / 1000000)
#define RANGE_US INTEGERS(INT64_MIN, 0, INT64_MAX / 1000 / 2)
#define RANGE_RATE INTEGERS(0, 0, INT64_MAX / 100)
#define RANGE_POSITIVE INTEGERS(1, 1, INT64_MAX)
#define RANGE_COUNT INTEGERS(INT64_MIN, 0, INT64_MAX)
#define AT_LEAST_0 INTEGERS(0, 0, INT64_MAX)
#define UP_TO_TB INTEGERS(0, 0, INT64_C(1000000000000))
#define RANGE_ANY INTEGERS(INT64_MIN, INT64_MIN, INT64_MAX)

/* Up to so many, each of such a range. */
#define INTEGER_LIST(n, min, least, most)                  \
	{                                                  \
		.integers = {(min), (least), (most), (n) } \
	}

#define LIST_OF_CODES INTEGER_LIST(16, 0, 100, 599)

/* Bytes of UTF-8. */
#define TEXT_OF(size)             \
	{                         \
		.text = {(size) } \
	}
#define TEXT_LIST(n, size)              \
	{                               \
		.texts = {(size), (n) } \
	}

/*
 * A fraction is refused only where it is said to be exact.  Of one that is rare
 * people try small ones: a slider has a place for each power of ten.
 */
#define FRACTIONS(least, most, is_exact, is_rare)                     \
	{                                                             \
		.fraction = {(least), (most), (is_exact), (is_rare) } \
	}
#define RANGE_SHARE FRACTIONS(0, 1, 0, 0)
#define EXACT_SHARE FRACTIONS(0, 1, 1, 0)
#define RARE_SHARE FRACTIONS(0, 1, 0, 1)
#define EXACT_RARE FRACTIONS(0, 1, 1, 1)

/* An enum is one of these words; its default is a number, from 0 on. */
#define ENUM_OF(...)                           \
	{                                      \
		.words = (const char *const[]) \
		{                              \
			__VA_ARGS__, NULL      \
		}                              \
	}

#endif
