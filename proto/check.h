/* SPDX-License-Identifier: ISC */
#ifndef CHECK_H
#define CHECK_H

#include <string.h>

#include "endpoint.h"
#include "log.h"
#include "proxy_key.h"
#include "proxy_spec.h"
#include "toxic_spec.h"
#include "utf8.h"

/*
 * Is it what an honest process can have written?  For what stands inside of
 * payloads; msg_check() asks for the whole of one.
 */

/* A char array is a text when it has an end. */
#define is_text(a) (memchr((a), '\0', sizeof(a)) != NULL)

/*
 * What a child has of somebody else, it has as UTF-8, or has refused it; and
 * what is not used of the array is 0.
 */
#define is_utf8(a) (is_text(a) && utf8_is_text(a) && is_padded((a), sizeof(a)))

/* Only zeros behind the end of a text? */
int is_padded(const char *text, size_t size);

/* A name may be missing: that is for whoever needs one. */
int check_proxy_key(const struct proxy_key *);

/* Every text ends, every enum is known: of one that ctld wrote. */
int check_endpoint_form(const struct endpoint *);

/*
 * ... and its text, host, service and address say the same: what is shown is
 * what is dialled.  Nothing is split for it: see endpoint_agrees().
 */
int check_endpoint(const struct endpoint *);

/* May that have been bound?  An address is known, but for the number of its
 * zone. */
int check_bound(const struct endpoint *);

/* One that is to be: it has a name, and its endpoints are sound. */
int check_proxy_spec(const struct proxy_spec *);

/* Values in range, and 0 where its kind has none. */
int check_toxic(const struct toxic_spec *);

int check_log_record(const struct log_record *);

#endif
