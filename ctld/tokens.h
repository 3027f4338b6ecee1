/* SPDX-License-Identifier: ISC */
#ifndef TOKENS_H
#define TOKENS_H

#include "msg.h"

/*
 * Tokens that the API makes and takes back, as requests about a tenant.  apid
 * has made up the token: only its digest comes here.
 */

struct change;

int get_token_create(struct change *, const struct msg *);
int get_token_delete(struct change *, const struct msg *);
const struct proxy_key *tenant_of_token(const struct change *);
enum answer_code prepare_token_create(struct change *);
enum answer_code prepare_token_delete(struct change *);
void log_token_made(const struct change *);
void log_token_gone(const struct change *);
int commit_token_create(struct change *);
int commit_token_delete(struct change *);

/* The one about that tenant, its tokens or its halt, that is being stored; it
 * may be written. */
struct change **tokens_storing(const char *tenant);

/* So says apid, once a minute of each.  One that is gone is nobody's. */
void token_used(const struct token_digest *);

#endif
