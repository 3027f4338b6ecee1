/* SPDX-License-Identifier: ISC */
/* "api": {...} of a configuration file: how the API may be called. */

#include <string.h>

#include "file.h"
#include "host_name.h"
#include "nitems.h"
#include "text_put.h"
#include "values.h"

static void
add_host(struct config *c, const char *name)
{
	struct api_host host = { .name = "" };

	text_put(host.name, sizeof(host.name), name);
	c->hosts = room_for_one_more(c->hosts, c->nhosts, sizeof(*c->hosts));
	c->hosts[c->nhosts++] = host;
}

static void
read_hosts(struct reading *r, json_t *value)
{
	struct path nth;
	const char *text;
	json_t *v;
	size_t i;

	if (!is_list(r, "allow_hosts", value, ALLOW_HOSTS_MAX))
		return;
	json_array_foreach(value, i, v)
	{
		nth = path_nth("allow_hosts", i);
		if ((text = json_string_value(v)) == NULL)
			complain(r, nth.text, "%s: expected a string, got %s",
			    nth.text, type_name(v));
		else if (!host_name_is_good(text))
			complain(r, nth.text,
			    "%s: \"%.128s\": expected a host's name, without "
			    "its port",
			    nth.text, text);
		else
			add_host(r->config, text);
	}
}

static void
read_unix(struct reading *r, json_t *value)
{
	if (!json_is_boolean(value))
		complain(r, "unix", "unix: expected a boolean, got %s",
		    type_name(value));
	else if (json_is_false(value))
		r->config->is_socket_off = 1;
	else if ((apid.flags & SETUP_HAS_API_SOCKET) == 0)
		complain(r, "unix",
		    "unix: there is no socket: the option -api-socket says "
		    "where it is to be, at the start");
}

/*
 * The file may insist on it.  It can neither turn it on, as the paths are not
 * its own, nor off: whoever writes it is not who has asked for it.
 */
static void
read_tls(struct reading *r, json_t *value)
{
	int is_on = (apid.flags & SETUP_TLS) != 0;

	if (!json_is_boolean(value))
		complain(r, "tls", "tls: expected a boolean, got %s",
		    type_name(value));
	else if (json_is_true(value) && !is_on)
		complain(r, "tls",
		    "tls: there is no certificate: the options -tls-cert and "
		    "-tls-key name it and its key, at the start");
	else if (json_is_false(value) && is_on)
		complain(r, "tls",
		    "tls: the options -tls-cert and -tls-key say that it is "
		    "on");
}

/* A row: a member of it, and its reader. */
#define MEMBERS(X)                   \
	X("allow_hosts", read_hosts) \
	X("unix", read_unix)         \
	X("tls", read_tls)

static const char *const names[] = {
#define X(name, read) name,
	MEMBERS(X)
#undef X
};

static void (*const readers[])(struct reading *, json_t *value) = {
#define X(name, read) read,
	MEMBERS(X)
#undef X
};

static const struct keys keys = { names, nitems(names) };

void
api_settings_read(struct reading *r, json_t *value)
{
	json_t *v;
	size_t i;

	r->config->has_api = 1;
	if (!is_object(r, "api", value))
		return;
	r->within = "api";
	complain_of_keys(r, value, &keys);
	for (i = 0; i < nitems(names); i++) {
		if ((v = member(value, names[i])) != NULL)
			readers[i](r, v);
	}
	r->within = "";
}
