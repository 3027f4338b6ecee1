/* SPDX-License-Identifier: ISC */
/* Proxies, toxics and tokens as JSON. */

#include <math.h>
#include <string.h>

#include "connect.h"
#include "encode.h"
#include "failure.h"
#include "object_put.h"
#include "selects.h"
#include "waves.h"

/* Of a text that may be NULL, which is none. */
static json_t *
text_of(const char *text, const char *name, struct toxi_error *err)
{
	json_t *value = text != NULL ? json_string(text) : NULL;

	if (value != NULL)
		return value;
	if (text == NULL || (value = json_string_nocheck(text)) == NULL) {
		fail(err, text == NULL ? TOXI_ERR_ARGUMENT : TOXI_ERR_NOMEM,
		    "attribute %.64s: %s", name,
		    text == NULL ? "it has no text" : "no memory");
		return NULL;
	}
	json_decref(value);
	fail(err, TOXI_ERR_ARGUMENT, "attribute %.64s: it is not UTF-8", name);
	return NULL;
}

static json_t *
element_of(const struct toxi_attribute *a, size_t i, struct toxi_error *err)
{
	json_t *value;

	if (a->kind == TOXI_TEXTS)
		return text_of(a->texts[i], a->name, err);
	if ((value = json_integer(a->integers[i])) == NULL)
		fail_nomem(err);
	return value;
}

static json_t *
list_of(const struct toxi_attribute *a, struct toxi_error *err)
{
	json_t *list = json_array(), *value;
	size_t i;

	if (list == NULL)
		fail_nomem(err);
	for (i = 0; list != NULL && i < a->n; i++) {
		if ((value = element_of(a, i, err)) != NULL &&
		    json_array_append_new(list, value) == 0)
			continue;
		if (value != NULL)
			fail_nomem(err);
		json_decref(list);
		list = NULL;
	}
	return list;
}

static json_t *
any_of(const struct toxi_attribute *a, struct toxi_error *err)
{
	json_t *value = NULL;
	json_error_t why;

	if (a->json == NULL) {
		fail(err, TOXI_ERR_ARGUMENT, "attribute %.64s has no JSON",
		    a->name);
		return NULL;
	}
	value = json_loads(a->json, JSON_DECODE_ANY, &why);
	if (value == NULL && json_error_code(&why) == json_error_out_of_memory)
		fail_nomem(err);
	else if (value == NULL)
		fail(err, TOXI_ERR_ARGUMENT, "attribute %.64s: %s", a->name,
		    why.text);
	return value;
}

/* NULL: *err says why. */
static json_t *
value_of(const struct toxi_attribute *a, struct toxi_error *err)
{
	json_t *value;

	switch (a->kind) {
	case TOXI_INTEGER:
		value = json_integer(a->value);
		break;
	case TOXI_FRACTION:
		if (!isfinite(a->fraction)) {
			fail(err, TOXI_ERR_ARGUMENT,
			    "attribute %.64s is no number", a->name);
			return NULL;
		}
		value = json_real(a->fraction);
		break;
	case TOXI_TEXT:
		return text_of(a->text, a->name, err);
	case TOXI_INTEGERS:
	case TOXI_TEXTS:
		return list_of(a, err);
	default:
		return any_of(a, err);
	}
	if (value == NULL)
		fail_nomem(err);
	return value;
}

static int
put_attribute(json_t *object, const struct toxi_attribute *attribute,
    struct toxi_error *err)
{
	json_t *value;

	/* json_object_set() refuses it, and says no more than that. */
	value = object_text("an attribute", attribute->name, err);
	if (value == NULL)
		return -1;
	json_decref(value);
	if ((value = value_of(attribute, err)) == NULL)
		return -1;
	return object_put(object, attribute->name, value, err);
}

static int
put_attributes(
    json_t *toxic, const struct toxi_attribute *list, struct toxi_error *err)
{
	json_t *object;
	size_t i;

	if ((object = json_object()) == NULL)
		return fail_nomem(err);
	/* toxic owns it from here on. */
	if (object_put(toxic, "attributes", object, err) == -1)
		return -1;
	for (i = 0; i < TOXI_ATTRIBUTES && list[i].name != NULL; i++)
		if (put_attribute(object, &list[i], err) == -1)
			return -1;
	return 0;
}

