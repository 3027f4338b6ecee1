/* SPDX-License-Identifier: ISC */
/* Answers of etcd's JSON gateway: errors, and what is short. */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "answer_parts.h"

int
answer_fail(struct etcd_error *err, int code, const char *message)
{
	err->code = code;
	snprintf(err->message, sizeof(err->message), "%s", message);
	return -1;
}

static uint64_t
unsigned_number(const json_t *object, const char *name)
{
	const json_t *value = json_object_get(object, name);

	if (json_is_string(value))
		return strtoull(json_string_value(value), NULL, 10);
	return (uint64_t)json_integer_value(value);
}

int64_t
answer_number(const json_t *object, const char *name)
{
	const json_t *value = json_object_get(object, name);

	if (json_is_string(value))
		return strtoll(json_string_value(value), NULL, 10);
	return json_integer_value(value);
}

void
answer_header(const json_t *object, struct etcd_header *header)
{
	const json_t *from = json_object_get(object, "header");

	header->cluster_id = unsigned_number(from, "cluster_id");
	header->member_id = unsigned_number(from, "member_id");
	header->raft_term = unsigned_number(from, "raft_term");
	header->revision = answer_number(from, "revision");
}

/*
 * {"error": "text", "message": "text", "code": 16}, of later versions without
 * the first; in a stream {"error": {"grpc_code": 16, "message": "text", ...}}.
 */
static int
read_error(const json_t *root, struct etcd_error *err)
{
	const json_t *error = json_object_get(root, "error"), *code;
	const char *message;

	if (!json_is_object(error))
		error = root;
	message = json_string_value(json_object_get(error, "message"));
	if (message == NULL)
		message = json_string_value(json_object_get(root, "error"));
	if ((code = json_object_get(error, "grpc_code")) == NULL)
		code = json_object_get(error, "code");
	if (message == NULL || !json_is_integer(code))
		return 0;
	answer_fail(err, (int)json_integer_value(code), message);
	/* No code of gRPC's: 0 would say that all is well. */
	if (err->code <= 0)
		err->code = ETCD_GARBLED;
	return 1;
}

static int
fail_status(struct etcd_error *err, const struct etcd_answer *a)
{
	char text[256];

	snprintf(text, sizeof(text), "not as etcd answers: HTTP %ld, \"%.*s\"",
	    a->status, (int)(a->len < 80 ? a->len : 80), a->text);
	return answer_fail(
	    err, a->status == 401 ? ETCD_UNAUTHENTICATED : ETCD_GARBLED, text);
}

json_t *
answer_load(const struct etcd_answer *a, struct etcd_error *err)
{
	json_error_t why;
	json_t *root = json_loadb(a->text, a->len, 0, &why), *result;

	memset(err, 0, sizeof(*err));
	if (root == NULL && json_error_code(&why) == json_error_out_of_memory) {
		answer_fail(err, ETCD_NO_MEMORY, "no memory");
		return NULL;
	}
	if (json_is_object(root) && read_error(root, err)) {
		json_decref(root);
		return NULL;
	}
	if (!json_is_object(root) || a->status / 100 != 2) {
		fail_status(err, a);
		json_decref(root);
		return NULL;
	}
	if ((result = json_object_get(root, "result")) == NULL)
		return root;
	json_incref(result);
	json_decref(root);
	return result;
}

int
etcd_read_token(
    const struct etcd_answer *a, char **token, struct etcd_error *err)
{
	json_t *root = answer_load(a, err);
	const char *text = json_string_value(json_object_get(root, "token"));
	int rc = -1;

	*token = NULL;
	if (root == NULL)
		return -1;
	/* It becomes a line of a header. */
	if (text == NULL || *text == '\0' || strpbrk(text, "\r\n") != NULL)
		answer_fail(err, ETCD_GARBLED, "there is no token in it");
	else if ((*token = strdup(text)) == NULL)
		answer_fail(err, ETCD_NO_MEMORY, "no memory");
	else
		rc = 0;
	json_decref(root);
	return rc;
}

int
etcd_read_done(const struct etcd_answer *a, struct etcd_header *header,
    struct etcd_error *err)
{
	json_t *root = answer_load(a, err);

	memset(header, 0, sizeof(*header));
	if (root == NULL)
		return -1;
	answer_header(root, header);
	json_decref(root);
	return 0;
}

int
etcd_read_txn(const struct etcd_answer *a, struct etcd_header *header,
    int *succeeded, struct etcd_error *err)
{
	json_t *root = answer_load(a, err);

	memset(header, 0, sizeof(*header));
	*succeeded = 0;
	if (root == NULL)
		return -1;
	answer_header(root, header);
	*succeeded = json_is_true(json_object_get(root, "succeeded"));
	json_decref(root);
	return 0;
}

int
etcd_read_lease(const struct etcd_answer *a, int64_t *lease, int64_t *ttl,
    struct etcd_error *err)
{
	json_t *root = answer_load(a, err);

	*lease = *ttl = 0;
	if (root == NULL)
		return -1;
	*lease = answer_number(root, "ID");
	*ttl = answer_number(root, "TTL");
	json_decref(root);
	return 0;
}

/*
 * As etcd says that a token is unknown; that there is none where one is
 * needed; that it is from before users were changed.
 */
static int
is_of_tokens(const char *message)
{
	return strstr(message, "invalid auth token") != NULL ||
	    strstr(message, "user name is empty") != NULL ||
	    strstr(message, "revision of auth store is old") != NULL ||
	    strstr(message, "revision in header is old") != NULL;
}

int
etcd_wants_token(const struct etcd_error *err)
{
	return err->code == ETCD_UNAUTHENTICATED || is_of_tokens(err->message);
}

int
etcd_told_wants_token(const struct etcd_told *told)
{
	return told->is_canceled && is_of_tokens(told->reason);
}
