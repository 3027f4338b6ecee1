/* SPDX-License-Identifier: ISC */
/*
 * What comes in here was written by a process that may have been taken over:
 * nothing is believed but what is checked.
 */

#include <stddef.h>
#include <string.h>

#include "agreed.h"
#include "check.h"
#include "lease.h"
#include "lockdown.h"
#include "payload.h"
#include "toxic_tail.h"
#include "user.h"

static int
nothing_ok(const struct nothing *p)
{
	return p->unused == 0;
}

static int
setup_ok(const struct setup *p)
{
	return (p->flags & ~(uint32_t)SETUP_FLAGS_ALL) == 0;
}

static int
api_here_ok(const struct api_here *p)
{
	return p->finishes <= 1 && p->serves <= 1 && p->reserved[0] == 0 &&
	    p->reserved[1] == 0;
}

static int
api_host_ok(const struct api_host *p)
{
	return is_text(p->name) && p->name[0] != '\0';
}

static int
api_callers_ok(const struct api_callers *p)
{
	return p->mode < CALLERS_MODES;
}

static int
api_caller_ok(const struct api_caller *p)
{
	return is_utf8(p->token) && is_text(p->request_id) &&
	    p->reserved[0] == 0 && p->reserved[1] == 0 && p->reserved[2] == 0 &&
	    address_is_legal(&p->peer);
}

static int
tenant_ok(const struct tenant *p)
{
	return is_utf8(p->name) && tenant_name_is_good(p->name) &&
	    p->policy_id != POLICY_NAMELESS && p->policy_id <= TENANTS_MAX;
}

static int
token_name_ok(const struct token_name *p)
{
	return is_utf8(p->tenant) && is_utf8(p->name) &&
	    tenant_name_is_good(p->tenant) && tenant_name_is_good(p->name);
}

static int
tenant_limits_ok(const struct tenant_limits *p)
{
	return is_utf8(p->tenant) &&
	    (p->tenant[0] == '\0' || tenant_name_is_good(p->tenant)) &&
	    tenant_limits_fit(p);
}

/* That of the one token without tenants has no name. */
static int
is_sole(const struct credential *p)
{
	return is_utf8(p->tenant) && is_utf8(p->name) && p->tenant[0] == '\0' &&
	    p->name[0] == '\0' && p->is_stored == 0;
}

/* The file's, always: who could make one up would be any user's. */
static int
user_ok(const struct credential *p, enum user_kind kind, uint32_t id)
{
	char name[USER_NAME_MAX + 1];

	user_name(name, kind, id);
	return is_utf8(p->tenant) && tenant_name_is_good(p->tenant) &&
	    is_utf8(p->name) && strcmp(p->name, name) == 0 && p->expires == 0 &&
	    p->last_used == 0 && p->role < CALLER_ROLES && p->is_stored == 0;
}

static int
credential_ok(const struct credential *p)
{
	struct token_name of;
	enum user_kind kind;
	uint32_t id;

	memcpy(of.tenant, p->tenant, sizeof(of.tenant));
	memcpy(of.name, p->name, sizeof(of.name));
	if (user_of_digest(&p->digest, &kind, &id))
		return user_ok(p, kind, id);
	return (is_sole(p) || token_name_ok(&of)) && p->expires >= 0 &&
	    p->last_used >= 0 && p->role < CALLER_ROLES && p->is_stored <= 1;
}

/* Any bytes may be one. */
static int
token_digest_ok(const struct token_digest *p)
{
	(void)p;
	return 1;
}

static int
ready_ok(const struct ready *p)
{
	return p->version != 0 && (p->locks & ~(uint32_t)LOCKS_ALL) == 0;
}

static int
vitals_ok(const struct vitals *p)
{
	(void)p; /* any two numbers */
	return 1;
}

static int
log_record_ok(const struct log_record *p)
{
	return check_log_record(p);
}

static int
proxy_state_ok(const struct proxy_state *p)
{
	return p->enabled <= 1 && p->lease >= 0 && check_proxy_key(&p->key) &&
	    is_text(p->listen) && is_text(p->upstream);
}

