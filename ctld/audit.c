/* SPDX-License-Identifier: ISC */

#include <stdio.h>

#include "address.h"
#include "agreed.h"
#include "audit.h"
#include "callers.h"
#include "change.h"
#include "clock.h"
#include "log.h"
#include "msg.h"
#include "output.h"
#include "proxies.h"
#include "rate.h"
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
	[ANSWER_NO_PROFILE] = "no profile of the proxy",
	[ANSWER_WORKER_BUSY] = "worker did not answer",
	[ANSWER_TOO_MANY_OWN] = "too many toxics of the session's own",
	[ANSWER_TOXIC_DIFFERS] = "toxic changed meanwhile",
	[ANSWER_TENANT_CHANGES] = "too many changes of the tenant",
	[ANSWER_TENANT_NAMES] = "too many look-ups of the tenant",
	[ANSWER_NO_LOSS] = "no segment can be lost here",
	[ANSWER_LOSS_TAKEN] = "all programs that lose segments are in use",
	[ANSWER_NO_SCENARIO] = "no such scenario",
	[ANSWER_SCENARIO_EXISTS] = "scenario exists",
	[ANSWER_HAS_SCENARIO] = "the proxy has a scenario",
	[ANSWER_NO_SOURCE] = "no such source",
	[ANSWER_GENERATION] = "another generation is applied",
	[ANSWER_OWNED] = "another source owns it",
	[ANSWER_FAULTS] = "the document has faults",
	[ANSWER_TOO_MANY_SOURCES] = "too many sources",
};

/* ... and what apid has refused, without asking. */
static const char *const refusals[REFUSALS] = {
	[REFUSAL_NO_TOKEN] = "refused: no token",
	[REFUSAL_BAD_TOKEN] = "refused: malformed token",
	[REFUSAL_WRONG_TOKEN] = "refused: token unknown",
	[REFUSAL_READS_ONLY] = "refused: token may only read",
	[REFUSAL_OTHER_TENANT] = "refused: for another tenant",
	[REFUSAL_CALLS] = "refused: limits.api_calls_per_s",
	[REFUSAL_AGENT] = "refused: a browser",
	[REFUSAL_HOST] = "refused: host",
	[REFUSAL_ORIGIN] = "refused: origin",
	[REFUSAL_SITE] = "refused: site",
	[REFUSAL_CROWD] = "refused: more kinds than are told apart",
};

const char *
audit_outcome(enum answer_code code)
{
	return outcomes[code];
}

/* ---- a line */

struct line {
	struct log_field fields[LOG_FIELDS_MAX];
	size_t n;
	char client[ADDRESS_TEXT_MAX];
	char session[64]; /* the API's, or a proxy's */
};
_Static_assert(
    SESSION_ID_TEXT < 64 && SESSION_NAME_MAX < 64, "either has room");

static void
add(struct line *l, struct log_field f)
{
	if (l->n < LOG_FIELDS_MAX)
		l->fields[l->n++] = f;
}
#define ADD_STR(l, k, v) add((l), (struct log_field)LOG_STR(k, v))
#define ADD_INT(l, k, v) add((l), (struct log_field)LOG_INT(k, v))
#define ADD_OWNED(l, k, o, v) add((l), (struct log_field)LOG_OWNED(k, o, v))

static void
add_if_any(struct line *l, const char *key, const char *text)
{
	if (text[0] != '\0')
		ADD_STR(l, key, text);
}

/* Who, and whence he has come. */
static void
add_caller(struct line *l, const struct caller *by)
{
	caller_client_text(by, l->client);
	ADD_STR(l, "tenant", by->tenant);
	ADD_STR(l, "token", by->name);
	ADD_STR(l, "client", l->client);
	ADD_STR(l, "request_id", by->request_id);
}

/* As loud as it takes to be written, and kept where nobody reads the log. */
static void
write_down(const struct line *l)
{
	const int level = ctld.log_level > LOG_INFO ? ctld.log_level : LOG_INFO;
	struct log_record r;

	if (!log_wants(level))
		return;
	log_make(&r, level, "Audit", l->fields, l->n);
	output_audit(&r);
}

/* ---- a change */

/* Which session of a proxy; and how it is to end, if it is. */
static void
add_session(struct line *l, const struct relay_ask *ask)
{
	ADD_STR(l, "session",
	    session_name(ask->assignment, ask->number, l->session));
	if (!session_wish_is_own(ask->wish))
		ADD_STR(l, "mode", ask->wish == WISH_RESET ? "reset" : "close");
}

