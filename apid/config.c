/* SPDX-License-Identifier: ISC */
/*
 * The configuration file.  The first apid populates from it before anybody is
 * served; when it is to be read again, another one only tells what is in it.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "apid.h"
#include "log.h"

#define FILE_MAX ((size_t)64 * 1024 * 1024)

static struct populate *pending;

int
config_is_pending(void)
{
	return pending != NULL;
}

static void
failed(const char *why)
{
	log_event(LOG_ERROR, "Failed to populate proxies from file",
	    LOG_STR("error", why));
}

static void
config_done(struct populate *p, const struct failure *f)
{
	if (f != NULL)
		failed(f->text);
	else
		log_event(LOG_INFO, "Populated proxies from file",
		    LOG_INT("proxies", (int64_t)p->n));
	pending = NULL;
	populate_free(p);
}

/* All of it, to be freed; NULL and errno. */
static char *
read_file(int fd, size_t *len)
{
	size_t size = 0;
	ssize_t n;
	char *text = NULL, *more;

	*len = 0;
	do {
		if (*len == size) {
			size = size > 0 ? 2 * size : 65536;
			if ((more = realloc(text, size)) == NULL)
				fatal("%s", __func__);
			text = more;
		}
		n = read(fd, text + *len, size - *len);
		if (n > 0)
			*len += (size_t)n;
		if (*len > FILE_MAX) {
			n = -1;
			errno = EFBIG;
		}
	} while (n > 0 || (n == -1 && errno == EINTR));
	if (n == 0)
		return text;
	free(text);
	return NULL;
}

/* ---- settings: {"state": DIR, "durability": "full", "proxies": [...]} */

struct contents {
	struct proxy_entry *entries;
	size_t n;
	const char *state; /* points into json */
	int is_durable;
	json_t *json;
	json_t *list; /* of what was by name, or NULL */
};

static int
take_state(struct contents *c, const json_t *value, struct failure *f)
{
	c->state = json_string_value(value);
	if (c->state != NULL && strlen(c->state) <= STATE_MAX)
		return 0;
	failure_set(
	    f, 400, "state: must be a text of at most %d bytes", STATE_MAX);
	return -1;
}

static int
take_durability(struct contents *c, const json_t *value, struct failure *f)
{
	const char *text = json_string_value(value);

	c->is_durable = text != NULL && strcmp(text, "full") == 0;
	if (text != NULL && (c->is_durable || strcmp(text, "process") == 0))
		return 0;
	failure_set(f, 400, "durability: must be \"process\" or \"full\"");
	return -1;
}

static int
take_settings(struct contents *c, struct failure *f)
{
	const char *key;
	json_t *value;
	int r = 0;

	json_object_foreach(c->json, key, value)
	{
		if (strcmp(key, "state") == 0)
			r = take_state(c, value, f);
		else if (strcmp(key, "durability") == 0)
			r = take_durability(c, value, f);
		else if (strcmp(key, "proxies") != 0) {
			failure_set(
			    f, 400, "%.64s: there is no such setting", key);
			r = -1;
		}
		if (r == -1)
			return -1;
	}
	return 0;
}

static int
is_proxy(const json_t *json)
{
	return json_is_object(json) &&
	    json_is_string(json_object_get(json, "upstream"));
}

/* Proxies by name, as a server shows them at /proxies. */
static int
is_by_name(json_t *json)
{
	const char *name;
	json_t *value;

	json_object_foreach(json, name, value)
	{
		if (!is_proxy(value))
			return 0;
	}
	return json_object_size(json) > 0;
}

/* Those that do not say their names get them. */
static json_t *
list_of(struct contents *c, json_t *by_name)
{
	const char *name;
	json_t *value;

	if ((c->list = json_array()) == NULL)
		fatal("%s", __func__);
	json_object_foreach(by_name, name, value)
	{
		if (json_object_get(value, "name") == NULL &&
		    json_object_set_new(value, "name", json_string(name)) == -1)
			fatal("%s", __func__);
		if (json_array_append(c->list, value) == -1)
			fatal("%s", __func__);
	}
	return c->list;
}

/* An object has settings; as the original's, it may be just the proxies. */
static int
decode_text(struct contents *c, const char *text, size_t len, struct failure *f)
{
	json_t *proxies;

	if (decode_body(&c->json, text, len, f) == -1)
		return -1;
	proxies = c->json;
	if (json_is_object(c->json) && !is_by_name(c->json)) {
		if (take_settings(c, f) == -1)
			return -1;
		proxies = json_object_get(c->json, "proxies");
		if (proxies == NULL)
			proxies = json_null();
	}
	if (is_by_name(proxies))
		proxies = list_of(c, proxies);
	return decode_populate(&c->entries, &c->n, proxies, f);
}

/* Owns fd.  0, or -1 and why; contents_free() in any case. */
static int
decode(struct contents *c, int fd, struct failure *f)
{
	size_t len;
	char *text;
	int decoded;

	memset(c, 0, sizeof(*c));
	if ((text = read_file(fd, &len)) == NULL)
		failure_set(f, 500, "%s", strerror(errno));
	close(fd);
	if (text == NULL)
		return -1;
	decoded = decode_text(c, text, len, f);
	free(text);
	return decoded;
}

static void
contents_free(struct contents *c)
{
	json_decref(c->list);
	json_decref(c->json);
}

static void
say(enum msg_type type, uint32_t id, const void *payload, size_t size)
{
	if (chan_send_sized(&apid.supervisor, type, id, payload, size, -1) ==
	    -1)
		fatal("%s", __func__);
}

static void
tell_proxy(uint32_t id, const struct proxy_entry *e)
{
	struct proxy_create create = { .spec = e->spec };
	size_t i;

	create.ntoxics = (uint32_t)e->ntoxics;
	say(MSG_CONFIG_PROXY, id, &create, sizeof(create));
	for (i = 0; i < e->ntoxics; i++)
		say(MSG_PROXY_CREATE_TOXIC, id, &e->toxics[i],
		    sizeof(e->toxics[i]));
}

void
config_tell(int fd)
{
	struct config_end end = { .is_bad = 0 };
	struct contents c;
	struct failure f;
	size_t i;

	if (decode(&c, fd, &f) == -1) {
		end.is_bad = 1;
		snprintf(end.why, sizeof(end.why), "%s", f.text);
	} else {
		for (i = 0; i < c.n; i++)
			tell_proxy((uint32_t)i + 1, &c.entries[i]);
		proxy_entries_free(c.entries, c.n);
		end.is_durable = (uint8_t)c.is_durable;
		if (c.state != NULL)
			snprintf(end.state, sizeof(end.state), "%s", c.state);
	}
	contents_free(&c);
	say(MSG_CONFIG_END, 0, &end, sizeof(end));
}

void
config_read(int fd)
{
	struct contents c;
	struct failure f;
	int decoded = decode(&c, fd, &f);

	contents_free(&c);
	if (decoded == -1) {
		failed(f.text);
		return;
	}
	if ((pending = calloc(1, sizeof(*pending))) == NULL)
		fatal("%s", __func__);
	pending->done = config_done;
	populate_start(pending, c.entries, c.n);
}
