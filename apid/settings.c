/* SPDX-License-Identifier: ISC */
/*
 * A configuration file that is an object: its members, each with who reads it.
 * All that is wrong with one is complained of; whoever needs no more than the
 * first complaint has that.
 */

#include <stdio.h>
#include <string.h>

#include "file.h"
#include "meant.h"
#include "nitems.h"
#include "values.h"

/* A path that a message gives is opened by nobody: see SECURITY.md. */
static void
refuse_state(struct reading *r, json_t *value)
{
	(void)value;
	complain(r, "state",
	    "state: a directory is named by the option -state, and not here");
}

static void
refuse_cert(struct reading *r, json_t *value)
{
	(void)value;
	complain(r, "tls-cert",
	    "tls-cert: a file is named by the option -tls-cert, and not here");
}

static void
refuse_key(struct reading *r, json_t *value)
{
	(void)value;
	complain(r, "tls-key",
	    "tls-key: a file is named by the option -tls-key, and not here");
}

/* All of whoever starts toxid's, and none of whoever may write the file. */
static void
refuse_policy(struct reading *r, json_t *value)
{
	(void)value;
	complain(r, "bind-policy",
	    "bind-policy: it is said by the option -bind-policy, and not here");
}

static void
read_durability(struct reading *r, json_t *value)
{
	const char *text = json_string_value(value);

	r->config->is_durable = text != NULL && strcmp(text, "full") == 0;
	if (text == NULL ||
	    (!r->config->is_durable && strcmp(text, "process") != 0))
		complain(r, "durability",
		    "durability: must be \"process\" or \"full\"");
}

/*
 * A row: a member; its reader, or NULL: it is read with the proxies; and 1 for
 * one that forbids something: without it toxid would let through what it is to
 * stop, so that a misspelt one is no trifle.
 */
#define MEMBERS(X)                          \
	X("state", refuse_state, 0)         \
	X("tls-cert", refuse_cert, 1)       \
	X("tls-key", refuse_key, 1)         \
	X("bind-policy", refuse_policy, 1)  \
	X("durability", read_durability, 0) \
	X("api", api_settings_read, 1)      \
	X("limits", limits_read, 1)         \
	X("profiles", profiles_read, 0)     \
	X("tenants", tenants_read, 1)       \
	X("upstreams", upstreams_read, 1)   \
	X("clients", client_rules_read, 1)  \
	X("proxies", NULL, 0)

static const char *const names[] = {
#define X(name, read, guards) name,
	MEMBERS(X)
#undef X
};

static void (*const readers[])(struct reading *, json_t *value) = {
#define X(name, read, guards) read,
	MEMBERS(X)
#undef X
};

static const int guards[] = {
#define X(name, read, guards) guards,
	MEMBERS(X)
#undef X
};

int
config_is_setting(const char *key)
{
	size_t i;

	for (i = 0; i < nitems(names); i++) {
		if (strcasecmp(key, names[i]) == 0)
			return 1;
	}
	return 0;
}

static void
read_all(struct reading *r)
{
	json_t *object = r->config->json, *value;
	size_t i;

	r->within = "";
	r->policy_id = POLICY_NAMELESS;
	for (i = 0; r->config->is_settings && i < nitems(names); i++) {
		if (guards[i])
			complain_of_two(r, object, names[i]);
		value = member(object, names[i]);
		if (value != NULL && readers[i] != NULL)
			readers[i](r, value);
	}
	client_rules_read_proxies(r); /* by now all proxies are known */
	limits_read_end(r);
}

int
config_settings(struct config *c, struct failure *f)
{
	struct reading r = { .config = c };

	read_all(&r);
	if (r.n > 0)
		*f = r.first;
	return r.n > 0 ? -1 : 0;
}

size_t
config_settings_faults(struct config *c, report_fn *report, tell_fn *tell)
{
	struct reading r = { .config = c, .tell = tell, .report = report };

	read_all(&r);
	return r.n;
}

/* ---- members that there are none of */

static void
add_unknown(struct failure *f, const char *key)
{
	const char *near = meant(key, names, nitems(names));
	size_t len = strlen(f->text);

	snprintf(f->text + len, sizeof(f->text) - len,
	    "%s\"%.64s\": there is no such setting%s%s%s", len > 0 ? "; " : "",
	    key, near != NULL ? ", did you mean \"" : "",
	    near != NULL ? near : "", near != NULL ? "\"?" : "");
	if (len == 0)
		failure_at(f, key);
}

int
config_key(const char *key, struct failure *f)
{
	if (config_is_setting(key))
		return 0;
	add_unknown(f, key);
	return -1;
}

/* Is that, or was it meant to be, one that forbids something? */
static int
is_meant_to_guard(const char *key)
{
	const char *near = meant(key, names, nitems(names));
	size_t i;

	for (i = 0; near != NULL && i < nitems(names); i++) {
		if (names[i] == near)
			return guards[i];
	}
	return 0;
}

int
config_guards(const struct config *c, struct failure *f)
{
	const char *key;
	json_t *v;

	*f = (struct failure){ .status = 400 };
	if (client_rules_are_meant(c, f) == -1)
		return -1;
	if (!c->is_settings)
		return 0;
	json_object_foreach(c->json, key, v)
	{
		if (is_meant_to_guard(key) && config_key(key, f) == -1)
			return -1;
	}
	return 0;
}

int
config_keys(const struct config *c, struct failure *f)
{
	const char *key;
	json_t *v;

	*f = (struct failure){ .status = 400 };
	if (client_rules_are_meant(c, f) == -1)
		return -1;
	if (!c->is_settings)
		return 0;
	json_object_foreach(c->json, key, v)(void) config_key(key, f);
	return f->text[0] == '\0' ? 0 : -1;
}
