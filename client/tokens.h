/* SPDX-License-Identifier: ISC */
/* Tokens of a server, out of JSON. */
#ifndef TOKENS_H
#define TOKENS_H

#include <jansson.h>

#include "toxi.h"

/* NULL: *err says why, TOXI_ERR_PROTOCOL or TOXI_ERR_NOMEM. */
struct toxi_token *token_decode(json_t *, struct toxi_error *);
/* An array. */
struct toxi_tokens *tokens_decode(json_t *, struct toxi_error *);

/* As toxi_token_free(), which only one of the libraries has. */
void token_free(struct toxi_token *);
void tokens_free(struct toxi_tokens *);

#endif
