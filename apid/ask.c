/* SPDX-License-Identifier: ISC */
/* What is asked of ctld, and what its answers mean to a client. */

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agreed.h"
#include "apid.h"
#include "log.h"
#include "scenarios.h"

/* By id; ids follow each other, so buckets stay even. */
#define BUCKETS 256
static LIST_HEAD(, ask) waiting[BUCKETS];
static uint32_t last_id;

static void
say_with(
    enum msg_type type, uint32_t id, const void *payload, size_t size, int fd)
{
	if (chan_send_sized(&apid.ctld, type, id, payload, size, fd) == -1)
		apid.has_ended = 1;
}

static void
say(enum msg_type type, uint32_t id, const void *payload, size_t size)
{
	say_with(type, id, payload, size, -1);
}

static int
copy_of(int client)
{
	return client != -1 ? dup(client) : -1;
}

/*
 * apid grants nothing: ctld looks at the token again, and asks the kernel who
 * is at the other end of the connection.
 */
static void
say_caller(const struct ask *a)
{
	const struct asker *by = a->caller;

	say_with(MSG_API_CALLER, a->id, &by->said, sizeof(by->said),
	    copy_of(by->client));
}

static void
wait_for_answer(struct ask *a)
{
	if (++last_id == 0)
		last_id = 1;
	a->id = last_id;
	LIST_INSERT_HEAD(&waiting[a->id % BUCKETS], a, entry);
}

void
ask_sized(struct ask *a, enum msg_type type, const void *payload, size_t size)
{
	wait_for_answer(a);
	if (a->caller != NULL)
		say_caller(a);
	say(type, a->id, payload, size);
}

void
ask_more(
    const struct ask *a, enum msg_type type, const void *payload, size_t size)
{
	say(type, a->id, payload, size);
}

void
ask_proxy(struct ask *a, enum msg_type type, const struct proxy_entry *entry)
{
	struct proxy_create create = { .spec = entry->spec,
		.session = entry->session };
	size_t i;

	create.ntoxics = (uint32_t)entry->ntoxics;
	ask(a, type, &create);
	for (i = 0; i < entry->ntoxics; i++)
		say(MSG_PROXY_CREATE_TOXIC, a->id, entry->toxics[i],
		    sizeof(*entry->toxics[i]));
}

void
ask_profile(struct ask *a, const struct proxy_profile *profile,
    const struct toxic_spec *toxics)
{
	size_t i;

	ask(a, MSG_PROXY_PROFILE, profile);
	for (i = 0; i < profile->ntoxics; i++)
		say(MSG_PROXY_CREATE_TOXIC, a->id, &toxics[i],
		    sizeof(toxics[i]));
}

void
ask_scenario(struct ask *a, const struct scenario *s)
{
	size_t i;

	ask(a, MSG_SCENARIO_CREATE, &s->spec);
	for (i = 0; i < s->ntoxics; i++)
		say(MSG_PROXY_CREATE_TOXIC, a->id, s->toxics[i],
		    sizeof(*s->toxics[i]));
}

void
ask_refused(struct ask *a, const struct api_refused *refused, int client)
{
	wait_for_answer(a);
	say_with(
	    MSG_API_REFUSED, a->id, refused, sizeof(*refused), copy_of(client));
}

void
ask_forget(struct ask *a)
{
	if (a->id == 0)
		return;
	LIST_REMOVE(a, entry);
	a->id = 0;
}

/* Nobody waits for some: their client's time was over. */
static struct ask *
find(uint32_t id)
{
	struct ask *a;

	LIST_FOREACH (a, &waiting[id % BUCKETS], entry) {
		if (a->id == id)
			break;
	}
	return a;
}

void
ask_told(const struct msg *m)
{
	struct ask *a = find(m->id);

	if (a != NULL && a->told != NULL)
		a->told(a, m);
}

void
ask_answered(uint32_t id, const struct answer *answer)
{
	struct ask *a = find(id);

	if (a == NULL)
		return;
	ask_forget(a);
	a->answered(a, answer);
}

uint32_t
ask_last(void)
{
	return last_id;
}

