/* SPDX-License-Identifier: ISC */
#ifndef PAYLOAD_DESIRED_H
#define PAYLOAD_DESIRED_H

#include <stdint.h>

#include "agreed.h"
#include "proxy_key.h"
#include "toxic_owner.h"

/*
 * Desired state.  A source says what it wants to be there, as one document:
 * proxies and scenarios, all of them or none.  It owns them until a later
 * document of its is without.
 */

#define SOURCE_NAME_MAX 63
#define GENERATION_MAX 127

/* Of proxies: nobody's, and the configuration file's, which has no row. */
#define SOURCE_NONE 0
#define SOURCE_CONFIG 1
#define SOURCE_CONFIG_NAME "config"

/* A source, as of its last document; that comes behind it, as texts. */
struct source_state {
	struct proxy_key of; /* its tenant; no name */
	int64_t applied_at;  /* ms since 1970 */
	uint64_t size;       /* of its document: bytes */
	uint32_t id;         /* that no other has had */
	uint32_t nscenarios;
	char name[SOURCE_NAME_MAX + 1];
	char generation[GENERATION_MAX + 1];
};

struct source_ref {
	uint32_t id;
};

/* A part of a document, in its order. */
#define SOURCE_PART_MAX 4084
struct source_text {
	uint32_t n; /* bytes of it, behind which there are zeros */
	char bytes[SOURCE_PART_MAX];
};

/* A scenario of its last document, which may be over. */
struct source_scenario {
	struct proxy_key proxy;
	uint64_t print;
	uint32_t source;
	uint32_t reserved;
	char name[OWNER_NAME_MAX + 1];
};

/*
 * Behind it, with its id, come .size bytes of DESIRED_TEXT, .nproxies
 * DESIRED_PROXY, each with its DESIRED_TOXICs behind it, and .nscenarios
 * DESIRED_SCENARIO, likewise.  Other requests may come between.
 */
struct desired_put {
	struct proxy_key of;
	uint64_t size;
	uint32_t nproxies, nscenarios;
	uint8_t has_believed; /* .believed is to be the one that is applied */
	uint8_t is_forced;    /* ... or not */
	uint8_t is_removal;   /* it wants nothing, and is no more */
	uint8_t reserved[5];
	char source[SOURCE_NAME_MAX + 1];
	char generation[GENERATION_MAX + 1];
	char believed[GENERATION_MAX + 1]; /* "": any */
};

/* A source, with its document; or, without its name, all of a tenant. */
struct desired_show {
	struct proxy_key of;
	char source[SOURCE_NAME_MAX + 1];
	uint8_t is_of_all; /* tenants */
	uint8_t reserved[7];
};

/* How many items were made, and so on. */
struct desired_done {
	int64_t applied_at; /* ms since 1970 */
	uint32_t made, changed, replaced, removed, unchanged;
	uint32_t reserved;
};

/* Which part of an item is at fault. */
enum desired_field {
	DESIRED_WHOLE,
	DESIRED_NAME,
	DESIRED_LISTEN,
	DESIRED_CONNECT,
	DESIRED_TOXICS,
	DESIRED_PROXY_NAME, /* of a scenario */
	DESIRED_STEPS,
	DESIRED_TENANT,
	DESIRED_LEASE,
	DESIRED_FIELD_MAX
};

struct desired_fault {
	uint32_t item;       /* of its kind, from 0; or DESIRED_NO_ITEM */
	uint8_t is_scenario; /* else it is a proxy */
	uint8_t field;       /* enum desired_field */
	uint8_t reserved[2];
	char source[SOURCE_NAME_MAX + 1]; /* that owns what has its name; "" */
	char why[384];
};
#define DESIRED_NO_ITEM UINT32_MAX

/* The part of a document of that size from byte .at on, which is within it;
 * returns where the next begins. */
uint64_t source_text_part(
    struct source_text *, const char *text, uint64_t size, uint64_t at);

/* A name: letters, digits, '.', '_' and '-', at most SOURCE_NAME_MAX. */
int source_name_is_good(const char *);

#endif
