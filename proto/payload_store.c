/* SPDX-License-Identifier: ISC */
/* See payload_store.h. */

#include "check.h"
#include "payload_check.h"

int
store_proxy_ok(const struct store_proxy *p)
{
	return p->lease >= 0 && connect_is_sound(&p->connect) &&
	    check_proxy_key(&p->key) && p->key.name[0] != '\0' &&
	    is_utf8(p->listen) && is_utf8(p->given) && is_utf8(p->upstream) &&
	    p->enabled <= 1;
}

/* One that is enabled had been bound. */
int
stored_proxy_ok(const struct stored_proxy *p)
{
	return check_proxy_spec(&p->spec) && p->spec.lease >= 0 &&
	    is_utf8(p->given) &&
	    (!p->spec.enabled || check_bound(&p->spec.listen));
}

int
store_result_ok(const struct store_result *p)
{
	return p->code < STORE_CODE_MAX && p->is_populated <= 1 &&
	    p->event_block <= EVENT_BLOCKS_MAX && is_text(p->why);
}
