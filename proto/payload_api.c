/* SPDX-License-Identifier: ISC */
/* See payload_api.h. */

#include "check.h"
#include "loss_pool.h"
#include "payload_check.h"
#include "toxic_tail.h"

int
api_here_ok(const struct api_here *p)
{
	return p->finishes <= 1 && p->serves <= 1 && p->reserved[0] == 0 &&
	    p->reserved[1] == 0;
}

int
api_host_ok(const struct api_host *p)
{
	return is_text(p->name) && p->name[0] != '\0';
}

int
proxy_state_ok(const struct proxy_state *p)
{
	return p->enabled <= 1 && p->lease >= 0 &&
	    connect_is_sound(&p->connect) && check_proxy_key(&p->key) &&
	    is_text(p->listen) && is_text(p->upstream);
}

int
proxy_ref_ok(const struct proxy_ref *p)
{
	(void)p; /* an id that nobody has is met by whoever looks it up */
	return 1;
}

int
toxic_state_ok(const struct toxic_state *p)
{
	return check_toxic(&p->spec);
}

int
toxic_ref_ok(const struct toxic_ref *p)
{
	return is_text(p->name);
}

int
toxic_done_ok(const struct toxic_done *p)
{
	return is_text(p->name);
}

int
proxy_counters_ok(const struct proxy_counters *p)
{
	/* sums over workers, and what is open now */
	return dial_result_ok(&p->counters.dial_error);
}

int
role_vitals_ok(const struct role_vitals *p)
{
	return p->role < ROLE_MAX;
}

int
health_ok(const struct health *p)
{
	const struct role_health *r;

	for (r = p->roles; r < p->roles + ROLE_MAX; r++) {
		if (!is_text(r->error) || !check_proxy_key(&r->error_proxy))
			return 0;
	}
	return p->is_draining <= 1 && p->is_store_failing <= 1 &&
	    p->loss_lacks < LOSS_LACK_MAX && p->loss_pool <= LOSS_POOL;
}

/* The spec in an answer may be one that was refused: only its texts count. */
int
answer_ok(const struct answer *p)
{
	return p->code < ANSWER_CODE_MAX && p->stage < STAGE_MAX &&
	    p->endpoint_error < ENDPOINT_ERROR_MAX && p->limit < LIMITS &&
	    check_endpoint_form(&p->listen) && address_is_legal(&p->address) &&
	    is_text(p->spec.name) && p->spec.kind < TOXIC_KIND_MAX &&
	    p->spec.stream < STREAM_MAX && toxic_tail_is_sound(&p->spec);
}
