/* SPDX-License-Identifier: ISC */
/* See payload_dial.h. */

#include "check.h"
#include "payload_check.h"

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
int
dial_result_ok(const struct dial_result *p)
{
	return p->error < ENDPOINT_ERROR_MAX && p->sys_errno >= 0 &&
	    p->sys_errno <= 4095 &&
	    (p->error == ENDPOINT_SYSTEM || p->sys_errno == 0) &&
	    p->is_injected <= (p->error == ENDPOINT_SYSTEM) &&
	    dial_rule_ok(p) && address_is_legal(&p->address);
}

int
endpoint_ok(const struct endpoint *p)
{
	return check_endpoint_form(p);
}

int
dial_policy_ok(const struct dial_policy *p)
{
	return p->policy_id < POLICIES_MAX && check_proxy_key(&p->key) &&
	    address_is_legal(&p->listen) && check_endpoint_form(&p->upstream);
}

int
dial_rules_ok(const struct dial_rules *p)
{
	return p->npolicies <= POLICIES_MAX && address_is_legal(&p->api);
}

int
dial_resolver_ok(const struct dial_resolver *p)
{
	(void)p; /* any time */
	return 1;
}

int
lookup_request_ok(const struct lookup_request *p)
{
	return endpoint_ok(&p->endpoint) && p->policy_id < POLICIES_MAX &&
	    p->npolicies > 0 && p->npolicies <= POLICIES_MAX;
}

/* Those behind the n-th are nothing. */
int
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
