/* SPDX-License-Identifier: ISC */

#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "address.h"
#include "callers.h"
#include "child.h"
#include "tenant_limits.h"
#include "requests.h"
#include "state.h"
#include "tenants.h"
#include "text_put.h"

/* That of the one token, without tenants; its digest is 0 if there is none. */
static struct credential sole = { .role = CALLER_ADMIN };
static int has_sole;
static int had_tenants;

void
callers_open(void)
{
	char *token = ctld.start.token;

	has_sole = token[0] != '\0';
	if (has_sole)
		sole.digest = token_digest_of(token);
	explicit_bzero(token, sizeof(ctld.start.token));
}

int
callers_have_one_token(void)
{
	return has_sole;
}

int
callers_are_open(void)
{
	return !has_sole && tenants_now()->n == 0;
}

int
callers_may_be_late(void)
{
	return had_tenants || tenants_now()->n > 0;
}

/* ---- one of them */

/* Whom the kernel says that he is: the file may know him, or his group. */
static const struct credential *
user_of(const struct caller *c)
{
	return c->has_user ? tenants_user(c->user.uid, c->user.gid) : NULL;
}

/* NULL: nobody, by now.  Another than the one token has not been taken. */
static const struct credential *
credential_of(const struct caller *c)
{
	if (c->id == 0)
		return NULL;
	if (has_sole)
		return &sole;
	return c->has_token ? tenants_credential(&c->digest) : user_of(c);
}

/* The kernel says who he is; apid, which had only to pass it on, does not. */
static void
take_user(struct caller *caller, int client)
{
	*caller = (struct caller){ .id = 0 };
	if (client == -1)
		return;
	caller->has_user = api_socket_peer(client, &caller->user) == 0;
	close(client);
}

void
caller_read(struct caller *caller, const struct api_caller *said, uint32_t id,
    int client)
{
	const struct credential *c;

	take_user(caller, client);
	caller->id = id;
	caller->peer = said->peer;
	caller->has_token = said->token[0] != '\0';
	caller->digest = token_digest_of(said->token);
	text_put(
	    caller->request_id, sizeof(caller->request_id), said->request_id);
	if ((c = credential_of(caller)) == NULL)
		return;
	memcpy(caller->tenant, c->tenant, sizeof(caller->tenant));
	memcpy(caller->name, c->name, sizeof(caller->name));
}

/*
 * apid has looked before, by the digest.  A token that the file has may have
 * gone since, and tenants with it; the one that is of no file has not.
 */
int
caller_take(struct caller *caller, const struct api_caller *said, uint32_t id,
    int client)
{
	caller_read(caller, said, id, client);
	return (has_sole ? token_is(&sole.digest, said->token)
			 : callers_may_be_late())
	    ? 0
	    : -1;
}

int
caller_has_expired(const struct caller *c)
{
	const struct credential *by = credential_of(c);

	return by != NULL && !credential_counts(by, time(NULL));
}

enum answer_code
caller_may(const struct caller *c, const struct request *r,
    const struct proxy_key *key)
{
	const struct credential *by = credential_of(c);

	if (callers_are_open())
		return ANSWER_OK;
	if (by == NULL || !credential_counts(by, time(NULL)))
		return ANSWER_UNKNOWN;
	if (by->role != CALLER_ADMIN && strcmp(by->tenant, key->tenant) != 0)
		return ANSWER_NOT_ITS_OWN;
	if (by->role == CALLER_READER &&
	    (r->apply != NULL || r->is_of_a_session))
		return ANSWER_READS_ONLY;
	return ANSWER_OK;
}

void
caller_client_text(const struct caller *c, char text[ADDRESS_TEXT_MAX])
{
	text[0] = '\0';
	if (c->has_user)
		snprintf(text, ADDRESS_TEXT_MAX, "uid %u", c->user.uid);
	else if (c->peer.family != 0)
		(void)address_text(&c->peer, text);
}

int
caller_may_grant(const struct caller *c, uint32_t role)
{
	const struct credential *by = credential_of(c);

	return by != NULL && role <= by->role;
}

/* ---- all of them */

void
callers_feed(struct child *apid)
{
	const struct tenants *tenants = tenants_now();
	struct api_callers callers = { .mode = CALLERS_NOBODY };
	const struct tenant_limits *limits;
	size_t i, nlimits;

	had_tenants |= tenants->n > 0;
	if (tenants->n > 0)
		callers.mode = CALLERS_OF_TENANTS;
	else if (!has_sole)
		callers.mode = CALLERS_ANYBODY;
	child_send(apid, MSG_API_CALLERS, 0, &callers, -1);
	if (has_sole)
		child_send(apid, MSG_API_CREDENTIAL, 0, &sole, -1);
	for (i = 0; i < tenants->ncredentials; i++)
		child_send(
		    apid, MSG_API_CREDENTIAL, 0, &tenants->credentials[i], -1);
	limits = limits_now(&nlimits);
	for (i = 0; i < nlimits; i++)
		child_send(apid, MSG_API_LIMITS, 0, &limits[i], -1);
	child_send_nothing(apid, MSG_API_CALLERS_END, 0);
}
