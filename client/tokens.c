/* SPDX-License-Identifier: ISC */
/*
 * Tokens of a server, out of JSON that somebody else wrote.  Each result keeps
 * that JSON, and its text points into it.
 */

#include <stdlib.h>

#include "decode.h"
#include "failure.h"
#include "tokens.h"

struct token_result {
	struct toxi_token token; /* the first member: freed by its address */
	json_t *kept;
};

struct tokens_result {
	struct toxi_tokens tokens;
	struct toxi_token *list; /* the same, as ours */
	json_t *kept;
};

static int
fill(struct toxi_token *t, const json_t *json, struct toxi_error *err)
{
	t->name = decode_text(json, "name");
	t->role = decode_text(json, "role");
	if (t->name == NULL || t->role == NULL)
		return fail(err, TOXI_ERR_PROTOCOL,
		    "the answer does not say of a token");
	t->expires = decode_text(json, "expires");
	t->last_used = decode_text(json, "last_used");
	t->is_of_file = json_is_true(json_object_get(json, "of_file"));
	t->secret = decode_text(json, "token");
	return 0;
}

void
token_free(struct toxi_token *token)
{
	struct token_result *r = (struct token_result *)token;

	if (r == NULL)
		return;
	json_decref(r->kept);
	free(r);
}

void
tokens_free(struct toxi_tokens *tokens)
{
	struct tokens_result *r = (struct tokens_result *)tokens;

	if (r == NULL)
		return;
	json_decref(r->kept);
	free(r->list);
	free(r);
}

/* A new one is of no use without its secret. */
static int
fill_new(struct toxi_token *t, const json_t *json, struct toxi_error *err)
{
	if (fill(t, json, err) == -1)
		return -1;
	if (t->secret == NULL)
		return fail(err, TOXI_ERR_PROTOCOL, "the answer has no token");
	return 0;
}

struct toxi_token *
token_decode(json_t *json, struct toxi_error *err)
{
	struct token_result *r = calloc(1, sizeof(*r));

	if (r == NULL) {
		fail_nomem(err);
		return NULL;
	}
	r->kept = json_incref(json);
	if (fill_new(&r->token, json, err) == 0)
		return &r->token;
	token_free(&r->token);
	return NULL;
}

static int
fill_list(struct tokens_result *r, const json_t *json, struct toxi_error *err)
{
	size_t n = json_array_size(json);

	if (!json_is_array(json))
		return fail(
		    err, TOXI_ERR_PROTOCOL, "the answer is no list of tokens");
	if ((r->list = calloc(n + 1, sizeof(*r->list))) == NULL)
		return fail_nomem(err);
	r->tokens.list = r->list;
	for (; r->tokens.n < n; r->tokens.n++)
		if (fill(&r->list[r->tokens.n],
			json_array_get(json, r->tokens.n), err) == -1)
			return -1;
	return 0;
}

struct toxi_tokens *
tokens_decode(json_t *json, struct toxi_error *err)
{
	struct tokens_result *r = calloc(1, sizeof(*r));

	if (r == NULL) {
		fail_nomem(err);
		return NULL;
	}
	r->kept = json_incref(json);
	if (fill_list(r, json, err) == 0)
		return &r->tokens;
	tokens_free(&r->tokens);
	return NULL;
}
