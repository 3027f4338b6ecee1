/* SPDX-License-Identifier: ISC */

#include <sha2.h>
#include <string.h>

#include "token_digest.h"

struct token_digest
token_digest_of(const char *text)
{
	struct token_digest d;
	SHA2_CTX context;

	SHA256Init(&context);
	SHA256Update(&context, (const uint8_t *)text, strlen(text));
	SHA256Final(d.bytes, &context);
	explicit_bzero(&context, sizeof(context));
	return d;
}

int
token_is(const struct token_digest *wanted, const char *text)
{
	const struct token_digest d = token_digest_of(text);
	unsigned int differ = 0;
	size_t i;

	for (i = 0; i < sizeof(d.bytes); i++)
		differ |= (unsigned int)(d.bytes[i] ^ wanted->bytes[i]);
	return differ == 0;
}