static int
put_ttl(json_t *object, int64_t ttl_ms, struct toxi_error *err)
{
	return object_put(
	    object, "ttl", json_integer(ttl_ms > 0 ? ttl_ms : 0), err);
}

/* As a whole; all zeros are none. */
static int
put_select(
    json_t *toxic, const struct toxi_select *select, struct toxi_error *err)
{
	json_t *object = select_encode(select, err);

	return object != NULL ? object_put(toxic, "select", object, err) : -1;
}

/* Likewise. */
static int
put_waves(
    json_t *object, const struct toxi_toxic *toxic, struct toxi_error *err)
{
	json_t *waves = waves_encode(toxic->waves, toxic->n_waves, err);

	return waves != NULL ? object_put(object, "wave", waves, err) : -1;
}

static int
fill_toxic_change(
    json_t *object, const struct toxi_toxic *toxic, struct toxi_error *err)
{
	if (!isfinite(toxic->toxicity))
		return fail(
		    err, TOXI_ERR_ARGUMENT, "a toxicity that is no number");
	if (toxic->toxicity != TOXI_KEEP &&
	    object_put(object, "toxicity", json_real(toxic->toxicity), err) ==
		-1)
		return -1;
	/* without, nothing that Toxiproxy does not know */
	if (toxic->ttl_ms != 0 && put_ttl(object, toxic->ttl_ms, err) == -1)
		return -1;
	if (toxic->select != NULL &&
	    put_select(object, toxic->select, err) == -1)
		return -1;
	if (toxic->waves != NULL && put_waves(object, toxic, err) == -1)
		return -1;
	return put_attributes(object, toxic->attributes, err);
}

static int
fill_toxic(
    json_t *object, const struct toxi_toxic *toxic, struct toxi_error *err)
{
	const char *stream =
	    toxic->stream == TOXI_UPSTREAM ? "upstream" : "downstream";

	if (toxic->type == NULL)
		return fail(err, TOXI_ERR_ARGUMENT,
		    "a toxic without a type, or with too many attributes");
	if (toxic->toxicity == TOXI_KEEP)
		return fail(err, TOXI_ERR_ARGUMENT,
		    "a new toxic has no toxicity to keep");
	if (toxic->name != NULL &&
	    object_put_text(object, "name", toxic->name, err) == -1)
		return -1;
	if (object_put_text(object, "type", toxic->type, err) == -1 ||
	    object_put_text(object, "stream", stream, err) == -1)
		return -1;
	if (toxic->owner != NULL &&
	    object_put_text(object, "owner", toxic->owner, err) == -1)
		return -1;
	return fill_toxic_change(object, toxic, err);
}

json_t *
encode_toxics(struct toxi_toxics toxics, struct toxi_error *err)
{
	json_t *array = json_array(), *toxic;
	size_t i;

	if (array == NULL)
		fail_nomem(err);
	for (i = 0; array != NULL && i < toxics.n; i++) {
		if ((toxic = encode_toxic(&toxics.list[i], err)) != NULL &&
		    json_array_append_new(array, toxic) == 0)
			continue;
		if (toxic != NULL)
			fail_nomem(err);
		json_decref(array);
		array = NULL;
	}
	return array;
}

static int
put_toxics(json_t *proxy, struct toxi_toxics toxics, struct toxi_error *err)
{
	json_t *array = encode_toxics(toxics, err);

	return array != NULL ? object_put(proxy, "toxics", array, err) : -1;
}

static int
put_state(json_t *object, enum toxi_state state, struct toxi_error *err)
{
	return object_put(
	    object, "enabled", json_boolean(state == TOXI_ENABLED), err);
}

static int
fill_proxy_change(
    json_t *object, const struct toxi_proxy *proxy, struct toxi_error *err)
{
	if (proxy->toxics.n > 0)
		return fail(err, TOXI_ERR_ARGUMENT,
		    "toxics can't be changed with their proxy");
	if (proxy->listen != NULL &&
	    object_put_text(object, "listen", proxy->listen, err) == -1)
		return -1;
	if (proxy->upstream != NULL &&
	    object_put_text(object, "upstream", proxy->upstream, err) == -1)
		return -1;
	if (proxy->ttl_ms != 0 && put_ttl(object, proxy->ttl_ms, err) == -1)
		return -1;
	if (proxy->connect != NULL &&
	    put_connect(object, proxy->connect, err) == -1)
		return -1;
	if (proxy->state == TOXI_UNCHANGED)
		return 0;
	return put_state(object, proxy->state, err);
}

