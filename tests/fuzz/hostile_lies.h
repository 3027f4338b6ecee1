/* SPDX-License-Identifier: ISC */
#ifndef HOSTILE_LIES_H
#define HOSTILE_LIES_H

/*
 * Lies: each is a message as an honest child says it, but for one thing.  What
 * they are made of, and how they are counted, is in hostile_lies.c.
 */

#include <math.h>
#include <string.h>

#include "hostile.h"
#include "toxic_tail.h"

/* Is it this one's turn?  The text says which it is. */
int lie_is_next(const char *text);
int lie_is_to_come(void); /* behind those that have been asked for */
/* As what is to be said next: as apid request 1, as stored without an id. */
void lie(enum msg_type, const void *payload);
void tell(enum msg_type, uint32_t id, const void *payload);
/* The lies of all types that there are, and of some that there are not. */
void lies_about_types(void);

struct endpoint endpoint(const char *text);
struct toxic_spec a_toxic(void);
struct proxy_create a_proxy(void);
struct scenario_spec a_scenario(void);

/* hostile_desired.c: an apid, of documents */
void lies_about_desired(void);

/* hostile_rows.c: a stored, at its load and when it is told the truth */

void rows_begin_load(void);
void rows_at_load(void);
void rows_begin_sync(void);
void rows_at_sync(void);