/* Of a proxy's toxics each by its name, or how many come or go with it. */
static void
add_proxy(struct line *l, const struct change *ch, enum answer_code code)
{
	const struct proxy_key *key = change_key(ch);
	const struct request *r = ch->request;

	if (r->find == NULL || key->name[0] != '\0')
		ADD_OWNED(l, "proxy", key->tenant, key->name);
	if (r->toxic != NULL)
		add_if_any(l, "toxic", r->toxic(ch));
	if (r->type == MSG_PROXY_PROFILE)
		add_if_any(l, "profile", ch->u.profile.name);
	if (r->type == MSG_SCENARIO_CREATE)
		add_if_any(l, "scenario", ch->u.scenario.name);
	if (r->type == MSG_SCENARIO_DELETE)
		add_if_any(l, "scenario", ch->u.scenario_name.name);
	if (ch->nlisted > 0 || r->makes_a_proxy)
		ADD_INT(l, "toxics", ch->nlisted);
	else if (r->ends_toxics && code == ANSWER_OK)
		ADD_INT(l, "toxics", ch->proxy->ntoxics);
	if (r->is_of_a_session)
		add_session(l, &ch->u.inquiry.ask);
}

/* A token's role is known of one that is to be, or has been found. */
static void
add_token(struct line *l, const struct change *ch, enum answer_code code)
{
	const struct credential *row = &ch->u.token.row;

	ADD_OWNED(l, "changed_token", change_key(ch)->tenant, row->name);
	if (code == ANSWER_OK || ch->request->type == MSG_TOKEN_CREATE)
		ADD_STR(l, "token_role", caller_role_name(row->role));
}

/* Whose document it is; one that has no generation takes all away. */
static void
add_source(struct line *l, const struct desired_put *put)
{
	ADD_OWNED(l, "source", put->of.tenant, put->source);
	add_if_any(l, "generation", put->generation);
	if (put->is_removal)
		ADD_INT(l, "removal", 1);
}

/* What it is about. */
static void
add_things(struct line *l, const struct change *ch, enum answer_code code)
{
	const struct request *r = ch->request;

	if (r->is_of_sessions) {
		session_id_text(&ch->u.session.ref.id, l->session);
		ADD_OWNED(l, "session", change_key(ch)->tenant, l->session);
	} else if (r->is_of_tokens) {
		add_token(l, ch, code);
	} else if (r->is_of_tenant) {
		ADD_STR(l, "halt", ch->u.halt.row.tenant);
	} else if (r->type == MSG_DESIRED_PUT) {
		add_source(l, &ch->u.desired);
	} else {
		add_proxy(l, ch, code);
	}
}

/*
 * What is none is not here either, nor what changes nothing, but for who is
 * refused it; a halt, and a document, say themselves what they do.
 */
static int
is_news(const struct change *ch, enum answer_code code)
{
	const struct request *r = ch->request;

	if (ch->caller.id == 0)
		return 0;
	if (r->apply == NULL && !r->is_of_a_session)
		return code == ANSWER_UNKNOWN || code == ANSWER_NOT_ITS_OWN;
	return r->log != NULL || r->is_of_tenant || r->is_of_a_session ||
	    r->type == MSG_DESIRED_PUT || code != ANSWER_OK;
}

void
audit(const struct change *ch, enum answer_code code)
{
	struct line l = { .n = 0 };

	if (!is_news(ch, code))
		return;
	ADD_STR(&l, "request", msg_name(ch->request->type));
	add_things(&l, ch, code);
	ADD_STR(&l, "outcome", outcomes[code]);
	add_caller(&l, &ch->caller);
	write_down(&l);
}

void
audit_lapse(const struct proxy_key *key, const char *toxic)
{
	struct line l = { .n = 0 };

	if (callers_are_open())
		return;
	ADD_STR(&l, "request", "LEASE_END");
	ADD_OWNED(&l, "proxy", key->tenant, key->name);
	add_if_any(&l, "toxic", toxic);
	ADD_STR(&l, "outcome", outcomes[ANSWER_OK]);
	write_down(&l);
}

/* ---- what apid has refused */

/* Whose time is over, ctld looks for itself. */
static const char *
why(const struct caller *by, const struct api_refused *r)
{
	return r->why == REFUSAL_WRONG_TOKEN && caller_has_expired(by)
	    ? "refused: token expired"
	    : refusals[r->why];
}

/*
 * An honest apid says few of them in a second.  What one in bad hands says
 * beyond is a number in the next line.
 */
int
audit_refused(const struct caller *by, const struct api_refused *r)
{
	static struct rate rate;
	static int64_t untold;
	struct line l = { .n = 0 };

	if (!rate_take(
		&rate, UINT64_C(2) * (REFUSALS_APART_MAX + 1), clock_now())) {
		untold += r->times;
		return 0;
	}
	if (callers_are_open())
		return 1;
	ADD_STR(&l, "request", r->request);
	add_if_any(&l, "for", r->tenant);
	ADD_STR(&l, "outcome", why(by, r));
	add_caller(&l, by);
	add_if_any(&l, "like", r->first);
	if (r->times > 1 || r->first[0] != '\0')
		ADD_INT(&l, "times", r->times);
	if (untold > 0)
		ADD_INT(&l, "untold", untold);
	untold = 0;
	write_down(&l);
	return 1;
}
