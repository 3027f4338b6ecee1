/* SPDX-License-Identifier: ISC */
/*
 * /proxies/{proxy}/lease and /proxies/{proxy}/toxics/{toxic}/lease: from now on
 * it is for so long.
 */

#include <string.h>

#include "apid.h"
#include "lease.h"
#include "text_put.h"
#include "values.h"

static void
show_proxy(struct request *r)
{
	const struct proxy *p = request_proxy(r);
	struct writer w;

	if (p == NULL)
		return;
	writer_open(&w);
	encode_proxy(w.f, p);
	reply_json(r, 200, &w);
}

/* What it was about may be gone again by another's doing. */
static void
renewed(struct ask *a, const struct answer *answer)
{
	struct request *r = request_of(a);

	if (answer->code != ANSWER_OK)
		reply_answer(r, answer);
	else if (r->toxic != NULL)
		toxic_show(r);
	else
		show_proxy(r);
	request_wake(r);
}

static int
decode(struct request *r, int64_t *lease, struct failure *f)
{
	struct object o = { .path = "", .f = f };
	int result = -1, given;

	if (decode_body(&o.json, r->body, r->body_len, f) == -1)
		return -1;
	if (expect_object(o.json, "", f) == 0 &&
	    get_ttl(&o, lease, &given) == 0)
		result = given ? 0 : missing("ttl", "", f);
	json_decref(o.json);
	return result;
}

void
lease_renew(struct request *r)
{
	struct lease_renewal renewal = { .of = { .proxy = r->key } };
	struct failure f;

	if (!request_names_fit(r))
		return;
	if (decode(r, &renewal.lease, &f) == -1) {
		reply_failure_about(r, &f);
		return;
	}
	if (r->toxic != NULL)
		text_put(renewal.of.name, sizeof(renewal.of.name), r->toxic);
	r->ask.answered = renewed;
	ask(&r->ask, MSG_LEASE_RENEW, &renewal);
}