static int
proxy_ref_ok(const struct proxy_ref *p)
{
	(void)p; /* an id that nobody has is met by whoever looks it up */
	return 1;
}

static int
toxic_spec_ok(const struct toxic_spec *p)
{
	return check_toxic(p);
}

static int
toxic_state_ok(const struct toxic_state *p)
{
	return check_toxic(&p->spec);
}

static int
toxic_ref_ok(const struct toxic_ref *p)
{
	return is_text(p->name);
}

static int
dial_rule_ok(const struct dial_result *p)
{
	switch (p->error) {
	case ENDPOINT_FORBIDDEN:
		return p->rule < LIST_RULES_MAX;
	case ENDPOINT_OFF_LIMITS:
		return rule_kind_is_off_limits(p->rule);
	default:
		return p->rule == 0;
	}
}

/* An errno belongs to ENDPOINT_SYSTEM; one above 4095 is none. */
static int
dial_result_ok(const struct dial_result *p)
{
	return p->error < ENDPOINT_ERROR_MAX && p->sys_errno >= 0 &&
	    p->sys_errno <= 4095 &&
	    (p->error == ENDPOINT_SYSTEM || p->sys_errno == 0) &&
	    p->reserved == 0 && dial_rule_ok(p) &&
	    address_is_legal(&p->address);
}

/* They count from a worker's start; that they grow, who keeps them sees. */
static int
counters_ok(const struct counters *p)
{
	int i;

	for (i = 0; i < STREAM_MAX; i++) {
		if (p->received[i] > INT64_MAX || p->sent[i] > p->received[i])
			return 0;
	}
	return p->sessions <= INT64_MAX && p->dial_failures <= p->sessions &&
	    p->open_sessions <= p->sessions && p->held <= INT64_MAX &&
	    dial_result_ok(&p->dial_error) &&
	    (p->dial_failures > 0) == (p->dial_error.error != ENDPOINT_OK);
}

static int
proxy_counters_ok(const struct proxy_counters *p)
{
	/* sums over workers, and what is open now */
	return dial_result_ok(&p->counters.dial_error);
}

static int
role_vitals_ok(const struct role_vitals *p)
{
	return p->role < ROLE_MAX;
}

static int
health_ok(const struct health *p)
{
	const struct role_health *r;

	for (r = p->roles; r < p->roles + ROLE_MAX; r++) {
		if (!is_text(r->error) || !check_proxy_key(&r->error_proxy))
			return 0;
	}
	return p->is_draining <= 1 && p->is_store_failing <= 1;
}

/* The spec in an answer may be one that was refused: only its texts count. */
static int
answer_ok(const struct answer *p)
{
	return p->code < ANSWER_CODE_MAX && p->stage < STAGE_MAX &&
	    p->endpoint_error < ENDPOINT_ERROR_MAX && p->limit < LIMITS &&
	    check_endpoint_form(&p->listen) && address_is_legal(&p->address) &&
	    is_text(p->spec.name) && p->spec.kind < TOXIC_KIND_MAX &&
	    p->spec.stream < STREAM_MAX && toxic_tail_is_sound(&p->spec);
}

static int
proxy_spec_ok(const struct proxy_spec *p)
{
	return p->lease >= LEASE_FOR_GOOD && check_proxy_key(&p->key) &&
	    p->key.name[0] != '\0' && check_endpoint(&p->listen) &&
	    check_endpoint(&p->upstream) && p->enabled <= 1;
}

/* Nobody is made without an upstream; an update may take it away. */
static int
proxy_create_ok(const struct proxy_create *p)
{
	return proxy_spec_ok(&p->spec) && p->spec.upstream.text[0] != '\0' &&
	    p->ntoxics <= PROXY_TOXICS_MAX;
}

static int
config_file_ok(const struct config_file *p)
{
	return is_text(p->path) && p->is_stream <= 1 && p->is_done <= 1;
}

