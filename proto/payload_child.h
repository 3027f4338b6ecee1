/* SPDX-License-Identifier: ISC */
#ifndef PAYLOAD_CHILD_H
#define PAYLOAD_CHILD_H

#include <stdint.h>

/* What every child is told, and says; a line of its log is in log.h. */

struct nothing {
	uint32_t unused; /* 0 */
};

enum setup_flag {
	SETUP_HAS_OWN_IDS = 0x1,   /* it has been started with them */
	SETUP_CHANGES_ROOT = 0x20, /* to descriptor 4 */
	SETUP_PROXY_METRICS = 0x2, /* apid */
	SETUP_RUNTIME_METRICS = 0x4,
	SETUP_DEBUG_TOXICS = 0x8,
	SETUP_DURABLE =
	    0x10,         /* stored: what is committed survives power loss */
	SETUP_TLS = 0x40, /* apid: it may have to speak that */
	SETUP_HAS_API_SOCKET = 0x80, /* apid: the file may want it */
};
#define SETUP_FLAGS_ALL 0xff

struct setup {
	uint32_t version;
	int32_t log_level;
	uint32_t flags;
	uint32_t uid;              /* its uid and gid, with SETUP_HAS_OWN_IDS */
	uint64_t memory_max;       /* bytes of address space; 0: no limit */
	uint64_t session_held_max; /* relayd: bytes held per direction */
	uint64_t worker_held_max;  /* relayd: bytes held in all */
	uint64_t random_seed;      /* relayd: -seed */
	uint64_t proxies_max;      /* apid: how many there may be */
	uint64_t started;          /* when toxid was, s since the epoch */
	uint32_t api_port;         /* apid: as it was asked for; or 0 */
	uint32_t reserved;
};

/* Which locks hold; see lockdown.h. */
struct ready {
	uint32_t version;
	uint32_t locks;
};

struct vitals {
	uint64_t cpu_us;
	uint64_t resident_max; /* bytes, the highest so far */
};

#endif
