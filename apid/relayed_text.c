/* SPDX-License-Identifier: ISC */
/* Sessions that go through proxies, as requests and replies have them. */

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "nitems.h"
#include "relayed.h"

/* ---- arguments */

static const char *const states[] = {
	[SESSION_DIALS] = "dialling",
	[SESSION_IS_OPEN] = "open",
	[SESSION_IS_HALF_CLOSED] = "half-closed",
	[SESSION_DRAINS] = "draining",
};
_Static_assert(nitems(states) == SESSION_STATES, "a state without a word");

/* As it is written, and no other way; *p moves behind it.  0, or -1. */
static int
take_number(const char **p, uint64_t *n)
{
	char *end;

	if (**p < '0' || **p > '9' || (**p == '0' && isdigit((*p)[1])))
		return -1;
	errno = 0;
	*n = strtoull(*p, &end, 10);
	*p = end;
	return errno == 0 ? 0 : -1;
}

int
relayed_id(const char *text, struct relay_ask *ask)
{
	return take_number(&text, &ask->assignment) == 0 && *text++ == '.' &&
		take_number(&text, &ask->number) == 0 && *text == '\0'
	    ? 0
	    : -1;
}

static int
take_cursor(struct relayed_query *q, const char *text, unsigned int arguments)
{
	uint64_t id = 0;

	if ((arguments & RELAYED_OF_ALL) != 0 &&
	    (take_number(&text, &id) == -1 || id > UINT32_MAX ||
		*text++ != '.'))
		return -1;
	q->proxy_id = (uint32_t)id;
	return relayed_id(text, &q->ask);
}

static int
take_state(struct relayed_query *q, const char *text, unsigned int arguments)
{
	uint32_t i;

	if ((arguments & RELAYED_ENDED) != 0 && strcmp(text, "ended") == 0) {
		q->ask.wish = WISH_ENDED;
		return 0;
	}
	for (i = 0; i < SESSION_STATES; i++) {
		if (strcmp(text, states[i]) != 0)
			continue;
		q->ask.states |= 1U << i;
		return 0;
	}
	return -1;
}

/* "1.2.3.4", "::1", or either with a port, as addresses are written. */
static int
take_client(struct relayed_query *q, const char *text, unsigned int arguments)
{
	struct address *a = &q->ask.client;
	struct endpoint e;

	(void)arguments;
	memset(a, 0, sizeof(*a));
	if (inet_pton(AF_INET, text, a->ip) == 1) {
		a->family = 4;
	} else if (inet_pton(AF_INET6, text, a->ip) == 1) {
		a->family = 6;
	} else {
		if (endpoint_split(&e, text) == -1 || !e.literal)
			return -1;
		*a = e.address;
	}
	*a = address_unmapped(a);
	return 0;
}

static int
take_mode(struct relayed_query *q, const char *text, unsigned int arguments)
{
	(void)arguments;
	if (strcmp(text, "reset") == 0)
		q->ask.wish = WISH_RESET;
	else if (strcmp(text, "close") != 0)
		return -1;
	return 0;
}

static const struct argument {
	const char *name;
	unsigned int of; /* enum relayed_argument */
	int (*take)(struct relayed_query *, const char *, unsigned int);
	const char *wanted;
} argument_rows[] = {
	{ "cursor", RELAYED_CURSOR, take_cursor, "what `next` said" },
	{ "state", RELAYED_FILTERS, take_state,
	    "dialling, open, half-closed or draining" },
	{ "client", RELAYED_FILTERS, take_client,
	    "an address, with its port or without" },
	{ "mode", RELAYED_MODE, take_mode, "close or reset" },
};

struct taking {
	struct request *request;
	unsigned int arguments;
	struct relayed_query *query;
};

static enum MHD_Result
take(void *arg, enum MHD_ValueKind kind, const char *key, const char *value)
{
	struct taking *t = arg;
	const struct argument *a;

	(void)kind;
	for (a = argument_rows; a < argument_rows + nitems(argument_rows);
	     a++) {
		if ((a->of & t->arguments) == 0 || strcmp(a->name, key) != 0)
			continue;
		if (value != NULL &&
		    a->take(t->query, value, t->arguments) == 0)
			return MHD_YES;
		reply_error(
		    t->request, 400, "%s: expected %s", a->name, a->wanted);
		return MHD_NO;
	}
	return reply_no_argument(t->request, key);
}

int
relayed_query(
    struct request *r, unsigned int arguments, struct relayed_query *q)
{
	struct taking t = { r, arguments, q };

	MHD_get_connection_values(
	    r->connection, MHD_GET_ARGUMENT_KIND, take, &t);
	if (r->response == NULL && q->ask.wish == WISH_ENDED &&
	    q->ask.states != 0)
		reply_error(r, 400, "state: ended goes with no other");
	if (q->ask.states == 0)
		q->ask.states = (1U << SESSION_STATES) - 1;
	return r->response == NULL;
}

/* ---- JSON */