static int
config_proxy_ok(const struct config_proxy *p)
{
	return proxy_create_ok(&p->create);
}

static int
config_fault_ok(const struct config_fault *p)
{
	return is_text(p->text);
}

static int
pair_end_ok(const struct pair_end *p)
{
	return p->what < PAIR_WHAT_MAX && is_text(p->why);
}

static int
config_end_ok(const struct config_end *p)
{
	return p->is_bad <= 1 && is_text(p->why) && p->is_durable <= 1 &&
	    p->is_socket_off <= 1;
}

/* What is absent is all zeros. */
static int
given_endpoint_ok(uint8_t has, const struct endpoint *e)
{
	static const struct endpoint none;

	return has == 1 ? check_endpoint(e)
			: has == 0 && memcmp(e, &none, sizeof(none)) == 0;
}

static int
proxy_update_ok(const struct proxy_update *p)
{
	return p->has_lease <= 1 && lease_may_be_asked(p->lease) &&
	    (p->has_lease || p->lease == 0) && check_proxy_key(&p->key) &&
	    given_endpoint_ok(p->has_listen, &p->listen) &&
	    given_endpoint_ok(p->has_upstream, &p->upstream) &&
	    p->has_enabled <= 1 && p->enabled <= p->has_enabled;
}

static int
proxy_key_ok(const struct proxy_key *p)
{
	return check_proxy_key(p);
}

static int
toxic_create_ok(const struct toxic_create *p)
{
	return check_proxy_key(&p->proxy) && check_toxic(&p->spec);
}

/* The toxic as it was for who asks, with what is new: it is a good one. */
static int
toxic_update_ok(const struct toxic_update *p)
{
	static const uint8_t nothing[sizeof(p->reserved)];
	const struct toxic_spec *s = &p->spec;

	return memcmp(p->reserved, nothing, sizeof(nothing)) == 0 &&
	    check_proxy_key(&p->proxy) && p->has_toxicity <= 1 &&
	    p->has_lease <= 1 && lease_may_be_asked(s->lease) &&
	    (p->has_lease || s->lease == 0) && check_toxic(s) &&
	    p->values_given < 1
		<< toxic_schema((enum toxic_kind)s->kind)->nattributes;
}

static int
toxic_name_ok(const struct toxic_name *p)
{
	return check_proxy_key(&p->proxy) && is_utf8(p->name);
}

static int
lease_renewal_ok(const struct lease_renewal *p)
{
	return toxic_name_ok(&p->of) && lease_may_be_asked(p->lease);
}

static int
relay_assign_ok(const struct relay_assign *p)
{
	return check_proxy_key(&p->key) && is_text(p->upstream);
}

static int
relay_here_ok(const struct relay_here *p)
{
	return (p->state == RELAY_SPARE || p->state == RELAY_ASSIGNED ||
		   p->state == RELAY_RUNNING) &&
	    p->is_final <= 1 && p->reserved == 0 && p->lent <= INT64_MAX &&
	    p->borrows <= INT64_MAX && counters_ok(&p->counters);
}

static int
relay_enter_ok(const struct relay_enter *p)
{
	return p->inside <= INT32_MAX && p->wants <= INT32_MAX;
}

static int
relay_entered_ok(const struct relay_entered *p)
{
	return p->over < LIMITS;
}

static int
relay_bytes_ok(const struct relay_bytes *p)
{
	(void)p; /* how many it may be, only who lends them knows */
	return 1;
}

static int
endpoint_ok(const struct endpoint *p)
{
	return check_endpoint_form(p);
}

static int
dial_policy_ok(const struct dial_policy *p)
{
	return p->policy_id < POLICIES_MAX && check_proxy_key(&p->key) &&
	    address_is_legal(&p->listen) && check_endpoint_form(&p->upstream);
}

/* It has no more bits than an address of its family. */
static int
prefix_ok(const struct bind_rule *r)
{
	static const uint8_t bits[] = { [4] = 32, [6] = 128 };

	return (r->family == 0 || r->family == 4 || r->family == 6) &&
	    r->bits <= bits[r->family] && r->first <= r->last;
}

