/* SPDX-License-Identifier: ISC */
#ifndef TOXIC_OWNER_H
#define TOXIC_OWNER_H

#include "toxic_spec.h"

/*
 * Who made a toxic for somebody, and takes it away with others: "profile:3g".
 * A kind of owner, a colon, and its name, of letters, digits, '_', '-' and '.';
 * most toxics have none.  Behind a scenario's name stands of which of its steps
 * it is, from 0 on: "scenario:flaky:2".  It is the beginning of a spec's tail.
 */
#define OWNER_NAME_MAX 63
#define OWNER_KINDS(X) X(PROFILE, "profile") X(SCENARIO, "scenario")

enum owner_kind {
	OWNER_NONE,
#define X(tag, name) OWNER_##tag,
	OWNER_KINDS(X)
#undef X
};

#define TOXIC_OWNER_MAX (sizeof("scenario::255") - 1 + OWNER_NAME_MAX)

/* "" where it has none; good as long as the spec is, unchanged. */
const char *toxic_owner(const struct toxic_spec *);

/* "3g"; of one that is a profile's. */
const char *toxic_owner_name(const struct toxic_spec *);

/* Of a toxic: OWNER_NONE, too, where it is nobody's. */
enum owner_kind toxic_owner_kind(const struct toxic_spec *);

/* Into a spec with room for a whole tail; "": none.  0, or -1: it is no owner.
 */
int toxic_owner_set(struct toxic_spec *, const char *owner);

/* Of what kind the owner is that is written so; OWNER_NONE: it is none. */
enum owner_kind owner_kind_of(const char *owner);

/* May something be called so, that owns toxics? */
int owner_name_is_good(const char *name);

/* "profile:3g" */
void owner_text(
    enum owner_kind, const char *name, char text[TOXIC_OWNER_MAX + 1]);

/* "scenario:flaky:2" */
void owner_step_text(
    const char *scenario, uint32_t step, char text[TOXIC_OWNER_MAX + 1]);

/* Of which step of the scenario of that name it is; -1: it is none of its. */
int toxic_owner_step(const struct toxic_spec *, const char *scenario);

/* Is the beginning of the tail as .nowner says?  Of a spec whose ntail is. */
int toxic_owner_is_sound(const struct toxic_spec *);

#endif
