/* SPDX-License-Identifier: ISC */

#include <stddef.h>
#include <string.h>

#include "callers.h"
#include "state.h"

static struct token_digest digest;
static int is_needed;

void
callers_open(void)
{
	char *token = ctld.start.token;

	is_needed = token[0] != '\0';
	if (is_needed)
		digest = token_digest_of(token);
	explicit_bzero(token, sizeof(ctld.start.token));
}

const struct token_digest *
callers_token(void)
{
	return is_needed ? &digest : NULL;
}
