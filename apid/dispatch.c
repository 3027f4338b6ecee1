/* SPDX-License-Identifier: ISC */
/* What ctld says; what it should not say ends this process. */

#include <unistd.h>

#include "apid.h"
#include "certificate.h"
#include "child.h"
#include "feeds.h"
#include "halted.h"
#include "profiles.h"
#include "waits.h"

/* One for each type: 0, or -1: malformed. */

static int
on_config(struct msg *m)
{
	const struct config_file *file = msg_get_config_file(m);

	config_read(msg_take_fd(m), file);
	return 0;
}

/* This process is for nothing else than one of these. */

static int
on_config_read(struct msg *m)
{
	config_tell(msg_take_fd(m));
	return 0;
}

static int
on_config_settings(struct msg *m)
{
	config_tell_settings(msg_take_fd(m));
	return 0;
}

static int
on_config_check(struct msg *m)
{
	config_check(msg_take_fd(m));
	return 0;
}

/* Both are for those who serve; those for nothing else say how they are. */

static int
on_certificate(struct msg *m)
{
	certificate_is(msg_take_fd(m));
	return 0;
}

static int
on_key(struct msg *m)
{
	return certificate_key_is(msg_take_fd(m));
}

static int
on_config_key(struct msg *m)
{
	return certificate_key_check(msg_take_fd(m));
}

static int
on_hosts(struct msg *m)
{
	(void)m;
	guard_names_begin();
	return 0;
}

static int
on_host(struct msg *m)
{
	const struct api_host *host = msg_get_api_host(m);

	guard_names_add(host->name);
	return 0;
}

static int
on_hosts_end(struct msg *m)
{
	(void)m;
	guard_names_end();
	return 0;
}

static int
on_profiles(struct msg *m)
{
	(void)m;
	profiles_begin();
	return 0;
}

static int
on_profile_toxic(struct msg *m)
{
	return profiles_add(msg_get_toxic_spec(m));
}

static int
on_profiles_end(struct msg *m)
{
	(void)m;
	profiles_end();
	return 0;
}

static int
on_callers(struct msg *m)
{
	callers_begin(msg_get_api_callers(m));
	return 0;
}

static int
on_credential(struct msg *m)
{
	return callers_add(msg_get_credential(m));
}

static int
on_limits(struct msg *m)
{
	return allowances_add(msg_get_tenant_limits(m));
}

static int
on_callers_end(struct msg *m)
{
	(void)m;
	callers_end();
	return 0;
}

static int
on_token(struct msg *m)
{
	return callers_put(msg_get_credential(m));
}

static int
on_token_gone(struct msg *m)
{
	callers_remove(msg_get_token_digest(m));
	return 0;
}

static int
on_listener(struct msg *m)
{
	apid.listener = child_take_listener(msg_take_fd(m), LISTENER_FD);
	return 0;
}

static int
on_halts(struct msg *m)
{
	(void)m;
	halted_begin();
	return 0;
}

static int
on_halt(struct msg *m)
{
	return halted_add(msg_get_halt(m));
}

static int
on_halted_end(struct msg *m)
{
	(void)m;
	halted_end();
	return 0;
}

