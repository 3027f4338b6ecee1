/* SPDX-License-Identifier: ISC */
/* Requests, as etcd's JSON gateway takes them. */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base64.h"
#include "etcd.h"
#include "request_parts.h"

int
put_bytes(json_t *object, const char *name, const void *bytes, size_t len)
{
	char *text = base64_encode(bytes, len);
	int rc;

	if (text == NULL)
		return -1;
	rc = json_object_set_new(object, name, json_string(text));
	free(text);
	return rc;
}

int
put_key(json_t *object, const char *key, const char *end)
{
	if (put_bytes(object, "key", key, strlen(key)) == -1)
		return -1;
	return end == NULL ? 0
			   : put_bytes(object, "range_end", end, strlen(end));
}

int
put_number(json_t *object, const char *name, int64_t number)
{
	char text[24];

	if (number == 0)
		return 0;
	snprintf(text, sizeof(text), "%" PRId64, number);
	return json_object_set_new(object, name, json_string(text));
}

char *
request_text(json_t *request, int failed)
{
	char *text = NULL;

	if (request != NULL && !failed)
		text = json_dumps(request, JSON_COMPACT);
	json_decref(request);
	return text;
}

char *
etcd_authenticate(const char *user, const char *password)
{
	/* NULL where it is not UTF-8, too: etcd has no such user. */
	return request_text(
	    json_pack("{s:s, s:s}", "name", user, "password", password), 0);
}

char *
etcd_range(const struct etcd_range *r)
{
	json_t *request = json_object();
	int failed = put_key(request, r->key, r->end) == -1 ||
	    put_number(request, "limit", r->limit) == -1 ||
	    put_number(request, "revision", r->revision) == -1;

	if (r->keys_only &&
	    json_object_set_new(request, "keys_only", json_true()) == -1)
		failed = 1;
	return request_text(request, failed);
}

char *
etcd_range_end(const char *beginning)
{
	size_t len = strlen(beginning);
	char *end = strdup(beginning);

	if (end == NULL)
		return NULL;
	/* 0xff has none behind it: what is before it has. */
	while (len > 0 && end[len - 1] == '\xff')
		len--;
	end[len] = '\0';
	if (len > 0)
		end[len - 1]++;
	return end;
}

json_t *
put_request(const char *key, const char *value, size_t len, int64_t lease)
{
	json_t *request = json_object();

	if (put_key(request, key, NULL) == -1 ||
	    put_bytes(request, "value", value, len) == -1 ||
	    put_number(request, "lease", lease) == -1) {
		json_decref(request);
		return NULL;
	}
	return request;
}

char *
etcd_put(const char *key, const char *value, size_t len, int64_t lease)
{
	return request_text(put_request(key, value, len, lease), 0);
}

json_t *
delete_request(const char *key, const char *end)
{
	json_t *request = json_object();

	if (put_key(request, key, end) == -1) {
		json_decref(request);
		return NULL;
	}
	return request;
}

char *
etcd_delete(const char *key, const char *end)
{
	return request_text(delete_request(key, end), 0);
}

static char *
numbered(const char *name, int64_t number)
{
	json_t *request = json_object();

	return request_text(request, put_number(request, name, number) == -1);
}

char *
etcd_lease_grant(int64_t seconds)
{
	return numbered("TTL", seconds);
}

char *
etcd_lease_revoke(int64_t lease)
{
	return numbered("ID", lease);
}

char *
etcd_lease_keepalive(int64_t lease)
{
	return numbered("ID", lease);
}

/*
 * fragment: what is larger than a request may be comes in parts, of which it
 * says so; else it would be as large as all that was missed.
 */
char *
etcd_watch(const struct etcd_watch *w)
{
	json_t *create =
	    json_pack("{s:b, s:b}", "fragment", 1, "progress_notify", 1);
	int failed = put_key(create, w->key, w->end) == -1 ||
	    put_number(create, "watch_id", w->id) == -1 ||
	    put_number(create, "start_revision", w->start) == -1;
	json_t *request = json_pack("{s:o}", "create_request", create);

	return request_text(request, failed);
}