static struct ask *
first_before(uint32_t id)
{
	struct ask *a;
	int i;

	for (i = 0; i < BUCKETS; i++) {
		LIST_FOREACH (a, &waiting[i], entry) {
			if ((int32_t)(a->id - id) < 0)
				return a;
		}
	}
	return NULL;
}

/* Who was asked has died: what became of it is for the client to look up. */
void
asks_are_lost(uint32_t before)
{
	static const struct answer lost = { .code = ANSWER_LOST };
	struct ask *a;

	while ((a = first_before(before)) != NULL) {
		ask_forget(a);
		a->answered(a, &lost);
	}
}

/* A wildcard is called as it was given, an address as looked up. */
static const char *
where(const struct answer *answer, char text[ADDRESS_TEXT_MAX])
{
	if (answer->address.family == 0 ||
	    address_is_wildcard(&answer->address))
		return answer->listen.text;
	return address_text(&answer->address, text);
}

/*
 * "listen tcp 127.0.0.1:80: bind: permission denied"; what the command line
 * does not allow is nothing that the kernel says.
 */
static void
listen_failure(const struct answer *answer, struct failure *f)
{
	char address[ADDRESS_TEXT_MAX], why[384];

	endpoint_error_text(&answer->listen, answer->endpoint_error,
	    answer->sys_errno, why, sizeof(why));
	if (answer->endpoint_error == ENDPOINT_SYSTEM)
		failure_set(f, 500, "listen tcp %s: bind: %s",
		    where(answer, address), why);
	else if (answer->endpoint_error == ENDPOINT_DENIED ||
	    answer->endpoint_error == ENDPOINT_ANOTHERS_PORT)
		failure_set(
		    f, 403, "listen tcp %s: %s", where(answer, address), why);
	else
		failure_set(f, 500, "%s%s",
		    answer->stage == STAGE_LISTEN ? "listen tcp: " : "", why);
}

static void
value_failure(const struct answer *answer, struct failure *f)
{
	struct toxic_fault fault = { .field = "toxic", .why = "is refused" };

	toxic_spec_check(&answer->spec, &fault);
	failure_set(f, 400, "invalid attribute %s: %s", fault.field, fault.why);
}

static void
over_limit(const struct answer *answer, struct failure *f)
{
	size_t len;

	limit_failure((enum limit)answer->limit, answer->limit_value, f);
	len = strlen(f->text);
	if (answer->sys_errno == EADDRINUSE)
		snprintf(f->text + len, sizeof(f->text) - len,
		    ", and each is taken");
}

/* Those in which nothing has to be filled in. */
static const struct {
	int status;
	const char *text;
} failures[ANSWER_CODE_MAX] = {
	[ANSWER_NO_PROXY] = { 404, "proxy not found" },
	[ANSWER_NO_TOXIC] = { 404, "toxic not found" },
	[ANSWER_PROXY_EXISTS] = { 409, "proxy already exists" },
	[ANSWER_TOXIC_EXISTS] = { 409, "toxic already exists" },
	[ANSWER_ENDING] = { 503, "shutting down" },
	[ANSWER_LOST] = { 503,
	    "the control process was replaced: look whether it happened" },
	[ANSWER_STORE_FULL] = { 507,
	    "the change cannot be stored: no space left on device" },
	[ANSWER_STORE_FAILED] = { 500,
	    "the change cannot be stored: see /health and the log" },
	[ANSWER_STORE_UNSURE] = { 500,
	    "it is not known whether the change is stored: it is not made "
	    "now, and may be there after a crash" },
	[ANSWER_NO_MEMORY] = { 500, "out of memory" },
	[ANSWER_NO_TENANT] = { 404, "tenant not found" },
	[ANSWER_UNKNOWN] = { 401, "missing or invalid auth token" },
	[ANSWER_READS_ONLY] = { 403, "this token may only read" },
	[ANSWER_NOT_ITS_OWN] = { 403, "the proxy is of another tenant" },
	[ANSWER_TENANT_PROXIES] = { 507,
	    "the tenant has its share of all proxies that there may be" },
	[ANSWER_TENANT_TOXICS] = { 507,
	    "the tenant has its share of all toxics that there may be" },
	[ANSWER_NO_TOKEN] = { 404, "token not found" },
	[ANSWER_NO_SESSION] = { 404, "session not found" },
	[ANSWER_TOO_MANY_SESSIONS] = { 503,
	    "there are too many sessions, or the tenant has its share" },
	[ANSWER_NO_PROFILE] = { 404, "the proxy has no profile" },
	[ANSWER_NO_SCENARIO] = { 404, "scenario not found" },
	[ANSWER_SCENARIO_EXISTS] = { 409, "scenario already exists" },
	[ANSWER_HAS_SCENARIO] = { 409, "the proxy has a scenario already" },
	[ANSWER_NO_CONNECTION] = { 404, "session not found" },
	[ANSWER_WORKER_BUSY] = { 503,
	    "the proxy's worker has not answered within a second" },
	[ANSWER_TOXIC_DIFFERS] = { 409,
	    "the toxic has been changed meanwhile: ask again" },
	[ANSWER_TOKEN_EXISTS] = { 409, "token already exists" },
	[ANSWER_TOKEN_OF_FILE] = { 409,
	    "the token is the configuration file's: it goes with its line "
	    "there, and a reload" },
	[ANSWER_LESSER_ROLE] = { 403,
	    "this token makes and revokes none of a role above its own" },
	[ANSWER_NO_SOURCE] = { 404, "source not found" },
	[ANSWER_GENERATION] = { 409,
	    "the generation that is applied is not the one that is believed" },
	[ANSWER_OWNED] = { 409, "another source owns what has that name" },
	[ANSWER_FAULTS] = { 400, "the document has faults" },
	[ANSWER_TENANT_CHANGES] = { 503,
	    "the tenant has too many changes under way" },
	[ANSWER_TENANT_NAMES] = { 503,
	    "the tenant has too many names of `listen` being looked up" },
};

