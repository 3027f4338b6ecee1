/* SPDX-License-Identifier: ISC */

#include <inttypes.h>
#include <stdio.h>

#include "address.h"
#include "audit.h"
#include "callers.h"
#include "change.h"
#include "log.h"
#include "msg.h"
#include "nitems.h"
#include "output.h"
#include "requests.h"
#include "state.h"

/* Why not; each is a word for who searches the log. */
static const char *const outcomes[ANSWER_CODE_MAX] = {
	[ANSWER_OK] = "done",
	[ANSWER_UNCHANGED] = "unchanged",
	[ANSWER_NO_PROXY] = "no such proxy",
	[ANSWER_NO_TOXIC] = "no such toxic",
	[ANSWER_PROXY_EXISTS] = "proxy exists",
	[ANSWER_TOXIC_EXISTS] = "toxic exists",
	[ANSWER_TOO_MANY] = "too many toxics on the proxy",
	[ANSWER_TOO_MANY_PROXIES] = "too many proxies",
	[ANSWER_TOO_MANY_TOXICS] = "too many toxics",
	[ANSWER_BAD_VALUE] = "bad value",
	[ANSWER_BAD_LISTEN] = "cannot listen",
	[ANSWER_NO_MEMORY] = "out of memory",
	[ANSWER_STORE_FULL] = "not stored: no space",
	[ANSWER_STORE_FAILED] = "not stored",
	[ANSWER_STORE_UNSURE] = "stored or not",
	[ANSWER_ENDING] = "shutting down",
	[ANSWER_LOST] = "lost",
	[ANSWER_NO_TENANT] = "no such tenant",
	[ANSWER_UNKNOWN] = "refused: token unknown or expired",
	[ANSWER_READS_ONLY] = "refused: token may only read",
	[ANSWER_NOT_ITS_OWN] = "refused: proxy of another tenant",
	[ANSWER_TENANT_PROXIES] = "too many proxies of the tenant",
	[ANSWER_TENANT_TOXICS] = "too many toxics of the tenant",
	[ANSWER_NO_TOKEN] = "no such token",
	[ANSWER_TOKEN_EXISTS] = "token exists",
	[ANSWER_TOO_MANY_TOKENS] = "too many tokens of the tenant",
	[ANSWER_TOKEN_OF_FILE] = "refused: the file's token",
	[ANSWER_LESSER_ROLE] = "refused: role above the token's own",
	[ANSWER_OVER_LIMIT] = "refused: a limit of the tenant",
	[ANSWER_NO_SESSION] = "no such session",
	[ANSWER_TOO_MANY_SESSIONS] = "too many sessions",
	[ANSWER_NO_CONNECTION] = "no such session of the proxy",
	[ANSWER_WORKER_BUSY] = "worker did not answer",
	[ANSWER_TENANT_CHANGES] = "too many changes of the tenant",
	[ANSWER_TENANT_NAMES] = "too many look-ups of the tenant",
};

/* Whence he has come. */
static void
client_text(const struct caller *by, char text[ADDRESS_TEXT_MAX])
{
	text[0] = '\0';
	if (by->has_user)
		snprintf(text, ADDRESS_TEXT_MAX, "uid %u", by->user.uid);
	else if (by->peer.family != 0)
		(void)address_text(&by->peer, text);
}

/* As loud as it takes to be written, and kept where nobody reads the log. */
static void
write_down(const struct log_field *fields, size_t n)
{
	const int level = ctld.log_level > LOG_INFO ? ctld.log_level : LOG_INFO;
	struct log_record r;

	if (!log_wants(level))
		return;
	log_make(&r, level, "Audit", fields, n);
	output_audit(&r);
}

/* What it is about; room is for what has no text of its own. */
static struct log_field
subject(const struct change *ch, char room[SESSION_ID_TEXT + 1])
{
	const struct proxy_key *key = change_key(ch);
	const struct request *r = ch->request;

	if (r->is_of_sessions) {
		session_id_text(&ch->u.session.ref.id, room);
		return (struct log_field)LOG_OWNED(
		    "session", key->tenant, room);
	}
	if (r->is_of_tokens)
		return (struct log_field)LOG_OWNED(
		    "changed_token", key->tenant, ch->u.token.row.name);
	if (r->is_of_tenant)
		return (struct log_field)LOG_STR("halt", ch->u.halt.row.tenant);
	return (struct log_field)LOG_OWNED("proxy", key->tenant, key->name);
}

/* What is no news is not here either; a halt says so itself. */
static int
is_no_news(const struct request *r, enum answer_code code)
{
	if (r->ends_a_session)
		return 0;
	return r->apply == NULL ||
	    (r->log == NULL && !r->is_of_tenant && code == ANSWER_OK);
}

/* How, and which, where a session of a proxy is to end; or NULL. */
static const char *
ended(const struct change *ch, char text[64])
{
	const struct relay_ask *ask = &ch->u.inquiry.ask;

	if (!ch->request->ends_a_session)
		return NULL;
	snprintf(
	    text, 64, "%" PRIu64 ".%" PRIu64, ask->assignment, ask->number);
	return ask->wish == WISH_RESET ? "reset" : "close";
}

void
audit(const struct change *ch, enum answer_code code)
{
	const struct caller *by = &ch->caller;
	char client[ADDRESS_TEXT_MAX], session[SESSION_ID_TEXT + 1], of[64];
	const char *mode = ended(ch, of);
	const struct log_field fields[] = {
		LOG_STR("request", msg_name(ch->request->type)),
		subject(ch, session),
		LOG_STR("outcome", outcomes[code]),
		LOG_STR("tenant", by->tenant),
		LOG_STR("token", by->name),
		LOG_STR("client", client),
		LOG_STR("request_id", by->request_id),
		LOG_STR("session", of),
		LOG_STR("mode", mode),
	};

	if (by->id == 0 || is_no_news(ch->request, code))
		return;
	client_text(by, client);
	write_down(fields, nitems(fields) - (mode != NULL ? 0 : 2));
}

void
audit_lapse(const struct proxy_key *key, const char *toxic)
{
	const struct log_field fields[] = {
		LOG_STR("request", "LEASE_END"),
		LOG_OWNED("proxy", key->tenant, key->name),
		LOG_STR("toxic", toxic),
		LOG_STR("outcome", outcomes[ANSWER_OK]),
	};

	if (callers_are_open())
		return;
	write_down(fields, nitems(fields));
}
