/* SPDX-License-Identifier: ISC */
/*
 * "tenants": [...] of a configuration file: who they are, by which tokens they
 * are known, and what each may do.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "hex.h"
#include "log.h"
#include "nitems.h"
#include "user.h"
#include "values.h"

static const char *const of_tenant[] = { "name", "tokens", "users", "upstreams",
	"clients", "limits", "proxies" };
static const char *const of_token[] = { "name", "sha256", "role", "expires" };

static const struct keys tenant_keys = { of_tenant, nitems(of_tenant) };
static const struct keys token_keys = { of_token, nitems(of_token) };

/* ... or has complained that it is not there, nor a key that was meant for it.
 */
static const char *
needed_text(struct reading *r, json_t *object, const char *name,
    const struct keys *keys)
{
	if (member(object, name) == NULL &&
	    keys_find_meant(keys, object, name) == NULL)
		complain(r, name, "%s: it is missing", name);
	return text_read(r, object, name);
}

/* A tenant's or a token's, which stays "" where it is none. */
_Static_assert(CREDENTIAL_NAME_MAX == TENANT_NAME_MAX, "one rule for both");
static void
read_name(struct reading *r, json_t *object, const struct keys *keys,
    char name[TENANT_NAME_MAX + 1])
{
	const char *text = needed_text(r, object, "name", keys);

	if (text == NULL)
		return;
	if (tenant_name_is_good(text))
		snprintf(name, TENANT_NAME_MAX + 1, "%s", text);
	else
		complain(r, "name",
		    "name: \"%.64s\": it has to be of letters, digits, '-', "
		    "'_' and '.', with no dot first, and %d at most",
		    text, TENANT_NAME_MAX);
}

/* ---- a token */

/* 0, or -1: that is none. */
static int
digest_of(const char *hex, struct token_digest *digest)
{
	int high, low;
	size_t i;

	if (strlen(hex) != 2 * sizeof(digest->bytes))
		return -1;
	for (i = 0; i < sizeof(digest->bytes); i++) {
		high = hex_digit(hex[2 * i]);
		low = hex_digit(hex[2 * i + 1]);
		if (high == -1 || low == -1)
			return -1;
		digest->bytes[i] = (uint8_t)(high << 4 | low);
	}
	return 0;
}

/* A user's is that of no text. */
static int
is_users(const struct token_digest *digest)
{
	enum user_kind kind;
	uint32_t id;

	return user_of_digest(digest, &kind, &id);
}

static void
read_digest(struct reading *r, json_t *token, struct token_digest *digest)
{
	const char *text = needed_text(r, token, "sha256", &token_keys);

	if (text != NULL && (digest_of(text, digest) == -1 || is_users(digest)))
		complain(r, "sha256",
		    "sha256: expected 64 hexadecimal digits, as `toxictl token "
		    "hash` prints them");
}

static void
read_expires(struct reading *r, json_t *token, int64_t *expires)
{
	const char *text = text_read(r, token, "expires");

	if (text == NULL || (*expires = time_of_text(text)) > 0)
		return;
	complain(r, "expires",
	    "expires: \"%.64s\": expected a time in UTC, as "
	    "2027-01-31T00:00:00Z",
	    text);
}

/* Beside the others of its tenant. */
static void
refuse_same_name(struct reading *r, const struct credential *token)
{
	const struct config *c = r->config;
	size_t i;

	for (i = r->list_at; i < c->ncredentials; i++) {
		if (strcmp(c->credentials[i].name, token->name) == 0)
			break;
	}
	if (i < c->ncredentials)
		complain(r, "name",
		    "name: \"%s\": another token of the tenant has it",
		    token->name);
}

/* One of which it has complained is compared with no other. */
static void
read_token(struct reading *r, json_t *json, const struct tenant *tenant)
{
	struct credential token = { .role = CALLER_TENANT };
	const size_t n = r->n;

	memcpy(token.tenant, tenant->name, sizeof(token.tenant));
	complain_of_keys(r, json, &token_keys);
	read_name(r, json, &token_keys, token.name);
	read_digest(r, json, &token.digest);
	role_read(r, json, &token.role);
	read_expires(r, json, &token.expires);
	if (r->n > n)
		return;
	refuse_same_name(r, &token);
	credential_add(r, &token, "sha256");
}

/* ---- a tenant */

static void
read_proxies(struct reading *r, json_t *proxies, const char *owner,
    const struct place *tenant)
{
	struct path path = path_of(r->within, "proxies");
	struct place p = *tenant;

	if (proxies == NULL)
		return;
	if (!json_is_array(proxies) && !json_is_object(proxies)) {
		complain(r, "proxies",
		    "proxies: expected an array of proxies, got %s",
		    type_name(proxies));
		return;
	}
	(void)place_member(&p, "proxies");
	config_add_proxies(r->config, owner, proxies, path.text, &p);
}

static void
read_rules(struct reading *r, json_t *json, uint32_t policy_id)
{
	json_t *value;

	r->policy_id = policy_id;
	if ((value = member(json, "upstreams")) != NULL)
		upstreams_read(r, value);
	if ((value = member(json, "clients")) != NULL)
		client_rules_read(r, value);
	r->policy_id = POLICY_NAMELESS;
}

static int
is_taken(const struct config *c, const char *name)
{
	size_t i;

	for (i = 0; i < c->ntenants; i++) {
		if (strcmp(c->tenants[i].name, name) == 0)
			return 1;
	}
	return 0;
}

/* Proxies of one without a name have its path for it, which is no other's. */
static void
read_tenant(struct reading *r, json_t *json, const struct place *place)
{
	struct config *c = r->config;
	struct tenant t = { .policy_id = (uint32_t)c->ntenants + 1 };

	complain_of_keys(r, json, &tenant_keys);
	read_name(r, json, &tenant_keys, t.name);
	if (t.name[0] != '\0' && is_taken(c, t.name)) {
		complain(
		    r, "name", "name: \"%s\": another tenant has it", t.name);
		t.name[0] = '\0';
	}
	credentials_read(r, "tokens", member(json, "tokens"), TENANT_TOKENS_MAX,
	    &t, read_token);
	users_read(r, member(json, "users"), &t);
	read_rules(r, json, t.policy_id);
	limits_read_tenant(r, member(json, "limits"), t.name);
	read_proxies(r, member(json, "proxies"),
	    t.name[0] != '\0' ? t.name : r->within, place);
	c->tenants[c->ntenants++] = t;
}

void
tenants_read(struct reading *r, json_t *value)
{
	struct config *c = r->config;
	struct path path;
	struct place p;
	json_t *tenant;
	size_t i;

	if (!is_list(r, "tenants", value, TENANTS_MAX))
		return;
	if (json_array_size(value) == 0)
		complain(r, "tenants",
		    "tenants: nothing is in it: leave it out to ask nobody for "
		    "a token");
	c->tenants = calloc(json_array_size(value) + 1, sizeof(*c->tenants));
	if (c->tenants == NULL || (c->digests = json_object()) == NULL)
		fatal("%s", __func__);
	place_start(&p, c->text, c->len);
	place_path(&p, "tenants[0]");
	json_array_foreach(value, i, tenant)
	{
		path = path_nth("tenants", i);
		if (is_object(r, path.text, tenant)) {
			r->within = path.text;
			read_tenant(r, tenant, &p);
			r->within = "";
		}
		(void)place_next(&p);
	}
}
