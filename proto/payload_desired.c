/* SPDX-License-Identifier: ISC */
/* See payload_desired.h. */

#include <string.h>

#include "check.h"
#include "payload_check.h"

int
source_name_is_good(const char *name)
{
	static const char good[] = "abcdefghijklmnopqrstuvwxyz"
				   "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				   "0123456789._-";
	const size_t n = strlen(name);

	return n > 0 && n <= SOURCE_NAME_MAX && strspn(name, good) == n;
}

uint64_t
source_text_part(
    struct source_text *part, const char *text, uint64_t size, uint64_t at)
{
	const uint64_t left = size - at;

	memset(part, 0, sizeof(*part));
	part->n = (uint32_t)(left < SOURCE_PART_MAX ? left : SOURCE_PART_MAX);
	memcpy(part->bytes, text + at, part->n);
	return at + part->n;
}

static int
is_tenant(const struct proxy_key *of)
{
	return check_proxy_key(of) && of->name[0] == '\0';
}

static int
is_size(uint64_t size)
{
	return size <= SOURCE_TEXT_MAX;
}

int
source_state_ok(const struct source_state *p)
{
	return is_tenant(&p->of) && p->applied_at >= 0 && is_size(p->size) &&
	    p->id > SOURCE_CONFIG && p->nscenarios <= POPULATE_MAX &&
	    is_utf8(p->name) && source_name_is_good(p->name) &&
	    is_utf8(p->generation);
}

int
source_ref_ok(const struct source_ref *p)
{
	return p->id > SOURCE_CONFIG;
}

/* Its bytes are apid's word, which reads them again itself. */
int
source_text_ok(const struct source_text *p)
{
	uint32_t i;

	if (p->n == 0 || p->n > sizeof(p->bytes))
		return 0;
	for (i = 0; i < p->n; i++) {
		if (p->bytes[i] == '\0')
			return 0;
	}
	for (; i < sizeof(p->bytes); i++) {
		if (p->bytes[i] != '\0')
			return 0;
	}
	return 1;
}

int
source_scenario_ok(const struct source_scenario *p)
{
	return check_proxy_key(&p->proxy) && p->proxy.name[0] != '\0' &&
	    p->source > SOURCE_CONFIG && p->reserved == 0 && is_utf8(p->name) &&
	    owner_name_is_good(p->name);
}

/* One that goes wants nothing, and nobody's generation is none. */
static int
wants_are_sound(const struct desired_put *p)
{
	if (p->is_removal)
		return p->size == 0 && p->nproxies == 0 && p->nscenarios == 0 &&
		    p->generation[0] == '\0';
	return p->size > 0 && p->generation[0] != '\0';
}

int
desired_put_ok(const struct desired_put *p)
{
	static const uint8_t nothing[sizeof(p->reserved)];

	return is_tenant(&p->of) && is_size(p->size) &&
	    p->nproxies <= POPULATE_MAX && p->nscenarios <= POPULATE_MAX &&
	    p->has_believed <= 1 && p->is_forced <= 1 && p->is_removal <= 1 &&
	    memcmp(p->reserved, nothing, sizeof(nothing)) == 0 &&
	    is_utf8(p->source) && source_name_is_good(p->source) &&
	    is_utf8(p->generation) && is_utf8(p->believed) &&
	    wants_are_sound(p);
}

int
desired_show_ok(const struct desired_show *p)
{
	static const uint8_t nothing[sizeof(p->reserved)];

	return is_tenant(&p->of) && is_utf8(p->source) &&
	    (p->source[0] == '\0' || source_name_is_good(p->source)) &&
	    p->is_of_all <= 1 &&
	    (!p->is_of_all ||
		(p->source[0] == '\0' && p->of.tenant[0] == '\0')) &&
	    memcmp(p->reserved, nothing, sizeof(nothing)) == 0;
}

int
desired_done_ok(const struct desired_done *p)
{
	return p->applied_at >= 0;
}

int
desired_fault_ok(const struct desired_fault *p)
{
	static const uint8_t nothing[sizeof(p->reserved)];

	return p->is_scenario <= 1 && p->field < DESIRED_FIELD_MAX &&
	    memcmp(p->reserved, nothing, sizeof(nothing)) == 0 &&
	    is_utf8(p->source) && is_text(p->why);
}
