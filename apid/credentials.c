/* SPDX-License-Identifier: ISC */
/* What tokens and users of a configuration file have in common. */

#include <stdio.h>
#include <string.h>

#include "file.h"
#include "values.h"

const char *
text_read(struct reading *r, json_t *object, const char *name)
{
	json_t *value = member(object, name);

	if (value != NULL && !json_is_string(value))
		complain(r, name, "%s: expected a string, got %s", name,
		    type_name(value));
	return json_string_value(value);
}

void
role_read(struct reading *r, json_t *token, uint32_t *role)
{
	const char *text = text_read(r, token, "role");

	if (text == NULL || caller_role_of(text, role) == 0)
		return;
	complain(r, "role",
	    "role: \"%.64s\": must be \"admin\", \"tenant\" or \"reader\"",
	    text);
}

/* Beside all of the file: whose would it be? */
static void
refuse_same_digest(
    struct reading *r, const struct credential *token, const char *key)
{
	char hex[2 * TOKEN_DIGEST_SIZE + 1];
	json_t *digests = r->config->digests, *other;
	size_t i;

	for (i = 0; i < TOKEN_DIGEST_SIZE; i++)
		snprintf(&hex[2 * i], 3, "%02x", token->digest.bytes[i]);
	if ((other = json_object_get(digests, hex)) != NULL)
		complain(r, key, "%s: it is that of %s, too", key,
		    json_string_value(other));
	else
		json_object_set_new(digests, hex, json_string(r->within));
}

void
credential_add(
    struct reading *r, const struct credential *token, const char *key)
{
	struct config *c = r->config;

	refuse_same_digest(r, token, key);
	c->credentials = room_for_one_more(
	    c->credentials, c->ncredentials, sizeof(*c->credentials));
	c->credentials[c->ncredentials++] = *token;
}

void
credentials_read(struct reading *r, const char *key, json_t *list, size_t max,
    const struct tenant *tenant, credential_fn *read_one)
{
	const char *before = r->within;
	struct path nth, within;
	json_t *json;
	size_t i;

	r->list_at = r->config->ncredentials;
	if (list == NULL || !is_list(r, key, list, max))
		return;
	json_array_foreach(list, i, json)
	{
		nth = path_nth(key, i);
		if (!is_object(r, nth.text, json))
			continue;
		within = path_of(before, nth.text);
		r->within = within.text;
		read_one(r, json, tenant);
		r->within = before;
	}
}
