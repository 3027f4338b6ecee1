/* SPDX-License-Identifier: ISC */
/*
 * "limits": {...} of a configuration file: what its tenants may have.  That of
 * the file is each one's, but for what the tenant's own says.
 */

#include <inttypes.h>
#include <string.h>

#include "file.h"
#include "meant.h"
#include "nitems.h"
#include "values.h"

static const char *const names[] = {
#define X(row, name, kind, min, max, help) #name,
	LIMIT_ROWS(X)
#undef X
};

/* As nobody writes of a proxy: it has to have a text. */
int
limits_are(const char *key, json_t *value)
{
	const char *k;
	json_t *v;

	if (strcasecmp(key, "limits") != 0 || !json_is_object(value))
		return 0;
	json_object_foreach(value, k, v)
	{
		if (json_is_string(v))
			return 0;
	}
	return 1;
}

/* null lifts what the file says for all. */
static void
read_one(struct reading *r, const struct limit_row *row, const char *path,
    json_t *value, uint64_t *limit)
{
	const json_int_t n = json_integer_value(value);

	if (json_is_null(value))
		*limit = 0;
	else if (!json_is_integer(value))
		complain(r, path,
		    "%s: expected a whole number, or null for no limit, got %s",
		    path, type_name(value));
	else if (n < 0 || (uint64_t)n < row->min || (uint64_t)n > row->max)
		complain(r, path,
		    "%s: %" JSON_INTEGER_FORMAT ": must be from %" PRIu64
		    " to %" PRIu64 ", or null for no limit",
		    path, n, row->min, row->max);
	else
		*limit = (uint64_t)n;
}

static void
read_members(struct reading *r, json_t *value, struct tenant_limits *limits)
{
	unsigned int seen[LIMITS] = { 0 };
	struct path path;
	const char *key;
	char at[72];
	size_t i;
	json_t *v;

	json_object_foreach(value, key, v)
	{
		snprintf(at, sizeof(at), "%.64s", key);
		path = path_of("limits", at);
		for (i = 0; i < LIMITS && strcasecmp(key, names[i]) != 0; i++)
			continue;
		if (i == LIMITS)
			complain_of_key(
			    r, path.text, meant(key, names, nitems(names)));
		else if (seen[i]++ > 0)
			complain(
			    r, path.text, "%s: it is there twice", path.text);
		else
			read_one(
			    r, &limit_rows[i], path.text, v, &limits->of[i]);
	}
}

/* Which of the two is meant is not for us to say. */
static void
compare_leases(struct reading *r, const struct tenant_limits *l)
{
	if (tenant_limits_agree(l))
		return;
	complain(r, "limits",
	    "limits: lease_default_ms, %" PRIu64
	    ", is more than lease_max_ms, %" PRIu64,
	    l->of[LIMIT_OF_LEASE_DEFAULT], l->of[LIMIT_OF_LEASE_MAX]);
}

static void
read_object(struct reading *r, json_t *value, struct tenant_limits *limits)
{
	if (!is_object(r, "limits", value))
		return;
	read_members(r, value, limits);
	compare_leases(r, limits);
}

void
limits_read(struct reading *r, json_t *value)
{
	read_object(r, value, &r->config->limits_of_all);
}

static void
add(struct config *c, const struct tenant_limits *limits)
{
	if (!tenant_limits_are_any(limits))
		return;
	c->limits = room_for_one_more(c->limits, c->nlimits, sizeof(*limits));
	c->limits[c->nlimits++] = *limits;
}

void
limits_read_tenant(struct reading *r, json_t *value, const char *tenant)
{
	struct tenant_limits limits = r->config->limits_of_all;

	if (value != NULL)
		read_object(r, value, &limits);
	snprintf(limits.tenant, sizeof(limits.tenant), "%s", tenant);
	add(r->config, &limits);
}

void
limits_read_end(struct reading *r)
{
	add(r->config, &r->config->limits_of_all);
}
