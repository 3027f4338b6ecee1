/* SPDX-License-Identifier: ISC */
/* /halt and /resume: all toxics off, and on again. */

#include <string.h>

#include "apid.h"
#include "halted.h"

struct list {
	FILE *f;
	const char *comma;
};

static void
list_one(const struct halt *h, void *arg)
{
	struct list *list = arg;

	fputs(list->comma, list->f);
	list->comma = ",";
	encode_string(list->f, h->tenant);
}

/* Those of others are nobody's business. */
static void
show(struct request *r)
{
	const char *tenant = request_tenant(r);
	const int are_all = halted_has(HALT_OF_ALL);
	struct list list = { .comma = "" };
	struct writer w;

	writer_open(&w);
	list.f = w.f;
	fprintf(w.f, "{\"halted\":%s,\"all\":%s,\"tenants\":[",
	    are_all || (tenant != NULL && halted_has(tenant)) ? "true"
							      : "false",
	    are_all ? "true" : "false");
	halted_each(tenant, list_one, &list);
	fputs("]}\n", w.f);
	reply_json(r, 200, &w);
}

void
halt_show(struct request *r)
{
	show(r);
}

/* It has happened, whatever became of storing it. */
static int
reply_not_stored(struct request *r, const struct answer *answer)
{
	struct failure f;
	int is_unsure = answer->code == ANSWER_STORE_UNSURE;

	if (!is_unsure && answer->code != ANSWER_STORE_FULL &&
	    answer->code != ANSWER_STORE_FAILED)
		return 0;
	answer_failure(answer, &f);
	if (is_unsure)
		reply_error(r, f.status,
		    "the toxics are off; it is not known whether they will "
		    "be after a restart");
	else
		reply_error(r, f.status,
		    "the toxics are off, but would not be after a restart "
		    "now: %s",
		    f.text);
	return 1;
}

static void
resumed(struct ask *a, const struct answer *answer)
{
	struct request *r = request_of(a);

	if (answer->code == ANSWER_OK || answer->code == ANSWER_UNCHANGED)
		show(r);
	else
		reply_answer(r, answer);
	request_wake(r);
}

static void
answered(struct ask *a, const struct answer *answer)
{
	struct request *r = request_of(a);

	if (reply_not_stored(r, answer))
		request_wake(r);
	else
		resumed(a, answer);
}

static struct halt
asked_of(const struct request *r)
{
	struct halt h = { .tenant = HALT_OF_ALL };

	if (!r->is_for_all)
		memcpy(h.tenant, r->key.tenant, sizeof(h.tenant));
	return h;
}

void
halt(struct request *r)
{
	const struct halt h = asked_of(r);

	r->ask.answered = answered;
	ask(&r->ask, MSG_HALT, &h);
}

void
resume(struct request *r)
{
	const struct halt h = asked_of(r);

	r->ask.answered = resumed;
	ask(&r->ask, MSG_RESUME, &h);
}