#define LIE(type, make, statement)                        \
	do {                                              \
		__typeof__(make) p = make;                \
		if (lie_is_next(#type ": " #statement)) { \
			statement;                        \
			lie(MSG_##type, &p);              \
		}                                         \
	} while (0)

#define DO(statement)                          \
	do {                                   \
		if (lie_is_next(#statement)) { \
			statement;             \
		}                              \
	} while (0)

/* Of a name in a field: not UTF-8, not there, without an end, more behind it */
#define NAMES(type, make, field)                                        \
	do {                                                            \
		LIE(type, make, strcpy(p.field, "\xff"));               \
		LIE(type, make, strcpy(p.field, "\xed\xa0\x80"));       \
		LIE(type, make, strcpy(p.field, "\xc0\x80"));           \
		LIE(type, make, p.field[0] = '\0');                     \
		LIE(type, make, memset(p.field, 'x', sizeof(p.field))); \
		LIE(type, make, p.field[sizeof(p.field) - 1] = 'x');    \
		LIE(type, make,                                         \
		    memcpy(p.field, "kept\0t", sizeof("kept\0t")));     \
	} while (0)

/* Of the name of a tenant: there is none but the one without a name. */
#define TENANTS(type, make, field)                                      \
	do {                                                            \
		LIE(type, make, strcpy(p.field, "a/b"));                \
		LIE(type, make, strcpy(p.field, ".."));                 \
		LIE(type, make, strcpy(p.field, "\xff"));               \
		LIE(type, make, memset(p.field, 'x', sizeof(p.field))); \
		LIE(type, make, p.field[sizeof(p.field) - 1] = 'x');    \
	} while (0)

#define ENDPOINTS(type, make, e)                                               \
	do {                                                                   \
		LIE(type, make, p.e.address.ip[3] = 2);                        \
		LIE(type, make, p.e.address.ip[4] = 1);                        \
		LIE(type, make, p.e.address.port++);                           \
		LIE(type, make, p.e.address.family = 6);                       \
		LIE(type, make, p.e.address.family = 7);                       \
		LIE(type, make, p.e.address.scope = 1);                        \
		LIE(type, make, p.e.address.reserved = 1);                     \
		LIE(type, make, strcpy(p.e.address.zone, "lo"));               \
		LIE(type, make, p.e.literal = 0);                              \
		LIE(type, make, p.e.literal = 2);                              \
		LIE(type, make, strcpy(p.e.host, "127.0.0.2"));                \
		LIE(type, make, strcpy(p.e.host, "localhost"));                \
		LIE(type, make, strcpy(p.e.service, "81"));                    \
		LIE(type, make, strcpy(p.e.text, "127.0.0.2:0"));              \
		LIE(type, make, strcpy(p.e.text, "localhost:0"));              \
		LIE(type, make, p.e.error = ENDPOINT_NO_SUCH_HOST);            \
		LIE(type, make, p.e.error = ENDPOINT_ERROR_MAX);               \
		LIE(type, make, memset(p.e.text, 'x', sizeof(p.e.text)));      \
		LIE(type, make, memset(p.e.host, 'x', sizeof(p.e.host)));      \
		LIE(type, make, p.e.host[sizeof(p.e.host) - 2] = 'x');         \
		LIE(type, make, p.e.text[sizeof(p.e.text) - 2] = 'x');         \
		LIE(type, make, p.e = endpoint("[::1]:0");                     \
		    p.e.address.ip[0]++);                                      \
		LIE(type, make, p.e = endpoint("[::ffff:1.2.3.4]:0");          \
		    p.e.address.ip[15]++);                                     \
		LIE(type, make, p.e = endpoint("[fe80::1]:0");                 \
		    strcpy(p.e.text, "[FE80::1]:0");                           \
		    strcpy(p.e.host, "FE80::1"));                              \
		LIE(type, make, p.e = endpoint("[fe80::1]:0");                 \
		    strcpy(p.e.text, "[fe80::1%lo]:0");                        \
		    strcpy(p.e.host, "fe80::1%lo");                            \
		    strcpy(p.e.address.zone, "lo"); p.e.address.scope = 77);   \
		LIE(type, make, p.e = endpoint("[fe80::1]:0");                 \
		    strcpy(p.e.text, "[fe80::1%77]:0");                        \
		    strcpy(p.e.host, "fe80::1%77"); p.e.address.scope = 77);   \
		LIE(type, make, p.e = endpoint("db:1");                        \
		    strcpy(p.e.host, "evil"));                                 \
		LIE(type, make, p.e = endpoint("db:1");                        \
		    strcpy(p.e.text, "d\xff:1"); strcpy(p.e.host, "d\xff"));   \
		LIE(type, make, p.e = endpoint("db"); strcpy(p.e.host, "db")); \
	} while (0)

#define TOXICS_OF(type, make, t)                                              \
	do {                                                                  \
		NAMES(type, make, t.name);                                    \
		LIE(type, make, p.t.kind = TOXIC_NONE);                       \
		LIE(type, make, p.t.kind = TOXIC_KIND_MAX);                   \
		LIE(type, make, p.t.kind = 255);                              \
		LIE(type, make, p.t.stream = STREAM_MAX);                     \
		LIE(type, make, p.t.toxicity = NAN);                          \
		LIE(type, make, p.t.toxicity = INFINITY);                     \
		LIE(type, make, p.t.toxicity = -INFINITY);                    \
		LIE(type, make, p.t.values[CARRY_SHARE].fraction = NAN);      \
		LIE(type, make, p.t.values[CARRY_SHARE].fraction = INFINITY); \
		LIE(type, make, p.t.values[CARRY_WAY].integer = 99);          \
		LIE(type, make, p.t.values[CARRY_WAY].integer = -1);          \
		LIE(type, make, p.t.values[CARRY_NATTRIBUTES].integer = 1);   \
		LIE(type, make, p.t.values[CARRY_NOTE].bytes++);              \
		LIE(type, make, p.t.values[CARRY_CODES].bytes--);             \
		LIE(type, make, p.t.values[CARRY_HOSTS].bytes = UINT64_MAX);  \
		LIE(type, make, p.t.ntail++);                                 \
		LIE(type, make, p.t.ntail--);                                 \
		LIE(type, make, p.t.ntail = (uint16_t)(p.t.ntail + 28));      \
		LIE(type, make, p.t.tail[p.t.ntail + 16] = 1;                 \
		    p.t.ntail = (uint16_t)(p.t.ntail + 28)); /* offset */     \
		LIE(type, make, p.t.tail[p.t.ntail + 8] = 1;                  \
		    p.t.tail[p.t.ntail + 28] = 33; /* bits of IPv4 */         \
		    p.t.ntail = (uint16_t)(p.t.ntail + 33));                  \
		LIE(type, make, p.t.ntail = UINT16_MAX);                      \
		LIE(type, make, p.t.nowner = 3);                              \
		LIE(type, make, p.t.nowner = 255);                            \
		LIE(type, make, p.t.reserved[0] = 1);                         \
		LIE(type, make, p.t.tail[0] = 0xff);                          \
		LIE(type, make, p.t.tail[1] = '\0');                          \
		LIE(type, make, p.t.tail[p.t.ntail - 1] = 'x');               \
		LIE(type, make, memset(&p.t.tail[5], 0xff, 8));               \
		LIE(type, make, memset(&p.t, 0, sizeof(p.t));                 \
		    p.t.name[0] = 't'; p.t.kind = TOXIC_BANDWIDTH;            \
		    p.t.values[BANDWIDTH_RATE].integer = -1);                 \
		LIE(type, make, memset(&p.t, 0, sizeof(p.t));                 \
		    p.t.name[0] = 't'; p.t.kind = TOXIC_SLICER);              \
	} while (0)

#endif
