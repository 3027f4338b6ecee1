/* SPDX-License-Identifier: ISC */
#ifndef PAYLOAD_REQUEST_H
#define PAYLOAD_REQUEST_H

#include <stdint.h>

#include "connect_spec.h"
#include "endpoint.h"
#include "proxy_spec.h"
#include "session_id.h"
#include "toxic_owner.h"
#include "toxic_spec.h"

/* What apid asks of ctld; and parts of it, which others are told. */

struct proxy_create {
	struct proxy_spec spec;
	struct session_id session; /* that it is of; or none */
	uint32_t ntoxics; /* so many PROXY_CREATE_TOXIC follow, same id */
	uint32_t reserved;
};

/* Absent members keep their value. */
struct proxy_update {
	int64_t lease; /* see lease.h */
	struct connect_spec connect;
	struct proxy_key key;
	uint8_t has_listen, has_upstream, has_enabled;
	uint8_t enabled;
	struct endpoint listen;
	struct endpoint upstream;
	uint8_t has_lease, has_connect;
	uint8_t reserved[2];
};

struct toxic_create {
	struct proxy_key proxy;
	struct session_id session; /* that it is of; or none */
	struct toxic_spec spec;
};

/*
 * All that an earlier profile has made of the proxy goes, and this one's toxics
 * come, each with its owner.
 */
struct proxy_profile {
	struct proxy_key proxy;
	struct session_id session; /* that they are of; or none */
	uint32_t ntoxics; /* so many PROXY_CREATE_TOXIC follow, same id */
	char name[OWNER_NAME_MAX + 1]; /* "", without toxics: none comes */
	uint8_t reserved[4];
};

struct toxic_update {
	struct proxy_key proxy;
	uint8_t has_toxicity;
	uint8_t values_given; /* bit i: spec.values[i] is */
	uint8_t has_lease;
	uint8_t has_select; /* as a whole, or there is none any more */
	uint8_t has_waves;  /* likewise */
	uint8_t reserved[3];
	struct toxic_spec spec; /* kind and name are those of the toxic */
};

struct toxic_name {
	struct proxy_key proxy; /* empty where it goes without saying */
	char name[TOXIC_NAME_MAX + 1];
};

/* From now on it is for so long. */
struct lease_renewal {
	struct toxic_name of; /* no name: the proxy itself */
	int64_t lease;        /* see lease.h */
};

/* Somebody waits for what it counts, or nobody does any more. */
struct proxy_watch {
	struct proxy_key proxy;
	uint8_t is_watched;
};

#endif
