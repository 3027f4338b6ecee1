/* SPDX-License-Identifier: ISC */
/*
 * load: both ends of a relay under measurement, in one program.  The parent
 * process is the client, its children are the server (and more clients, where
 * one process has not enough descriptors).
 *
 * A mode is a file of its own.  A process of it that cannot go on calls
 * fail(); what it has opened ends with it.
 */
#ifndef LOAD_H
#define LOAD_H

#include <stddef.h>
#include <stdint.h>

#include "net.h"

/* options.c */
enum direction {
	DIRECTION_DOWN, /* server to client */
	DIRECTION_UP
};

enum option_kind {
	OPTION_COUNT,  /* int64_t */
	OPTION_REAL,   /* double */
	OPTION_SWITCH, /* int */
	OPTION_TEXT,   /* const char * */
	OPTION_DIRECTION,
	OPTION_ENDPOINTS
};

struct option {
	const char *name;
	enum option_kind kind;
	void *value;
	const char *preset; /* NULL: the user has to say, or it is off */
	const char *help;
	double min, max; /* of a count or a real; max 0: none */
};

/* What all modes know, and those that measure for a time. */
struct common {
	struct endpoints listen;
	struct endpoints connect;
	int64_t cpu;        /* -1: anywhere */
	int64_t server_cpu; /* -1: as cpu */
	double seconds;
	double warmup;
};
extern struct common common;

/* What a mode has of the common options. */
enum mode_has {
	HAS_SERVER = 0x1, /* -listen */
	HAS_TIME = 0x2,   /* -seconds, -warmup */
};

struct mode {
	const char *name;
	const char *help;
	unsigned int has;
	const struct option *options; /* these win over common ones */
	size_t noptions;
	void (*run)(void);
};

/* argv starts after the name of the mode. */
void options_parse(const struct mode *, char *argv[]);

/* load.c has the one list of them */
extern const struct mode mode_bulk, mode_messages, mode_rtt, mode_connect,
    mode_idle, mode_delay, mode_rate, mode_http, mode_verify;

#endif