/* It comes before the other, or there is none any more. */
static int
on_socket(struct msg *m)
{
	int fd = msg_take_fd(m);

	if (fd == -1) {
		if (apid.socket != -1)
			http_drop_socket();
		apid.socket = -1;
		return 0;
	}
	if (apid.listener != -1 || apid.socket != -1) {
		close(fd);
		return -1;
	}
	apid.socket = child_take_listener(fd, SOCKET_FD);
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

/* What an earlier ctld has not read the next one will. */
static int
on_hello(struct msg *m)
{
	struct api_here here = { .asked = ask_last(),
		.finishes = (uint8_t)apid.finishes,
		.serves = (uint8_t)apid.serves };

	apid.is_between = 0; /* that of the ctld before has come to no end */
	if (chan_send(&apid.ctld, MSG_API_HERE, m->id, &here, -1) == -1)
		apid.has_ended = 1;
	return 0;
}

static int
on_lost(struct msg *m)
{
	asks_are_lost(m->id);
	return 0;
}

static int
on_begin(struct msg *m)
{
	(void)m;
	replica_begin();
	return 0;
}

static int
on_end(struct msg *m)
{
	(void)m;
	replica_end();
	feeds_ask_again();
	waits_look_at_all();
	return 0;
}

static int
on_changes(struct msg *m)
{
	apid.is_between = m->type == MSG_REPLICA_CHANGES;
	return 0;
}

static int
on_events_news(struct msg *m)
{
	feeds_news(msg_get_event_stream(m));
	return 0;
}

static int
on_event(struct msg *m)
{
	feeds_event(m->id, msg_get_event_record(m));
	return 0;
}

static int
on_events_end(struct msg *m)
{
	feeds_end(m->id, msg_get_event_end(m));
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
	waits_look(ref->id);
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
	waits_look(ref->proxy_id);
	return 0;
}

static int
on_scenario(struct msg *m)
{
	replica_scenario(msg_get_scenario_spec(m));
	return 0;
}

static int
on_scenario_toxic(struct msg *m)
{
	replica_scenario_toxic(msg_get_toxic_create(m));
	return 0;
}

static int
on_scenario_gone(struct msg *m)
{
	replica_scenario_gone(msg_get_proxy_key(m));
	return 0;
}

static int
on_counters(struct msg *m)
{
	const struct proxy_counters *counters = msg_get_proxy_counters(m);

	replica_counters(counters);
	waits_look(counters->proxy_id);
	return 0;
}

static int
on_toxic_done(struct msg *m)
{
	replica_toxic_done(msg_get_toxic_done(m));
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

static int
on_told(struct msg *m)
{
	ask_told(m);
	return 0;
}

/* What its life has come to. */
enum {
	LEARNS = 0x1, /* or is for a configuration file alone */
	SERVES = 0x2,
	FINISHES = 0x4,
	ANY_STATE = LEARNS | SERVES | FINISHES
};

static unsigned int
state(void)
{
	if (apid.finishes)
		return FINISHES;
	return apid.listener != -1 ? SERVES : LEARNS;
}

static const struct handler from_ctld[MSG_MAX] = {
	[MSG_PING] = { child_on_ping, ANY_STATE },
	[MSG_API_CONFIG] = { on_config, LEARNS },
	[MSG_CONFIG_READ] = { on_config_read, LEARNS },
	[MSG_CONFIG_SETTINGS] = { on_config_settings, LEARNS },
	[MSG_CONFIG_CHECK] = { on_config_check, LEARNS },
	[MSG_CONFIG_CERTIFICATE] = { on_certificate, LEARNS },
	[MSG_CONFIG_KEY] = { on_config_key, LEARNS },
	[MSG_API_CERTIFICATE] = { on_certificate, ANY_STATE },
	[MSG_API_KEY] = { on_key, ANY_STATE },
	[MSG_API_HOSTS] = { on_hosts, ANY_STATE },
	[MSG_API_HOST] = { on_host, ANY_STATE },
	[MSG_API_HOSTS_END] = { on_hosts_end, ANY_STATE },
	[MSG_API_PROFILES] = { on_profiles, ANY_STATE },
	[MSG_API_PROFILE_TOXIC] = { on_profile_toxic, ANY_STATE },
	[MSG_API_PROFILES_END] = { on_profiles_end, ANY_STATE },
	[MSG_API_CALLERS] = { on_callers, ANY_STATE },
	[MSG_API_CREDENTIAL] = { on_credential, ANY_STATE },
	[MSG_API_LIMITS] = { on_limits, ANY_STATE },
	[MSG_API_CALLERS_END] = { on_callers_end, ANY_STATE },
	[MSG_API_TOKEN] = { on_token, ANY_STATE },
	[MSG_API_TOKEN_GONE] = { on_token_gone, ANY_STATE },
	[MSG_API_HALTS] = { on_halts, ANY_STATE },
	[MSG_API_HALT] = { on_halt, ANY_STATE },
	[MSG_API_HALTS_END] = { on_halted_end, ANY_STATE },
	[MSG_API_SOCKET] = { on_socket, ANY_STATE },
	[MSG_API_LISTENER] = { on_listener, LEARNS },
	[MSG_API_FINISH] = { on_finish, SERVES },
	[MSG_API_CLIENT] = { on_client, SERVES },
	[MSG_HELLO] = { on_hello, SERVES | FINISHES },
	[MSG_API_LOST] = { on_lost, SERVES | FINISHES },
	[MSG_REPLICA_BEGIN] = { on_begin, SERVES | FINISHES },
	[MSG_REPLICA_END] = { on_end, SERVES | FINISHES },
	[MSG_REPLICA_CHANGES] = { on_changes, ANY_STATE },
	[MSG_REPLICA_CHANGED] = { on_changes, ANY_STATE },
	[MSG_EVENTS_NEWS] = { on_events_news, SERVES | FINISHES },
	[MSG_EVENT] = { on_event, SERVES | FINISHES },
	[MSG_EVENTS_END] = { on_events_end, SERVES | FINISHES },
	[MSG_REPLICA_PROXY] = { on_proxy, ANY_STATE },
	[MSG_REPLICA_PROXY_GONE] = { on_proxy_gone, ANY_STATE },
	[MSG_REPLICA_TOXIC] = { on_toxic, ANY_STATE },
	[MSG_REPLICA_TOXIC_GONE] = { on_toxic_gone, ANY_STATE },
	[MSG_REPLICA_SCENARIO] = { on_scenario, ANY_STATE },
	[MSG_REPLICA_SCENARIO_TOXIC] = { on_scenario_toxic, ANY_STATE },
	[MSG_REPLICA_SCENARIO_GONE] = { on_scenario_gone, ANY_STATE },
	[MSG_REPLICA_COUNTERS] = { on_counters, ANY_STATE },
	[MSG_REPLICA_TOXIC_DONE] = { on_toxic_done, ANY_STATE },
	[MSG_REPLICA_ROLE] = { on_role, ANY_STATE },
	[MSG_REPLICA_HEALTH] = { on_health, ANY_STATE },
	[MSG_API_TOXIC_WORK] = { on_told, ANY_STATE },
	[MSG_API_ENDED] = { on_told, ANY_STATE },
	[MSG_API_OWN_TOXIC] = { on_told, ANY_STATE },
	[MSG_API_PAGE] = { on_told, ANY_STATE },
	[MSG_API_SOURCE] = { on_told, ANY_STATE },
	[MSG_API_SOURCE_TEXT] = { on_told, ANY_STATE },
	[MSG_API_DESIRED_FAULT] = { on_told, ANY_STATE },
	[MSG_API_DESIRED_DONE] = { on_told, ANY_STATE },
	[MSG_ANSWER] = { on_answer, ANY_STATE },
};

void
ctld_readable(void)
{
	apid.heard_at = clock_now();
	if (child_receive(&apid.ctld, from_ctld, state) == -1)
		apid.has_ended = 1;
}
