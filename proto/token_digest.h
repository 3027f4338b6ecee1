/* SPDX-License-Identifier: ISC */
#ifndef TOKEN_DIGEST_H
#define TOKEN_DIGEST_H

#include <stdint.h>

/*
 * What who changes something has to bring: a text, of which only its digest is
 * kept.  Who reads that cannot ask for anything by it.
 */

#define TOKEN_DIGEST_SIZE 32 /* SHA-256 */

struct token_digest {
	uint8_t bytes[TOKEN_DIGEST_SIZE];
};

struct token_digest token_digest_of(const char *text);

/* 1: that is the token's digest.  In as much time for every text of a length.
 */
int token_is(const struct token_digest *, const char *text);

#endif