/* Where nothing is lacking it was to be one session's own. */
static void
no_loss(struct failure *f)
{
	const char *lacks = lacks_for_loss();

	if (*lacks != '\0')
		failure_set(
		    f, 400, "segments cannot be lost here: it lacks %s", lacks);
	else
		failure_set(f, 400,
		    "segments are lost by a proxy's toxic, which may have a "
		    "select: no session has one of its own");
}

void
answer_failure(const struct answer *answer, struct failure *f)
{
	switch (answer->code) {
	case ANSWER_TOO_MANY:
		failure_set(
		    f, 409, "a proxy has at most %d toxics", PROXY_TOXICS_MAX);
		break;
	case ANSWER_TOO_MANY_OWN:
		failure_set(f, 409,
		    "a session has at most %d toxics of its own, and all of a "
		    "proxy together %d",
		    PROXY_TOXICS_MAX, OWN_TOXICS_MAX);
		break;
	case ANSWER_TOO_MANY_TOKENS:
		failure_set(f, 409, "a tenant has at most %d tokens",
		    TENANT_TOKENS_MAX);
		break;
	case ANSWER_TOO_MANY_TOXICS:
		failure_set(f, 507,
		    "there are %d toxics already: no more are allowed",
		    TOXICS_MAX);
		break;
	case ANSWER_TOO_MANY_SOURCES:
		failure_set(f, 507,
		    "there are %d sources already, or their documents are "
		    "longer than %d MiB together",
		    SOURCES_MAX, (int)(SOURCES_TEXT_MAX >> 20));
		break;
	case ANSWER_TOO_MANY_PROXIES: /* 409 would say that the name is taken */
		failure_set(f, 507,
		    "there are %" PRIu64
		    " proxies already: no more are allowed",
		    apid.proxies_max);
		break;
	case ANSWER_OVER_LIMIT:
		over_limit(answer, f);
		break;
	case ANSWER_NO_LOSS:
		no_loss(f);
		break;
	case ANSWER_LOSS_TAKEN:
		failure_set(f, 400,
		    "all %" PRIu32
		    " programs that lose segments are in use: a proxy's worker "
		    "has one for tcp_loss, and its port one for syn_loss",
		    lacks_loss_pool());
		break;
	case ANSWER_BAD_VALUE:
		value_failure(answer, f);
		break;
	case ANSWER_BAD_LISTEN:
		listen_failure(answer, f);
		break;
	default:
		failure_set(f, failures[answer->code].status, "%s",
		    failures[answer->code].text);
	}
}
