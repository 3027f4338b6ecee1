/* SPDX-License-Identifier: ISC */
/* What the supervisor says; what it should not say ends this process. */

#include "apid.h"
#include "child.h"

/* One for each type: 0, or -1: malformed. */

static int
on_ping(struct msg *m)
{
	return child_on_ping(&apid.supervisor, m);
}

static int
on_config(struct msg *m)
{
	const struct config_file *file = msg_get_config_file(m);

	if (apid.listener != -1)
		return -1;
	config_read(msg_take_fd(m), file->path);
	return 0;
}

/* This process is for nothing else than one of these. */

static int
on_config_read(struct msg *m)
{
	if (apid.listener != -1)
		return -1;
	config_tell(msg_take_fd(m));
	return 0;
}

static int
on_config_settings(struct msg *m)
{
	if (apid.listener != -1)
		return -1;
	config_tell_settings(msg_take_fd(m));
	return 0;
}

static int
on_config_check(struct msg *m)
{
	if (apid.listener != -1)
		return -1;
	config_check(msg_take_fd(m));
	return 0;
}

static int
on_host(struct msg *m)
{
	const struct api_host *host = msg_get_api_host(m);

	guard_add_name(host->name);
	return 0;
}

static int
on_token(struct msg *m)
{
	const struct api_token *token = msg_get_api_token(m);

	guard_set_token(token->token);
	return 0;
}

static int
on_listener(struct msg *m)
{
	if (apid.listener != -1)
		return -1;
	apid.listener = child_take_listener(msg_take_fd(m));
	return 0;
}

static int
on_finish(struct msg *m)
{
	(void)m;
	apid.finishes = 1;
	http_finish();
	return 0;
}

static int
on_client(struct msg *m)
{
	http_take(msg_take_fd(m));
	return 0;
}

static int
on_proxy(struct msg *m)
{
	const struct proxy_state *state = msg_get_proxy_state(m);

	replica_proxy(state);
	return 0;
}

static int
on_proxy_gone(struct msg *m)
{
	const struct proxy_ref *ref = msg_get_proxy_ref(m);

	replica_proxy_gone(ref->id);
	return 0;
}

static int
on_toxic(struct msg *m)
{
	const struct toxic_state *state = msg_get_toxic_state(m);

	replica_toxic(state);
	return 0;
}

static int
on_toxic_gone(struct msg *m)
{
	const struct toxic_ref *ref = msg_get_toxic_ref(m);

	replica_toxic_gone(ref);
	return 0;
}

static int
on_counters(struct msg *m)
{
	const struct proxy_counters *counters = msg_get_proxy_counters(m);

	replica_counters(counters);
	return 0;
}

static int
on_role(struct msg *m)
{
	const struct role_vitals *vitals = msg_get_role_vitals(m);

	metrics_role(vitals);
	return 0;
}

static int
on_health(struct msg *m)
{
	const struct health *h = msg_get_health(m);

	health_is(h);
	return 0;
}

static int
on_answer(struct msg *m)
{
	const struct answer *answer = msg_get_answer(m);

	ask_answered(m->id, answer);
	return 0;
}

static int (*const handlers[MSG_MAX])(struct msg *) = {
	[MSG_PING] = on_ping,
	[MSG_API_CONFIG] = on_config,
	[MSG_CONFIG_READ] = on_config_read,
	[MSG_CONFIG_SETTINGS] = on_config_settings,
	[MSG_CONFIG_CHECK] = on_config_check,
	[MSG_API_HOST] = on_host,
	[MSG_API_TOKEN] = on_token,
	[MSG_API_LISTENER] = on_listener,
	[MSG_API_FINISH] = on_finish,
	[MSG_API_CLIENT] = on_client,
	[MSG_REPLICA_PROXY] = on_proxy,
	[MSG_REPLICA_PROXY_GONE] = on_proxy_gone,
	[MSG_REPLICA_TOXIC] = on_toxic,
	[MSG_REPLICA_TOXIC_GONE] = on_toxic_gone,
	[MSG_REPLICA_COUNTERS] = on_counters,
	[MSG_REPLICA_ROLE] = on_role,
	[MSG_REPLICA_HEALTH] = on_health,
	[MSG_ANSWER] = on_answer,
};

static int
dispatch(struct msg *m)
{
	apid.heard_at = clock_now();
	return handlers[m->type] == NULL ? -1 : handlers[m->type](m);
}

void
supervisor_readable(void)
{
	if (child_receive(&apid.supervisor, dispatch) == -1)
		apid.has_ended = 1;
}
