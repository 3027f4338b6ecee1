/* SPDX-License-Identifier: ISC */
/*
 * The requests.  Who adds one writes its row, and the functions in it: what can
 * be had of it ahead goes to prepare.c, what it does to commit.c.
 */

#include <stddef.h>

#include "api_sessions.h"
#include "change.h"
#include "change_event.h"
#include "change_log.h"
#include "commit.h"
#include "desired.h"
#include "desired_request.h"
#include "halt.h"
#include "inquiries.h"
#include "lease.h"
#include "msg.h"
#include "nitems.h"
#include "prepare.h"
#include "proxy_spec.h"
#include "requests.h"
#include "scenario_event.h"
#include "scenario_request.h"
#include "store_tell.h"
#include "tokens.h"
#include "toxic_owner.h"
#include "toxic_spec.h"

/* ---- its payload, and whose proxy it is about */

static int
get_create(struct change *ch, const struct msg *m)
{
	ch->u.create = *msg_get_proxy_create(m);
	return lease_may_be_asked(ch->u.create.spec.lease) ? 0 : -1;
}

static const struct proxy_key *
proxy_of_create(const struct change *ch)
{
	return &ch->u.create.spec.key;
}

static int
get_update(struct change *ch, const struct msg *m)
{
	ch->u.update = *msg_get_proxy_update(m);
	return 0;
}

static const struct proxy_key *
proxy_of_update(const struct change *ch)
{
	return &ch->u.update.key;
}

static int
get_key(struct change *ch, const struct msg *m)
{
	ch->u.key = *msg_get_proxy_key(m);
	return 0;
}

static const struct proxy_key *
proxy_of_key(const struct change *ch)
{
	return &ch->u.key;
}

static int
get_toxic_create(struct change *ch, const struct msg *m)
{
	ch->u.toxic_create = *msg_get_toxic_create(m);
	return change_toxic_is_offered(&ch->u.toxic_create.spec) &&
		toxic_owner_kind(&ch->u.toxic_create.spec) != OWNER_SCENARIO
	    ? 0
	    : -1;
}

static const struct proxy_key *
proxy_of_toxic_create(const struct change *ch)
{
	return &ch->u.toxic_create.proxy;
}

static const char *
toxic_of_create(const struct change *ch)
{
	return ch->u.toxic_create.spec.name;
}

static int
get_profile(struct change *ch, const struct msg *m)
{
	ch->u.profile = *msg_get_proxy_profile(m);
	return 0;
}

static const struct proxy_key *
proxy_of_profile(const struct change *ch)
{
	return &ch->u.profile.proxy;
}

static int
get_toxic_update(struct change *ch, const struct msg *m)
{
	ch->u.toxic_update = *msg_get_toxic_update(m);
	return change_toxic_is_offered(&ch->u.toxic_update.spec) ? 0 : -1;
}

static const struct proxy_key *
proxy_of_toxic_update(const struct change *ch)
{
	return &ch->u.toxic_update.proxy;
}

static const char *
toxic_of_update(const struct change *ch)
{
	return ch->u.toxic_update.spec.name;
}

static int
get_toxic_name(struct change *ch, const struct msg *m)
{
	ch->u.toxic_name = *msg_get_toxic_name(m);
	return ch->u.toxic_name.name[0] != '\0' ? 0 : -1;
}

static const struct proxy_key *
proxy_of_toxic_name(const struct change *ch)
{
	return &ch->u.toxic_name.proxy;
}

static const char *
toxic_of_name(const struct change *ch)
{
	return ch->u.toxic_name.name;
}

/* One session's own: each type has its wish. */
static int
get_own_toxic(struct change *ch, const struct msg *m)
{
	const struct own_toxic *own = msg_get_own_toxic(m);
	enum session_wish wish = WISH_OWN_REMOVE;

	if (m->type == MSG_OWN_TOXIC_CREATE)
		wish = WISH_OWN_ADD;
	else if (m->type == MSG_OWN_TOXIC_UPDATE)
		wish = WISH_OWN_UPDATE;
	ch->u.own_toxic = *own;
	return own->of.ask.wish == wish &&
		(wish == WISH_OWN_REMOVE || change_toxic_is_offered(&own->spec))
	    ? 0
	    : -1;
}

static const char *
toxic_of_own(const struct change *ch)
{
	return ch->u.own_toxic.spec.name;
}

static int
get_renewal(struct change *ch, const struct msg *m)
{
	ch->u.renewal = *msg_get_lease_renewal(m);
	return ch->u.renewal.lease != 0 ? 0 : -1;
}

