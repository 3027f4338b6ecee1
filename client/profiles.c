/* SPDX-License-Identifier: ISC */
/*
 * Networks by name, out of JSON that somebody else wrote.  A result keeps that
 * JSON, and its text points into it.
 */

#include <stdlib.h>

#include "decode.h"
#include "failure.h"
#include "missing.h"
#include "profiles.h"

/* What one has beside what it shows. */
struct parts {
	struct toxi_toxics *toxics;
	const char **missing;
};

struct profile_result {
	struct toxi_profile
	    profile; /* the first member: freed by its address */
	struct parts parts;
	json_t *kept;
};

struct profiles_result {
	struct toxi_profiles profiles; /* likewise */
	struct toxi_profile *list;     /* the same, as ours */
	struct parts *parts;           /* of each */
	json_t *kept;
};

static void
free_parts(struct parts *parts)
{
	toxi_toxics_free(parts->toxics);
	free(parts->missing);
}

static int
fill(struct toxi_profile *p, struct parts *parts, const json_t *json,
    struct toxi_error *err)
{
	json_t *toxics = json_object_get(json, "toxics");

	p->name = decode_text(json, "name");
	p->description = decode_text(json, "description");
	p->source = decode_text(json, "source");
	p->loss_percent =
	    json_number_value(json_object_get(json, "loss_percent"));
	if (p->name == NULL || !json_is_array(toxics))
		return fail(err, TOXI_ERR_PROTOCOL,
		    "the answer has a profile without a name or toxics");
	if ((parts->toxics = decode_toxics(toxics, err)) == NULL)
		return -1;
	p->toxics = *parts->toxics;
	if (missing_decode(&parts->missing, &p->n_missing,
		json_object_get(json, "missing"), err) == -1)
		return -1;
	p->missing = parts->missing;
	return 0;
}

void
profile_free(struct toxi_profile *profile)
{
	struct profile_result *r = (struct profile_result *)profile;

	if (r == NULL)
		return;
	free_parts(&r->parts);
	json_decref(r->kept);
	free(r);
}

struct toxi_profile *
profile_decode(json_t *json, struct toxi_error *err)
{
	struct profile_result *r = calloc(1, sizeof(*r));

	if (r == NULL) {
		fail_nomem(err);
		return NULL;
	}
	r->kept = json_incref(json);
	if (fill(&r->profile, &r->parts, json, err) == 0)
		return &r->profile;
	profile_free(&r->profile);
	return NULL;
}

void
profiles_free(struct toxi_profiles *profiles)
{
	struct profiles_result *r = (struct profiles_result *)profiles;
	size_t i;

	if (r == NULL)
		return;
	for (i = 0; i < profiles->n; i++)
		free_parts(&r->parts[i]);
	free(r->parts);
	free(r->list);
	json_decref(r->kept);
	free(r);
}

static int
fill_all(struct profiles_result *r, const json_t *json, struct toxi_error *err)
{
	size_t i, n = json_array_size(json);

	if (!json_is_array(json))
		return fail(err, TOXI_ERR_PROTOCOL,
		    "the answer does not say which profiles there are");
	r->list = calloc(n + 1, sizeof(*r->list));
	r->parts = calloc(n + 1, sizeof(*r->parts));
	if (r->list == NULL || r->parts == NULL)
		return fail_nomem(err);
	r->profiles.list = r->list;
	r->profiles.n = n;
	for (i = 0; i < n; i++) {
		if (fill(&r->list[i], &r->parts[i], json_array_get(json, i),
			err) == -1)
			return -1;
	}
	return 0;
}

struct toxi_profiles *
profiles_decode(json_t *json, struct toxi_error *err)
{
	struct profiles_result *r = calloc(1, sizeof(*r));

	if (r == NULL) {
		fail_nomem(err);
		return NULL;
	}
	r->kept = json_incref(json);
	if (fill_all(r, json, err) == 0)
		return &r->profiles;
	profiles_free(&r->profiles);
	return NULL;
}