static void
encode_address(FILE *f, const struct address *a)
{
	char text[ADDRESS_TEXT_MAX];

	if (a->family == 0)
		fputs("null", f);
	else
		encode_string(f, address_text(a, text));
}

/* id: NULL: of several */
static void
encode_head(FILE *f, const char *id, const struct proxy_key *key,
    int has_tenant, const struct address *client)
{
	fputs("{\"id\":", f);
	if (id != NULL)
		encode_string(f, id);
	else
		fputs("null", f);
	fputs(",\"proxy\":", f);
	encode_key(f, key, has_tenant);
	fputs(",\"client\":", f);
	encode_address(f, client);
}

void
relayed_encode(FILE *f, const struct session_page *page, uint32_t row,
    const struct proxy_key *key, int has_tenant)
{
	const struct proxy *p = replica_by_key(key);
	const struct session_row *s = &page->rows[row];
	char id[SESSION_NAME_MAX + 1];

	session_name(page->assignment, s->number, id);
	encode_head(f, id, key, has_tenant, &s->client);
	fputs(",\"upstream\":", f);
	encode_string(f, p != NULL ? p->state.upstream : "");
	fputs(",\"address\":", f);
	encode_address(f, &s->upstream);
	fprintf(f,
	    ",\"state\":\"%s\",\"age_ms\":%" PRIu64
	    ",\"bytes\":{\"upstream\":%" PRIu64 ",\"downstream\":%" PRIu64
	    "},\"held_bytes\":%" PRIu64,
	    states[s->state], s->age_ms, s->sent[STREAM_UPSTREAM],
	    s->sent[STREAM_DOWNSTREAM], s->held);
}

/* A dial in words, as the log has it. */
static const char *
why(const struct session_ended *e, const char *upstream, char *text,
    size_t size)
{
	struct endpoint endpoint;

	if (e->end != END_NO_UPSTREAM || e->dial.error == ENDPOINT_OK ||
	    endpoint_split(&endpoint, upstream) == -1)
		return session_end_text((enum session_end)e->end);
	return endpoint_dial_error_text(&endpoint, &e->dial, text, size);
}

void
relayed_encode_ended(FILE *f, const struct session_ended *e,
    const struct proxy_key *key, int has_tenant)
{
	const struct proxy *p = replica_by_key(key);
	const char *upstream = p != NULL ? p->state.upstream : "";
	char id[SESSION_NAME_MAX + 1], text[1024];

	session_name(e->assignment, e->number, id);
	encode_head(f, e->are_several ? NULL : id, key, has_tenant, &e->client);
	fprintf(f,
	    ",\"state\":\"ended\",\"age_ms\":%" PRIu64 ",\"ended_ms\":%" PRIu64
	    ",\"bytes\":{\"upstream\":%" PRIu64 ",\"downstream\":%" PRIu64
	    "},\"sessions\":%" PRIu64 ",\"cause\":\"%s\",\"why\":",
	    e->age_ms, e->ago_ms, e->sent[STREAM_UPSTREAM],
	    e->sent[STREAM_DOWNSTREAM], e->sessions,
	    session_end_word((enum session_end)e->end));
	encode_string(f, why(e, upstream, text, sizeof(text)));
	fputs(",\"toxic\":", f);
	if (e->toxic[0] != '\0')
		encode_string(f, e->toxic);
	else
		fputs("null", f);
	fputc('}', f);
}

/* Of those that have a select. */
static void
encode_decision(FILE *f, const struct toxic_work *t)
{
	static const char *const words[] = {
		[DECIDED_CHOSEN] = "chosen",
		[DECIDED_BY_CLIENT] = "client",
		[DECIDED_BY_INDEX] = "index",
		[DECIDED_BY_TOXICITY] = "toxicity",
	};
	_Static_assert(nitems(words) == TOXIC_DECISIONS, "one has no word");

	if (t->decided == DECIDED_NOT)
		return;
	fprintf(
	    f, ",\"select\":{\"decided\":\"%s\",\"index\":", words[t->decided]);
	if (t->index < 0)
		fputs("null}", f);
	else
		fprintf(f, "%" PRId64 "}", t->index);
}

void
relayed_encode_work(FILE *f, const struct toxic_work *t)
{
	fputs("{\"name\":", f);
	encode_string(f, t->name);
	fprintf(f,
	    ",\"type\":\"%s\",\"stream\":\"%s\",\"active\":%s"
	    ",\"hit\":%s,\"delayed_bytes\":%" PRIu64
	    ",\"dropped_bytes\":%" PRIu64 ",\"slices\":%" PRIu64
	    ",\"cuts\":%" PRIu64,
	    toxic_schema((enum toxic_kind)t->kind)->name,
	    t->stream == STREAM_UPSTREAM ? "upstream" : "downstream",
	    t->is_at_work ? "true" : "false", t->has_hit ? "true" : "false",
	    t->delayed, t->dropped, t->slices, t->cuts);
	if (t->is_own)
		fputs(",\"own\":true", f);
	encode_decision(f, t);
	fputc('}', f);
}
