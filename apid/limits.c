/* SPDX-License-Identifier: ISC */
/*
 * "limits": {...} of a configuration file: what its tenants may have.  That of
 * the file is each one's, but for what the tenant's own says.
 */

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "meant.h"
#include "nitems.h"
#include "text_put.h"
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
		if (json_is_string(v) && strcasecmp(k, "ports") != 0)
			return 0;
	}
	return 1;
}

/* "20000-20099".  0: it is none. */
static uint64_t
range_of(const struct limit_row *row, const char *text)
{
	static const char digits[] = "0123456789";
	const size_t n = strspn(text, digits);
	const char *behind = text + n + 1;
	unsigned long first, last;

	if (n == 0 || n > 5 || text[n] != '-' || *behind == '\0' ||
	    strlen(behind) > 5 || behind[strspn(behind, digits)] != '\0')
		return 0;
	first = strtoul(text, NULL, 10);
	last = strtoul(behind, NULL, 10);
	return first >= row->min && first <= last && last <= row->max
	    ? limit_of_range((uint16_t)first, (uint16_t)last)
	    : 0;
}

static void
read_range(struct reading *r, const struct limit_row *row, const char *path,
    json_t *value, uint64_t *limit)
{
	const char *text = json_string_value(value);

	*limit = text != NULL ? range_of(row, text) : 0;
	if (*limit != 0 || json_is_null(value))
		return;
	if (text == NULL)
		complain(r, path,
		    "%s: expected a text, as \"20000-20099\", got %s", path,
		    type_name(value));
	else
		complain(r, path,
		    "%s: \"%.64s\": expected the first and the last, from "
		    "%" PRIu64 " to %" PRIu64 ", as \"20000-20099\"",
		    path, text, row->min, row->max);
}

/* null lifts what the file says for all. */
static void
read_one(struct reading *r, const struct limit_row *row, const char *path,
    json_t *value, uint64_t *limit)
{
	const json_int_t n = json_integer_value(value);

	if (row->kind == LIMIT_RANGE)
		read_range(r, row, path, value, limit);
	else if (json_is_null(value))
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

static int
overlap(uint64_t a, uint64_t b)
{
	return a != 0 && b != 0 &&
	    limit_range(a).first <= limit_range(b).last &&
	    limit_range(b).first <= limit_range(a).last;
}

/* Those of the file itself are of what is no tenant's. */
static const struct tenant_limits *
who_has_some_of(const struct config *c, uint64_t ports)
{
	size_t i;

	for (i = 0; i < c->nlimits; i++) {
		if (overlap(c->limits[i].of[LIMIT_OF_PORTS], ports))
			return &c->limits[i];
	}
	return overlap(c->limits_of_all.of[LIMIT_OF_PORTS], ports)
	    ? &c->limits_of_all
	    : NULL;
}

static void
compare_ports(struct reading *r, uint64_t ports, const struct tenant_limits *by)
{
	char text[LIMIT_TEXT_MAX], theirs[LIMIT_TEXT_MAX];

	limit_text(LIMIT_OF_PORTS, ports, text);
	if (ports != 0 && apid.api_port != 0 &&
	    limit_range_has(ports, (uint16_t)apid.api_port))
		complain(r, "limits.ports",
		    "limits.ports: %s: the API's own port, %u, is among them",
		    text, apid.api_port);
	if (by == NULL)
		return;
	limit_text(LIMIT_OF_PORTS, by->of[LIMIT_OF_PORTS], theirs);
	complain(r, "limits.ports",
	    by->tenant[0] != '\0' ? "limits.ports: %s: tenant \"%s\" has %s"
				  : "limits.ports: %s: %sthe file's own are %s",
	    text, by->tenant, theirs);
}

static void
read_object(struct reading *r, json_t *value, struct tenant_limits *limits)
{
	if (!is_object(r, "limits", value))
		return;
	read_members(r, value, limits);
	compare_leases(r, limits);
	compare_ports(r, limits->of[LIMIT_OF_PORTS],
	    limits != &r->config->limits_of_all
		? who_has_some_of(r->config, limits->of[LIMIT_OF_PORTS])
		: NULL);
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

	limits.of[LIMIT_OF_PORTS] = 0; /* each has its own, or none */
	if (value != NULL)
		read_object(r, value, &limits);
	text_put(limits.tenant, sizeof(limits.tenant), tenant);
	add(r->config, &limits);
}

void
limits_read_end(struct reading *r)
{
	add(r->config, &r->config->limits_of_all);
}

int
limits_allow_port(const struct config *c, const char *tenant, uint16_t port,
    char *why, size_t size)
{
	const uint64_t it = limit_of_range(port, port);
	const struct tenant_limits *by = who_has_some_of(c, it);
	uint64_t ports = 0;
	char text[LIMIT_TEXT_MAX];
	size_t i;

	for (i = 0; i < c->nlimits; i++) {
		if (strcmp(c->limits[i].tenant, tenant) == 0)
			ports = c->limits[i].of[LIMIT_OF_PORTS];
	}
	if (port == 0 || (by != NULL && strcmp(by->tenant, tenant) == 0) ||
	    (by == NULL && ports == 0))
		return 0;
	if (by == NULL)
		snprintf(why, size, "limits.ports: the tenant may have %s",
		    limit_text(LIMIT_OF_PORTS, ports, text));
	else
		snprintf(
		    why, size, "the port is another tenant's, by limits.ports");
	return -1;
}