static int
fill_proxy(
    json_t *object, const struct toxi_proxy *proxy, struct toxi_error *err)
{
	const char *listen = proxy->listen;

	if (proxy->name == NULL || proxy->upstream == NULL)
		return fail(err, TOXI_ERR_ARGUMENT,
		    "a new proxy needs a name and an upstream");
	if (listen == NULL)
		listen = "localhost:0";
	if (object_put_text(object, "name", proxy->name, err) == -1 ||
	    object_put_text(object, "listen", listen, err) == -1 ||
	    object_put_text(object, "upstream", proxy->upstream, err) == -1)
		return -1;
	if (put_state(object,
		proxy->state == TOXI_DISABLED ? TOXI_DISABLED : TOXI_ENABLED,
		err) == -1)
		return -1;
	if (proxy->ttl_ms != 0 && put_ttl(object, proxy->ttl_ms, err) == -1)
		return -1;
	if (proxy->connect != NULL &&
	    put_connect(object, proxy->connect, err) == -1)
		return -1;
	/* Without any, nothing that Toxiproxy does not know. */
	return proxy->toxics.n == 0 ? 0
				    : put_toxics(object, proxy->toxics, err);
}

static int
fill_token(
    json_t *object, const struct toxi_token *token, struct toxi_error *err)
{
	if (token->name == NULL)
		return fail(err, TOXI_ERR_ARGUMENT, "a new token needs a name");
	if (object_put_text(object, "name", token->name, err) == -1)
		return -1;
	if (token->role != NULL &&
	    object_put_text(object, "role", token->role, err) == -1)
		return -1;
	return token->expires == NULL
	    ? 0
	    : object_put_text(object, "expires", token->expires, err);
}

static json_t *
new_object(struct toxi_error *err)
{
	json_t *object = json_object();

	if (object == NULL)
		fail_nomem(err);
	return object;
}

/* NULL in place of what could not be filled. */
static json_t *
if_filled(json_t *object, int rc)
{
	if (rc == 0)
		return object;
	json_decref(object);
	return NULL;
}

json_t *
encode_toxic(const struct toxi_toxic *toxic, struct toxi_error *err)
{
	json_t *object = new_object(err);

	return object ? if_filled(object, fill_toxic(object, toxic, err))
		      : NULL;
}

json_t *
encode_toxic_change(const struct toxi_toxic *toxic, struct toxi_error *err)
{
	json_t *object = new_object(err);

	return object ? if_filled(object, fill_toxic_change(object, toxic, err))
		      : NULL;
}

json_t *
encode_lease(int64_t ttl_ms, struct toxi_error *err)
{
	json_t *object = new_object(err);

	return object ? if_filled(object, put_ttl(object, ttl_ms, err)) : NULL;
}

json_t *
encode_profile(const char *name, struct toxi_error *err)
{
	json_t *object = new_object(err);

	return object
	    ? if_filled(object, object_put_text(object, "name", name, err))
	    : NULL;
}

json_t *
encode_proxy(const struct toxi_proxy *proxy, struct toxi_error *err)
{
	json_t *object = new_object(err);

	return object ? if_filled(object, fill_proxy(object, proxy, err))
		      : NULL;
}

json_t *
encode_proxy_change(const struct toxi_proxy *proxy, struct toxi_error *err)
{
	json_t *object = new_object(err);

	return object ? if_filled(object, fill_proxy_change(object, proxy, err))
		      : NULL;
}

json_t *
encode_token(const struct toxi_token *token, struct toxi_error *err)
{
	json_t *object = new_object(err);

	return object ? if_filled(object, fill_token(object, token, err))
		      : NULL;
}

json_t *
encode_proxies(struct toxi_proxies proxies, struct toxi_error *err)
{
	json_t *array, *proxy;
	size_t i;

	if ((array = json_array()) == NULL) {
		fail_nomem(err);
		return NULL;
	}
	for (i = 0; i < proxies.n; i++) {
		if ((proxy = encode_proxy(&proxies.list[i], err)) == NULL)
			goto failed;
		if (json_array_append_new(array, proxy) == -1) {
			fail_nomem(err);
			goto failed;
		}
	}
	return array;

failed:
	json_decref(array);
	return NULL;
}
