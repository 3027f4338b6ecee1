/* SPDX-License-Identifier: ISC */
/*
 * /sessions and /proxies/{proxy}/sessions: what goes through proxies.  That is
 * the workers' to know: ctld asks one for each page, which is not kept here.
 */

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "relayed.h"
#include "sort.h"

/* Those of all proxies: so many have been asked, and that is a page. */
#define ASKED_MAX 64

struct listing {
	struct relayed_query query;
	struct proxy_key key; /* of whom is asked */
	uint32_t *ids;        /* of whom it may be; NULL: of that one alone */
	size_t nids, at;
	unsigned int nasked, nrows;
	uint64_t assignment, next; /* of that one's next page; or 0 */
	uint64_t connections;      /* that one's worker has had */
	int has_tenants;           /* of more than one */
	const char *comma;
	struct writer w;
};

static void
listing_free(void *work)
{
	struct listing *l = work;

	if (l->w.f != NULL)
		writer_finish(&l->w);
	free(l->w.text);
	free(l->ids);
	free(l);
}

static struct listing *
listing_new(struct request *r, const struct relayed_query *q)
{
	struct listing *l;

	if ((l = calloc(1, sizeof(*l))) == NULL)
		fatal("%s", __func__);
	l->query = *q;
	l->key = r->key;
	l->has_tenants = r->is_for_all;
	l->comma = "";
	writer_open(&l->w);
	r->work = l;
	r->work_free = listing_free;
	return l;
}

/* 1, or 0 and it has replied: no proxy is called so. */
static int
has_name(struct request *r)
{
	if (r->key.name[0] == '\0')
		reply_error(r, 404, "proxy not found");
	return r->key.name[0] != '\0';
}

static void
say(struct request *r, enum msg_type type, const struct proxy_key *key,
    const struct relay_ask *wanted)
{
	const struct sessions_ask payload = { .proxy = *key, .ask = *wanted };

	ask(&r->ask, type, &payload);
}

/* ---- pages */

static void
take_page(struct ask *a, const struct msg *m)
{
	struct listing *l = request_of(a)->work;
	const struct session_page *page;
	uint32_t i;

	if (m->type == MSG_API_ENDED) {
		fputs(l->comma, l->w.f);
		l->comma = ",";
		relayed_encode_ended(
		    l->w.f, msg_get_session_ended(m), &l->key, l->has_tenants);
	}
	if (m->type != MSG_API_PAGE)
		return;
	page = msg_get_session_page(m);
	for (i = 0; i < page->n; i++) {
		fputs(l->comma, l->w.f);
		l->comma = ",";
		relayed_encode(l->w.f, page, i, &l->key, l->has_tenants);
		fputc('}', l->w.f);
	}
	l->nrows += page->n;
	l->assignment = page->assignment;
	l->next = page->next;
	l->connections = page->connections;
}

/* Where the next page begins; or null. */
static void
encode_next(FILE *f, const struct listing *l)
{
	const int is_within = l->next != 0;
	char place[SESSION_NAME_MAX + 1];

	if (!is_within && l->at >= l->nids) {
		fputs("null", f);
		return;
	}
	fputc('"', f);
	if (l->ids != NULL)
		fprintf(f, "%" PRIu32 ".", l->ids[l->at - (is_within ? 1 : 0)]);
	fprintf(f, "%s\"",
	    session_name(is_within ? l->assignment : 0, l->next, place));
}

static void
finish(struct request *r)
{
	struct listing *l = r->work;
	struct writer w;

	writer_finish(&l->w);
	writer_open(&w);
	fputs("{\"sessions\":[", w.f);
	fwrite(l->w.text, 1, l->w.len, w.f);
	fputs("],\"next\":", w.f);
	encode_next(w.f, l);
	if (l->query.ask.wish == WISH_ENDED)
		fprintf(w.f, ",\"connections\":%" PRIu64, l->connections);
	fputs("}\n", w.f);
	reply_json(r, 200, &w);
}

/* 1: another proxy is asked; 0: there is none. */
static int
ask_next(struct request *r)
{
	struct listing *l = r->work;
	const struct proxy *p;

	while (l->at < l->nids) {
		p = replica_by_id(l->ids[l->at]);
		if (l->ids[l->at++] != l->query.proxy_id)
			l->query.ask.assignment = l->query.ask.number = 0;
		if (p == NULL)
			continue; /* it has gone meanwhile */
		l->key = p->state.key;
		l->nasked++;
		say(r, MSG_PROXY_SESSIONS, &l->key, &l->query.ask);
		return 1;
	}
	return 0;
}

static int
is_full(const struct listing *l)
{
	return l->next != 0 || l->nrows >= SESSIONS_PAGE ||
	    l->nasked >= ASKED_MAX;
}

