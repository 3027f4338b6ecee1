/* SPDX-License-Identifier: ISC */
/*
 * Whose toxics are off, out of JSON that somebody else wrote.  The result keeps
 * that JSON, and its names point into it.
 */

#include <stdlib.h>

#include "failure.h"
#include "halts.h"

struct halts_result {
	struct toxi_halts halts; /* the first member: freed by its address */
	const char **tenants;    /* the same, as ours */
	json_t *kept;
};

static int
fill(struct halts_result *r, const json_t *json, struct toxi_error *err)
{
	const json_t *halted = json_object_get(json, "halted");
	const json_t *tenants = json_object_get(json, "tenants");
	size_t i, n = json_array_size(tenants);

	if (!json_is_boolean(halted) || !json_is_array(tenants))
		return fail(err, TOXI_ERR_PROTOCOL,
		    "the answer does not say whose toxics are off");
	if ((r->tenants = calloc(n + 1, sizeof(*r->tenants))) == NULL)
		return fail_nomem(err);
	r->halts.halted = json_is_true(halted);
	r->halts.all = json_is_true(json_object_get(json, "all"));
	r->halts.tenants = r->tenants;
	for (i = 0; i < n; i++) {
		r->tenants[i] = json_string_value(json_array_get(tenants, i));
		if (r->tenants[i] == NULL)
			return fail(err, TOXI_ERR_PROTOCOL,
			    "the answer has a tenant without a name");
	}
	r->halts.n = n;
	return 0;
}

void
halts_free(struct toxi_halts *halts)
{
	struct halts_result *r = (struct halts_result *)halts;

	if (r == NULL)
		return;
	json_decref(r->kept);
	free(r->tenants);
	free(r);
}

struct toxi_halts *
halts_decode(json_t *json, struct toxi_error *err)
{
	struct halts_result *r = calloc(1, sizeof(*r));

	if (r == NULL) {
		fail_nomem(err);
		return NULL;
	}
	r->kept = json_incref(json);
	if (fill(r, json, err) == 0)
		return &r->halts;
	halts_free(&r->halts);
	return NULL;
}
