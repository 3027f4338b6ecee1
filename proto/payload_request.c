/* SPDX-License-Identifier: ISC */
/* See payload_request.h. */

#include <string.h>

#include "check.h"
#include "lease.h"
#include "payload_check.h"

int
toxic_spec_ok(const struct toxic_spec *p)
{
	return check_toxic(p);
}

/* Nobody is made without an upstream; an update may take it away. */
int
proxy_create_ok(const struct proxy_create *p)
{
	return check_proxy_spec(&p->spec) && p->spec.upstream.text[0] != '\0' &&
	    p->ntoxics <= PROXY_TOXICS_MAX;
}

/* What is absent is all zeros. */
static int
given_endpoint_ok(uint8_t has, const struct endpoint *e)
{
	static const struct endpoint none;

	return has == 1 ? check_endpoint(e)
			: has == 0 && memcmp(e, &none, sizeof(none)) == 0;
}

int
proxy_update_ok(const struct proxy_update *p)
{
	return p->has_lease <= 1 && lease_may_be_asked(p->lease) &&
	    (p->has_lease || p->lease == 0) && check_proxy_key(&p->key) &&
	    given_endpoint_ok(p->has_listen, &p->listen) &&
	    given_endpoint_ok(p->has_upstream, &p->upstream) &&
	    p->has_enabled <= 1 && p->enabled <= p->has_enabled &&
	    p->has_connect <= 1 && connect_is_sound(&p->connect) &&
	    (p->has_connect || connect_is_usual(&p->connect));
}

int
proxy_key_ok(const struct proxy_key *p)
{
	return check_proxy_key(p);
}

int
toxic_create_ok(const struct toxic_create *p)
{
	return check_proxy_key(&p->proxy) && check_toxic(&p->spec);
}

int
proxy_profile_ok(const struct proxy_profile *p)
{
	static const uint8_t nothing[sizeof(p->reserved)];

	return check_proxy_key(&p->proxy) && is_utf8(p->name) &&
	    memcmp(p->reserved, nothing, sizeof(nothing)) == 0 &&
	    (p->ntoxics == 0 ? p->name[0] == '\0'
			     : owner_name_is_good(p->name)) &&
	    p->ntoxics <= PROXY_TOXICS_MAX;
}

/* The toxic as it was for who asks, with what is new: it is a good one. */
int
toxic_update_ok(const struct toxic_update *p)
{
	static const uint8_t nothing[sizeof(p->reserved)];
	const struct toxic_spec *s = &p->spec;

	return memcmp(p->reserved, nothing, sizeof(nothing)) == 0 &&
	    check_proxy_key(&p->proxy) && p->has_toxicity <= 1 &&
	    p->has_lease <= 1 && lease_may_be_asked(s->lease) &&
	    (p->has_lease || s->lease == 0) && p->has_select <= 1 &&
	    p->has_waves <= 1 && check_toxic(s) &&
	    p->values_given < 1
		<< toxic_schema((enum toxic_kind)s->kind)->nattributes;
}

int
toxic_name_ok(const struct toxic_name *p)
{
	return check_proxy_key(&p->proxy) && is_utf8(p->name);
}

int
lease_renewal_ok(const struct lease_renewal *p)
{
	return toxic_name_ok(&p->of) && lease_may_be_asked(p->lease);
}

int
session_ref_ok(const struct session_ref *p)
{
	return is_utf8(p->tenant) &&
	    (p->tenant[0] == '\0' || tenant_name_is_good(p->tenant)) &&
	    !session_id_is_none(&p->id);
}

int
proxy_watch_ok(const struct proxy_watch *p)
{
	return check_proxy_key(&p->proxy) && p->is_watched <= 1;
}