static int
has_any_port(const struct bind_rule *r)
{
	return r->first == 0 && r->last == UINT16_MAX;
}

static int
client_rule_ok(const struct policy_rule *p)
{
	return p->kind == RULE_PREFIX && has_any_port(&p->where) &&
	    p->number < CLIENT_RULES_MAX;
}

static int
policy_rule_ok(const struct policy_rule *p)
{
	return p->list < RULE_LISTS && p->kind < RULE_KINDS &&
	    (p->list != RULES_CLIENTS || client_rule_ok(p)) &&
	    p->number < LIST_RULES_MAX && p->policy_id < POLICIES_MAX &&
	    prefix_ok(&p->where) &&
	    (p->kind == RULE_PREFIX || p->where.family == 0) &&
	    is_text(p->name) && is_padded(p->name, sizeof(p->name)) &&
	    (p->kind == RULE_NAME) == (p->name[0] != '\0') &&
	    p->reserved[0] == 0 && p->reserved[1] == 0;
}

static int
relay_clients_ok(const struct relay_clients *p)
{
	size_t i;

	for (i = 0; i < p->n && i < CLIENT_RULES_MAX; i++) {
		if (!prefix_ok(&p->rules[i]))
			return 0;
	}
	return p->n <= CLIENT_RULES_MAX;
}

static int
proxy_clients_ok(const struct proxy_clients *p)
{
	size_t i;

	if (!proxy_key_ok(&p->key) || p->key.name[0] == '\0' ||
	    p->clients.n == 0 || !relay_clients_ok(&p->clients))
		return 0;
	for (i = 0; i < p->clients.n; i++) {
		if (!has_any_port(&p->clients.rules[i]))
			return 0;
	}
	return 1;
}

static int
dial_rules_ok(const struct dial_rules *p)
{
	return p->npolicies <= POLICIES_MAX && address_is_legal(&p->api);
}

static int
dial_resolver_ok(const struct dial_resolver *p)
{
	(void)p; /* any time */
	return 1;
}

static int
lookup_request_ok(const struct lookup_request *p)
{
	return endpoint_ok(&p->endpoint) && p->policy_id < POLICIES_MAX &&
	    p->npolicies > 0 && p->npolicies <= POLICIES_MAX;
}

/* Those behind the n-th are nothing. */
static int
lookup_result_ok(const struct lookup_result *p)
{
	size_t i;

	if (p->error >= ENDPOINT_ERROR_MAX || p->n > ADDRESSES_MAX ||
	    (p->error != ENDPOINT_OK && p->n > 0))
		return 0;
	for (i = 0; i < ADDRESSES_MAX; i++) {
		if (!address_is_legal(&p->addresses[i]) ||
		    (p->addresses[i].family != 0) != (i < p->n))
			return 0;
	}
	return 1;
}

static int
store_proxy_ok(const struct store_proxy *p)
{
	return p->lease >= 0 && check_proxy_key(&p->key) &&
	    p->key.name[0] != '\0' && is_utf8(p->listen) && is_utf8(p->given) &&
	    is_utf8(p->upstream) && p->enabled <= 1;
}

/* One that is enabled had been bound. */
static int
stored_proxy_ok(const struct stored_proxy *p)
{
	return proxy_spec_ok(&p->spec) && p->spec.lease >= 0 &&
	    is_utf8(p->given) &&
	    (!p->spec.enabled || check_bound(&p->spec.listen));
}

static int
store_result_ok(const struct store_result *p)
{
	return p->code < STORE_CODE_MAX && p->is_populated <= 1 &&
	    is_text(p->why);
}

int
payload_is_sound(enum payload_tag tag, const union msg_payload *p)
{
	switch (tag) {
#define X(payload)              \
	case PAYLOAD_##payload: \
		return payload##_ok(&p->payload);
		MSG_PAYLOADS(X)
#undef X
	}
	return 0;
}
