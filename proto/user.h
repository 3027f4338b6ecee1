/* SPDX-License-Identifier: ISC */
#ifndef USER_H
#define USER_H

#include <stdint.h>

#include "token_digest.h"

/*
 * Users of the API's socket, as the kernel knows them: one, or all of a group.
 * In a table of tokens each is one of a digest that nobody can bring a token
 * for, and of a name that no token has, "uid 1000".
 */
enum user_kind {
	USER_UID,
	USER_GID,
	USER_KINDS
};

/* For whom the kernel has no number: those of other user namespaces. */
#define USER_NOBODY 65534U

#define USER_NAME_MAX 15

const char *user_kind_name(enum user_kind); /* "uid" */
struct token_digest user_digest(enum user_kind, uint32_t id);
void user_name(char name[USER_NAME_MAX + 1], enum user_kind, uint32_t id);
/* 1, and whose it is; or 0: it is a token's. */
int user_of_digest(const struct token_digest *, enum user_kind *, uint32_t *id);

#endif
