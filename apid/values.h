/* SPDX-License-Identifier: ISC */
#ifndef VALUES_H
#define VALUES_H

#include "apid.h"

/*
 * Values of a body: each is taken out of its object and checked.  Those that
 * return int return 0, or -1 and the failure is set, with where it stands.
 */

/* Where a value stands: "toxics[0].attributes.latency" */
struct path {
	char text[128];
};
struct path path_of(const char *before, const char *key);
struct path path_nth(const char *before, size_t i);

/* An object whose members are wanted, where it stands, and for complaints. */
struct object {
	json_t *json;
	const char *path;
	struct failure *f;
};

/* The members that an object may have, in any case. */
struct keys {
	const char *const *names;
	size_t n;
};

int keys_have(const struct keys *, const char *key);
/* The one that key was meant for; NULL: none is near. */
const char *keys_meant(const struct keys *, const char *key);
/* A member that is none of them, and not null; what: "connect has no member" */
int refuse_unknown(
    const struct object *, const struct keys *, const char *what);

/* NULL if it is not there, or null. */
json_t *member(json_t *object, const char *name);
/* "a string", of what JSON knows */
const char *type_name(const json_t *);
int mismatch(const char *path, const char *expected, const json_t *got,
    struct failure *);
/* 400 "invalid NAME: why", of what stands there; -1 */
int invalid(
    const char *path, const char *name, const char *why, struct failure *);
int too_large(const char *path, struct failure *);
int expect_object(json_t *, const char *path, struct failure *);

/* *given: it is there; else the value stays as it is. */
int get_text(
    const struct object *, const char *key, char *text, size_t max, int *given);
int get_endpoint(
    const struct object *, const char *key, struct endpoint *, int *given);
int get_boolean(
    const struct object *, const char *key, uint8_t *value, int *given);
/* "ttl", as it is asked for: see lease.h.  0 ms is LEASE_FOR_GOOD. */
int get_ttl(const struct object *, int64_t *lease, int *given);
/* What has to be there is not; where: "" or " at proxy 2".  -1 */
int missing(const char *field, const char *where, struct failure *);
int get_integer(json_t *, const char *path, int64_t *value, struct failure *);

#endif
