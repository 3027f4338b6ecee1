/* SPDX-License-Identifier: ISC */
/* See payload_sessions.h. */

#include <inttypes.h>
#include <stdio.h>

#include "check.h"
#include "payload_check.h"

/* No pointers: see error_texts in endpoint.c. */
static const char words[END_MAX][20] = {
#define X(end, word, text) [END_##end] = word,
	SESSION_ENDS(X)
#undef X
};

static const char texts[END_MAX][64] = {
#define X(end, word, text) [END_##end] = text,
	SESSION_ENDS(X)
#undef X
};

const char *
session_end_word(enum session_end end)
{
	return words[end];
}

const char *
session_end_text(enum session_end end)
{
	return texts[end];
}

int
session_end_is_news(enum session_end end)
{
	switch (end) {
	case END_NONE:
	case END_BOTH_FIN:
	case END_WORKER:
	case END_WORKER_DIED:
	case END_PROXY_CHANGED:
		return 0;
	default:
		return 1;
	}
}

const char *
session_name(
    uint64_t assignment, uint64_t number, char text[SESSION_NAME_MAX + 1])
{
	snprintf(text, SESSION_NAME_MAX + 1, "%" PRIu64 ".%" PRIu64, assignment,
	    number);
	return text;
}

int
relay_ask_ok(const struct relay_ask *p)
{
	return p->wish < SESSION_WISHES && p->states < 1U << SESSION_STATES &&
	    address_is_legal(&p->client);
}

int
sessions_ask_ok(const struct sessions_ask *p)
{
	return check_proxy_key(&p->proxy) && relay_ask_ok(&p->ask);
}

int
session_wish_is_own(uint32_t wish)
{
	return wish == WISH_OWN_ADD || wish == WISH_OWN_UPDATE ||
	    wish == WISH_OWN_REMOVE;
}

static int
is_name_alone(const struct toxic_spec *p)
{
	static const uint8_t nothing[sizeof(*p)];
	const uint8_t *behind = (const uint8_t *)p + sizeof(p->name);

	return is_utf8(p->name) &&
	    memcmp(behind, nothing, sizeof(*p) - sizeof(p->name)) == 0;
}

/* What is to be or is, who asks has seen to be a good one. */
static int
own_spec_ok(const struct own_toxic *p)
{
	const struct toxic_spec *s = &p->spec;
	struct toxic_fault fault;

	if (p->of.ask.wish == WISH_OWN_REMOVE)
		return is_name_alone(s);
	return check_toxic(s) && toxic_own_check(s, &fault) == 0 &&
	    p->values_given < 1
		<< toxic_schema((enum toxic_kind)s->kind)->nattributes;
}

int
own_toxic_ok(const struct own_toxic *p)
{
	static const uint8_t nothing[sizeof(p->reserved)];
	const int gives = p->has_toxicity != 0 || p->values_given != 0 ||
	    p->has_select != 0 || p->has_waves != 0;

	return memcmp(p->reserved, nothing, sizeof(nothing)) == 0 &&
	    sessions_ask_ok(&p->of) && session_wish_is_own(p->of.ask.wish) &&
	    p->has_toxicity <= 1 && p->has_select <= 1 && p->has_waves <= 1 &&
	    (p->of.ask.wish == WISH_OWN_UPDATE || !gives) &&
	    p->spec.name[0] != '\0' && own_spec_ok(p);
}

static int
row_ok(const struct session_row *p)
{
	int i;

	for (i = 0; i < STREAM_MAX; i++) {
		if (p->sent[i] > INT64_MAX)
			return 0;
	}
	return p->age_ms <= INT64_MAX && p->held <= INT64_MAX &&
	    p->state < SESSION_STATES && address_is_legal(&p->client) &&
	    address_is_legal(&p->upstream);
}

/* They go up, and those behind the n-th are nothing. */
int
session_page_ok(const struct session_page *p)
{
	static const struct session_row none;
	uint32_t i;

	if (p->n > SESSIONS_PAGE || p->connections > INT64_MAX ||
	    p->outcome >= OWN_OUTCOMES)
		return 0;
	for (i = 0; i < p->n; i++) {
		if (!row_ok(&p->rows[i]) ||
		    (i > 0 && p->rows[i].number <= p->rows[i - 1].number))
			return 0;
	}
	for (; i < SESSIONS_PAGE; i++) {
		if (memcmp(&p->rows[i], &none, sizeof(none)) != 0)
			return 0;
	}
	return p->n == 0 || p->next == 0 || p->next > p->rows[p->n - 1].number;
}

int
session_ended_ok(const struct session_ended *p)
{
	int i;

	for (i = 0; i < STREAM_MAX; i++) {
		if (p->sent[i] > INT64_MAX)
			return 0;
	}
	return p->sessions <= INT64_MAX && p->age_ms <= INT64_MAX &&
	    p->ago_ms <= INT64_MAX && address_is_legal(&p->client) &&
	    dial_result_ok(&p->dial) && p->end < END_MAX &&
	    p->are_several <= 1 && is_utf8(p->toxic);
}

int
toxic_work_ok(const struct toxic_work *p)
{
	return is_utf8(p->name) && p->name[0] != '\0' &&
	    toxic_kind_is_known(p->kind) && p->stream < STREAM_MAX &&
	    p->is_at_work <= 1 && p->has_hit <= 1 && p->is_own <= 1 &&
	    p->decided < TOXIC_DECISIONS &&
	    (p->decided != DECIDED_NOT || p->index == 0);
}