/* A proxy that has gone has none; where it alone was asked for, that is said.
 */
static void
page_ends(struct ask *a, const struct answer *answer)
{
	struct request *r = request_of(a);
	const struct listing *l = r->work;
	const int is_gone = answer->code == ANSWER_NO_PROXY && l->ids != NULL;

	if (answer->code != ANSWER_OK && !is_gone) {
		reply_answer(r, answer);
	} else {
		if (!is_full(l) && ask_next(r))
			return;
		finish(r);
	}
	request_wake(r);
}

void
relayed_of_proxy(struct request *r)
{
	struct relayed_query q = { .ask = { .wish = WISH_PAGE } };

	if (!has_name(r) ||
	    !relayed_query(
		r, RELAYED_CURSOR | RELAYED_FILTERS | RELAYED_ENDED, &q))
		return;
	(void)listing_new(r, &q);
	r->ask.told = take_page;
	r->ask.answered = page_ends;
	say(r, MSG_PROXY_SESSIONS, &r->key, &q.ask);
}

/* ---- those of all proxies, in the order in which these were made */

static int
has_sessions(const struct proxy *p)
{
	return p->counters.open_sessions > 0;
}

static void
count_one(const struct proxy *p, void *arg)
{
	struct listing *l = arg;

	l->nids += has_sessions(p) && p->state.id >= l->query.proxy_id;
}

static void
take_one(const struct proxy *p, void *arg)
{
	struct listing *l = arg;

	if (has_sessions(p) && p->state.id >= l->query.proxy_id)
		l->ids[l->at++] = p->state.id;
}

static int
compare_ids(const void *a, const void *b)
{
	const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

/* Whose worker has said within a quarter of a second that it has some. */
static void
find_proxies(struct listing *l, const char *tenant)
{
	replica_each(tenant, count_one, l);
	if ((l->ids = calloc(l->nids + 1, sizeof(*l->ids))) == NULL)
		fatal("%s", __func__);
	replica_each(tenant, take_one, l);
	sort(l->ids, l->nids, sizeof(*l->ids), compare_ids);
	l->at = 0;
}

void
relayed_index(struct request *r)
{
	struct relayed_query q = { .ask = { .wish = WISH_PAGE } };

	if (!relayed_query(
		r, RELAYED_CURSOR | RELAYED_OF_ALL | RELAYED_FILTERS, &q))
		return;
	find_proxies(listing_new(r, &q), request_tenant(r));
	r->ask.told = take_page;
	r->ask.answered = page_ends;
	if (!ask_next(r))
		finish(r);
}

/* ---- one of them */

static void
take_detail(struct ask *a, const struct msg *m)
{
	struct listing *l = request_of(a)->work;
	const struct session_page *page;
	struct writer w;

	if (m->type == MSG_API_TOXIC_WORK) {
		fputs(l->comma, l->w.f);
		l->comma = ",";
		relayed_encode_work(l->w.f, msg_get_toxic_work(m));
		return;
	}
	if (m->type != MSG_API_PAGE || request_of(a)->response != NULL)
		return;
	page = msg_get_session_page(m);
	if (page->n == 0)
		return;
	writer_finish(&l->w);
	writer_open(&w);
	relayed_encode(w.f, page, 0, &l->key, l->has_tenants);
	fprintf(w.f, ",\"toxics\":[%s]}\n", l->w.text);
	reply_json(request_of(a), 200, &w);
}

static void
detail_ends(struct ask *a, const struct answer *answer)
{
	struct request *r = request_of(a);

	if (answer->code != ANSWER_OK)
		reply_answer(r, answer);
	else if (r->response == NULL)
		reply_error(r, 404, "session not found");
	request_wake(r);
}

int
relayed_is_called(struct request *r, struct relay_ask *wanted)
{
	if (!has_name(r))
		return 0;
	if (relayed_id(r->toxic, wanted) == 0)
		return 1;
	reply_error(r, 404, "session not found");
	return 0;
}

void
relayed_show(struct request *r)
{
	struct relayed_query q = { .ask = { .wish = WISH_ONE } };

	if (!relayed_query(r, 0, &q) || !relayed_is_called(r, &q.ask))
		return;
	(void)listing_new(r, &q);
	r->ask.told = take_detail;
	r->ask.answered = detail_ends;
	say(r, MSG_PROXY_SESSIONS, &r->key, &q.ask);
}

void
relayed_end(struct request *r)
{
	struct relayed_query q = { .ask = { .wish = WISH_CLOSE } };

	if (!relayed_query(r, RELAYED_MODE, &q) ||
	    !relayed_is_called(r, &q.ask))
		return;
	r->ask.answered = request_answered;
	say(r, MSG_PROXY_SESSION_END, &r->key, &q.ask);
}
