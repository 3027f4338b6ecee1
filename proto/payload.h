/* SPDX-License-Identifier: ISC */
#ifndef PAYLOAD_H
#define PAYLOAD_H

#include "credential.h"
#include "endpoint.h"
#include "limit.h"
#include "log.h"
#include "payload_api.h"
#include "payload_child.h"
#include "payload_config.h"
#include "payload_desired.h"
#include "payload_dial.h"
#include "payload_event.h"
#include "payload_relay.h"
#include "payload_request.h"
#include "payload_rules.h"
#include "payload_scenario.h"
#include "payload_sessions.h"
#include "payload_store.h"
#include "payload_tenant.h"
#include "policy_rule.h"
#include "proxy_key.h"
#include "toxic_spec.h"

/*
 * What messages carry: msg.h says which.  None has padding of the compiler's,
 * which would carry bytes of its sender's stack: a unit test looks.
 */

/* clang-format off */
#define MSG_PAYLOADS(X)                                                       \
	/* checked in payload_child.c */                                      \
	X(nothing) X(setup) X(ready) X(vitals) X(log_record)                  \
	/* checked in payload_tenant.c */                                     \
	X(api_callers) X(api_caller) X(api_refused) X(tenant) X(token_name)   \
	X(tenant_limits) X(credential) X(token_digest) X(halt)                \
	/* checked in payload_api.c */                                        \
	X(api_here) X(api_host) X(proxy_state) X(proxy_ref) X(toxic_state)    \
	X(toxic_ref) X(toxic_done) X(proxy_counters) X(role_vitals)           \
	X(health) X(answer)                                                   \
	/* checked in payload_request.c */                                    \
	X(toxic_spec) X(proxy_create) X(proxy_update) X(proxy_key)            \
	X(toxic_create) X(toxic_update) X(toxic_name) X(lease_renewal)        \
	X(session_ref) X(proxy_watch) X(proxy_profile)                        \
	/* checked in payload_config.c */                                     \
	X(config_file) X(config_proxy) X(config_fault) X(pair_end)            \
	X(config_end)                                                         \
	/* checked in payload_rules.c */                                      \
	X(policy_rule) X(relay_clients) X(proxy_clients)                      \
	/* checked in payload_relay.c */                                      \
	X(counters) X(relay_assign) X(relay_here) X(relay_enter)              \
	X(relay_entered) X(relay_bytes) X(toxic_counted) X(connect_spec)      \
	/* checked in payload_scenario.c */                                   \
	X(scenario_spec) X(scenario_name)                                     \
	/* checked in payload_desired.c */                                    \
	X(source_state) X(source_ref) X(source_text) X(source_scenario)       \
	X(desired_put) X(desired_show) X(desired_done) X(desired_fault)       \
	/* checked in payload_sessions.c */                                   \
	X(relay_ask) X(sessions_ask) X(session_page) X(session_ended)         \
	X(toxic_work) X(own_toxic)                                            \
	/* checked in payload_dial.c */                                       \
	X(dial_result) X(endpoint) X(dial_policy) X(dial_rules)               \
	X(dial_resolver) X(lookup_request) X(lookup_result)                   \
	/* checked in payload_event.c */                                      \
	X(event_stream) X(event_question) X(event_record) X(event_end)        \
	X(event_block)                                                        \
	/* checked in payload_store.c */                                      \
	X(store_proxy) X(stored_proxy) X(store_result)
/* clang-format on */

enum payload_tag {
#define X(payload) PAYLOAD_##payload,
	MSG_PAYLOADS(X)
#undef X
};

union msg_payload {
#define X(payload) struct payload payload;
	MSG_PAYLOADS(X)
#undef X
};

/*
 * Those that end in a toxic's spec: of its tail they have what is used.  It is
 * part of them, and no message of its own, so that nothing comes between.
 */
#define MSG_WITH_TAIL(X) \
	X(toxic_spec)    \
	X(toxic_state) X(answer) X(toxic_create) X(toxic_update) X(own_toxic)

/*
 * Is it one of those, whoever has written it?  Every text ends, every enum and
 * flag is known, the parts agree.
 */
int payload_is_sound(enum payload_tag, const union msg_payload *);

#endif
