/* SPDX-License-Identifier: ISC */
/*
 * For whom the server takes us, out of JSON that somebody else wrote.  The
 * result keeps that JSON, and its text points into it.
 */

#include <stdlib.h>

#include "caller.h"
#include "decode.h"
#include "failure.h"

struct caller_result {
	struct toxi_caller caller; /* the first member: freed by its address */
	struct toxi_limit *limits;
	json_t *kept;
};

static int64_t
number(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

/* What is not there is not said. */
static int64_t
number_said(const json_t *object, const char *key)
{
	return json_object_get(object, key) != NULL ? number(object, key) : -1;
}

/* A server that knows nothing of limits says nothing of them. */
static int
fill_limits(struct caller_result *r, json_t *limits, struct toxi_error *err)
{
	struct toxi_limit *l;
	const char *name;
	json_t *json;

	if (json_object_size(limits) == 0)
		return 0;
	r->limits = calloc(json_object_size(limits), sizeof(*r->limits));
	if (r->limits == NULL) {
		fail_nomem(err);
		return -1;
	}
	r->caller.limits = r->limits;
	json_object_foreach(limits, name, json)
	{
		l = &r->limits[r->caller.nlimits++];
		l->name = name;
		l->limit = number(json, "limit");
		l->range = decode_text(json, "range");
		l->used = number_said(json, "used");
		l->refused = number(json, "refused");
	}
	return 0;
}

/* Only where something is. */
static void
fill_halts(struct toxi_caller *c, const json_t *halted)
{
	c->all_halted = json_is_true(json_object_get(halted, "all"));
	c->tenant_halted = json_is_true(json_object_get(halted, "tenant"));
}

static int
fill(struct toxi_caller *c, const json_t *json, struct toxi_error *err)
{
	c->tenant = decode_text(json, "tenant");
	c->role = decode_text(json, "role");
	if (c->tenant == NULL || c->role == NULL)
		return fail(
		    err, TOXI_ERR_PROTOCOL, "the answer does not say who asks");
	c->token = decode_text(json, "token");
	c->expires = decode_text(json, "expires");
	c->proxies = number(json, "proxies");
	c->toxics = number(json, "toxics");
	fill_halts(c, json_object_get(json, "halted"));
	return 0;
}

void
caller_free(struct toxi_caller *caller)
{
	struct caller_result *r = (struct caller_result *)caller;

	if (r == NULL)
		return;
	free(r->limits);
	json_decref(r->kept);
	free(r);
}

struct toxi_caller *
caller_decode(json_t *json, struct toxi_error *err)
{
	struct caller_result *r = calloc(1, sizeof(*r));

	if (r == NULL) {
		fail_nomem(err);
		return NULL;
	}
	r->kept = json_incref(json);
	if (fill(&r->caller, json, err) == 0 &&
	    fill_limits(r, json_object_get(json, "limits"), err) == 0)
		return &r->caller;
	caller_free(&r->caller);
	return NULL;
}