static const struct proxy_key *
proxy_of_renewal(const struct change *ch)
{
	return &ch->u.renewal.of.proxy;
}

static const char *
toxic_of_renewal(const struct change *ch)
{
	return ch->u.renewal.of.name;
}

/* ---- all of them */

static const struct request requests[] = {
	{
	    .type = MSG_PROXY_CREATE,
	    .get = get_create,
	    .proxy = proxy_of_create,
	    .makes_a_proxy = 1,
	    .endpoint = endpoint_of_create,
	    .prepare = prepare_create,
	    .store = tell_create,
	    .log = log_proxy_created,
	    .event = event_proxy_created,
	    .apply = commit_create,
	},
	{
	    .type = MSG_PROXY_POPULATE,
	    .get = get_create,
	    .proxy = proxy_of_create,
	    .makes_a_proxy = 1,
	    .ends_a_proxy = 1,
	    .endpoint = endpoint_of_populate,
	    .prepare = prepare_populate,
	    .store = tell_create,
	    .log = log_proxy_created,
	    .event = event_proxy_created,
	    .apply = commit_create,
	},
	{
	    .type = MSG_PROXY_UPDATE,
	    .get = get_update,
	    .proxy = proxy_of_update,
	    .endpoint = endpoint_of_update,
	    .prepare = prepare_update,
	    .store = tell_update,
	    .log = log_proxy_updated,
	    .event = event_proxy_updated,
	    .apply = commit_update,
	},
	{
	    .type = MSG_PROXY_DELETE,
	    .get = get_key,
	    .proxy = proxy_of_key,
	    .ends_a_proxy = 1,
	    .ends_toxics = 1,
	    .prepare = prepare_delete,
	    .store = tell_proxy_gone,
	    .log = log_proxy_deleted,
	    .event = event_proxy_deleted,
	    .apply = commit_delete,
	},
	{
	    .type = MSG_PROXY_RESET,
	    .get = get_key,
	    .proxy = proxy_of_key,
	    .ends_toxics = 1,
	    .endpoint = endpoint_of_reset,
	    .prepare = prepare_reset,
	    .store = tell_reset,
	    .log = log_proxy_reset,
	    .event = event_proxy_reset,
	    .apply = commit_reset,
	},
	{
	    .type = MSG_PROXY_AWAIT,
	    .get = get_key,
	    .proxy = proxy_of_key,
	    .prepare = prepare_await,
	},
	{
	    .type = MSG_PROXY_SESSIONS,
	    .get = get_inquiry,
	    .proxy = proxy_of_inquiry,
	    .ask = inquiry_start,
	},
	{
	    .type = MSG_PROXY_SESSION_END,
	    .get = get_inquiry,
	    .proxy = proxy_of_inquiry,
	    .is_of_a_session = 1,
	    .ask = inquiry_start,
	},
	{
	    .type = MSG_OWN_TOXIC_CREATE,
	    .get = get_own_toxic,
	    .proxy = proxy_of_inquiry,
	    .toxic = toxic_of_own,
	    .is_of_a_session = 1,
	    .ask = inquiry_start,
	},
	{
	    .type = MSG_OWN_TOXIC_UPDATE,
	    .get = get_own_toxic,
	    .proxy = proxy_of_inquiry,
	    .toxic = toxic_of_own,
	    .is_of_a_session = 1,
	    .ask = inquiry_start,
	},
	{
	    .type = MSG_OWN_TOXIC_DELETE,
	    .get = get_own_toxic,
	    .proxy = proxy_of_inquiry,
	    .toxic = toxic_of_own,
	    .is_of_a_session = 1,
	    .ask = inquiry_start,
	},
	{
	    .type = MSG_TOXIC_CREATE,
	    .get = get_toxic_create,
	    .proxy = proxy_of_toxic_create,
	    .toxic = toxic_of_create,
	    .prepare = prepare_toxic_create,
	    .store = tell_toxics,
	    .log = log_toxic_created,
	    .event = event_toxic_created,
	    .apply = commit_toxic_create,
	},
	{
	    .type = MSG_PROXY_PROFILE,
	    .get = get_profile,
	    .proxy = proxy_of_profile,
	    .prepare = prepare_profile,
	    .store = tell_profile,
	    .log = log_profile,
	    .event = event_profile,
	    .apply = commit_profile,
	},
	{
	    .type = MSG_SCENARIO_CREATE,
	    .get = get_scenario,
	    .proxy = proxy_of_scenario,
	    .prepare = prepare_scenario_create,
	    .store = tell_scenario,
	    .log = log_scenario_started,
	    .event = event_scenario_started,
	    .apply = commit_scenario_create,
	},
	{
	    .type = MSG_SCENARIO_DELETE,
	    .get = get_scenario_name,
	    .proxy = proxy_of_scenario_name,
	    .find = find_scenario,
	    .prepare = prepare_scenario_delete,
	    .store = tell_scenario_gone,
	    .log = log_scenario_deleted,
	    .event = event_scenario_deleted,
	    .apply = commit_scenario_delete,
	},
	{
	    .type = MSG_TOXIC_UPDATE,
	    .get = get_toxic_update,
	    .proxy = proxy_of_toxic_update,
	    .toxic = toxic_of_update,
	    .prepare = prepare_toxic_update,
	    .store = tell_toxic_update,
	    .log = log_toxic_updated,
	    .event = event_toxic_updated,
	    .apply = commit_toxic_update,
	},
	{
	    .type = MSG_TOXIC_DELETE,
	    .get = get_toxic_name,
	    .proxy = proxy_of_toxic_name,
	    .toxic = toxic_of_name,
	    .prepare = prepare_toxic_delete,
	    .store = tell_toxic_delete,
	    .log = log_toxic_deleted,
	    .event = event_toxic_deleted,
	    .apply = commit_toxic_delete,
	},
	{
	    .type = MSG_LEASE_RENEW,
	    .get = get_renewal,
	    .proxy = proxy_of_renewal,
	    .toxic = toxic_of_renewal,
	    .prepare = prepare_renewal,
	    .store = tell_renewal,
	    .log = log_lease_renewed,
	    .event = event_lease_renewed,
	    .apply = commit_renewal,
	},
	{
	    .type = MSG_DESIRED_PUT,
	    .get = get_desired,
	    .proxy = tenant_of_desired,
	    .is_of_all = 1,
	    .prepare = prepare_desired,
	    .undo = undo_desired,
	    .forget = desired_free,
	    .store = tell_desired,
	    .apply = commit_desired,
	},
	{
	    .type = MSG_DESIRED_SHOW,
	    .get = get_desired_show,
	    .proxy = tenant_of_desired_show,
	    .ask = desired_show,
	},
	{
	    .type = MSG_TOKEN_CREATE,
	    .get = get_token_create,
	    .proxy = tenant_of_token,
	    .is_of_tenant = 1,
	    .is_of_tokens = 1,
	    .prepare = prepare_token_create,
	    .store = tell_token,
	    .log = log_token_made,
	    .event = event_token_made,
	    .apply = commit_token_create,
	},
	{
	    .type = MSG_TOKEN_DELETE,
	    .is_no_more = 1,
	    .get = get_token_delete,
	    .proxy = tenant_of_token,
	    .is_of_tenant = 1,
	    .is_of_tokens = 1,
	    .prepare = prepare_token_delete,
	    .store = tell_token_gone,
	    .log = log_token_gone,
	    .event = event_token_gone,
	    .apply = commit_token_delete,
	},
	{
	    .type = MSG_SESSION_OPEN,
	    .get = get_session,
	    .proxy = tenant_of_session,
	    .is_of_sessions = 1,
	    .prepare = prepare_session_open,
	    .log = log_session_opened,
	    .apply = commit_session_open,
	},
	{
	    .type = MSG_SESSION_RENEW,
	    .get = get_session,
	    .proxy = tenant_of_session,
	    .is_of_sessions = 1,
	    .is_no_more = 1,
	    .prepare = prepare_session,
	    .apply = commit_session_renew,
	},
	{
	    .type = MSG_SESSION_GONE,
	    .get = get_session,
	    .proxy = tenant_of_session,
	    .is_of_sessions = 1,
	    .is_no_more = 1,
	    .prepare = prepare_session,
	    .log = log_session_gone,
	    .apply = commit_session_gone,
	},
	{
	    .type = MSG_HALT,
	    .get = get_halt,
	    .proxy = tenant_of_halt,
	    .is_no_more = 1,
	    .is_of_tenant = 1,
	    .at_once = halt_at_once,
	    .prepare = prepare_halt,
	    .store = tell_halt,
	    .apply = commit_halt,
	},
	{
	    .type = MSG_RESUME,
	    .get = get_halt,
	    .proxy = tenant_of_halt,
	    .is_no_more = 1,
	    .is_of_tenant = 1,
	    .prepare = prepare_resume,
	    .store = tell_halt_gone,
	    .apply = commit_resume,
	},
};

void
requests_open(void)
{
	requests_are(requests, nitems(requests));
}
