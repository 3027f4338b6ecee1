/* SPDX-License-Identifier: ISC */
/* Whose a toxic is, at the beginning of its tail: see toxic_owner.h. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agreed.h"
#include "toxic_owner.h"

static const char *const kinds[] = { [OWNER_NONE] = "",
#define X(tag, name) [OWNER_##tag] = (name),
	OWNER_KINDS(X)
#undef X
};
#define NKINDS (sizeof(kinds) / sizeof(kinds[0]))

#define DIGITS "0123456789"

static size_t
name_length(const char *name)
{
	return strspn(name,
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz" DIGITS
	    "_-.");
}

int
owner_name_is_good(const char *name)
{
	const size_t len = strlen(name);

	return len > 0 && len <= OWNER_NAME_MAX && name_length(name) == len;
}

/* Of "flaky:2"; -1: it is nothing of the kind. */
static int
step_of(const char *name)
{
	const size_t len = name_length(name);
	const char *digits = name + len + 1;
	int step;

	if (len == 0 || len > OWNER_NAME_MAX || name[len] != ':' ||
	    strlen(digits) > 3 || strspn(digits, DIGITS) != strlen(digits) ||
	    *digits == '\0' || (*digits == '0' && digits[1] != '\0'))
		return -1;
	step = (int)strtol(digits, NULL, 10);
	return step < SCENARIO_STEPS_MAX ? step : -1;
}

static int
has_good_name(enum owner_kind kind, const char *name)
{
	return kind == OWNER_SCENARIO ? step_of(name) != -1
				      : owner_name_is_good(name);
}

enum owner_kind
owner_kind_of(const char *owner)
{
	const char *colon = strchr(owner, ':');
	size_t i, len;

	if (colon == NULL)
		return OWNER_NONE;
	len = (size_t)(colon - owner);
	for (i = 1; i < NKINDS; i++) {
		if (strlen(kinds[i]) == len &&
		    memcmp(kinds[i], owner, len) == 0 &&
		    has_good_name((enum owner_kind)i, colon + 1))
			return (enum owner_kind)i;
	}
	return OWNER_NONE;
}

void
owner_text(
    enum owner_kind kind, const char *name, char text[TOXIC_OWNER_MAX + 1])
{
	snprintf(text, TOXIC_OWNER_MAX + 1, "%s:%s", kinds[kind], name);
}

void
owner_step_text(
    const char *scenario, uint32_t step, char text[TOXIC_OWNER_MAX + 1])
{
	snprintf(text, TOXIC_OWNER_MAX + 1, "%s:%s:%u", kinds[OWNER_SCENARIO],
	    scenario, step);
}

const char *
toxic_owner(const struct toxic_spec *spec)
{
	return spec->nowner > 0 ? (const char *)spec->tail : "";
}

const char *
toxic_owner_name(const struct toxic_spec *spec)
{
	return strchr(toxic_owner(spec), ':') + 1;
}

enum owner_kind
toxic_owner_kind(const struct toxic_spec *spec)
{
	return owner_kind_of(toxic_owner(spec));
}

int
toxic_owner_step(const struct toxic_spec *spec, const char *scenario)
{
	const size_t len = strlen(scenario);
	const char *name;

	if (toxic_owner_kind(spec) != OWNER_SCENARIO)
		return -1;
	name = toxic_owner_name(spec);
	return strncmp(name, scenario, len) == 0 && name[len] == ':'
	    ? step_of(name)
	    : -1;
}

int
toxic_owner_set(struct toxic_spec *spec, const char *owner)
{
	const size_t size = *owner != '\0' ? strlen(owner) + 1 : 0;
	const size_t behind = (size_t)(spec->ntail - spec->nowner);

	if (size > 0 && owner_kind_of(owner) == OWNER_NONE)
		return -1;
	memmove(spec->tail + size, spec->tail + spec->nowner, behind);
	memcpy(spec->tail, owner, size);
	spec->nowner = (uint8_t)size;
	spec->ntail = (uint16_t)(size + behind);
	memset(spec->tail + spec->ntail, 0, sizeof(spec->tail) - spec->ntail);
	return 0;
}

int
toxic_owner_is_sound(const struct toxic_spec *spec)
{
	const char *owner = (const char *)spec->tail;
	const size_t n = spec->nowner;

	return n == 0 ||
	    (n <= spec->ntail && memchr(owner, '\0', n) == owner + n - 1 &&
		owner_kind_of(owner) != OWNER_NONE);
}
