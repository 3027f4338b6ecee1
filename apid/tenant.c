/* SPDX-License-Identifier: ISC */
/* Calls of a tenant, and GET /tenant: who it is, and what it has. */

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "allowances.h"
#include "apid.h"
#include "halted.h"
#include "refusals.h"

/* A second later there is room for as many. */
#define RETRY_AFTER_S "1"

/*
 * Those of its tokens, whomever they act for.  It is asked before anything is
 * done for the request, or its body has come.
 */
int
guard_calls(struct request *r)
{
	struct allowance *a = allowance_of(r->credential.tenant);
	struct failure f;
	uint64_t most;

	if (!r->is_known || a == NULL ||
	    (most = a->limits.of[LIMIT_OF_API_CALLS]) == 0 ||
	    rate_take(&a->calls, most, clock_now()))
		return 1;
	a->refused[LIMIT_OF_API_CALLS]++;
	limit_failure(LIMIT_OF_API_CALLS, most, &f);
	reply_failure(r, &f);
	reply_header(r, MHD_HTTP_HEADER_RETRY_AFTER, RETRY_AFTER_S);
	refusal(r, REFUSAL_CALLS, NULL);
	return 0;
}

/* ---- GET /tenant */

/* What is there of each, by the limit on it; and what workers refused. */
struct used {
	uint64_t of[LIMITS], refused[LIMITS];
	uint64_t ports;                         /* as the limit has them */
	uint8_t has_port[(UINT16_MAX + 1) / 8]; /* a bit each */
};

/* Of proxies at several addresses it is one. */
static void
add_port(const struct proxy *p, struct used *used)
{
	const char *colon = strrchr(p->state.listen, ':');
	unsigned long port;
	uint8_t bit;

	if (used->ports == 0 || colon == NULL)
		return;
	port = strtoul(colon + 1, NULL, 10);
	bit = (uint8_t)(1U << port % 8);
	if (port > UINT16_MAX ||
	    !limit_range_has(used->ports, (uint16_t)port) ||
	    (used->has_port[port / 8] & bit) != 0)
		return;
	used->has_port[port / 8] |= bit;
	used->of[LIMIT_OF_PORTS]++;
}

static void
add(const struct proxy *p, void *arg)
{
	const struct toxic *t;
	struct used *used = arg;
	int i;

	used->of[LIMIT_OF_PROXIES]++;
	add_port(p, used);
	used->of[LIMIT_OF_HELD] += p->counters.held;
	used->of[LIMIT_OF_SESSIONS] += p->counters.open_sessions;
	used->of[LIMIT_OF_TOXICS] += p->counters.own_toxics;
	used->refused[LIMIT_OF_SESSIONS] += p->counters.over_sessions;
	used->refused[LIMIT_OF_CONNECTIONS] += p->counters.over_connections;
	for (i = 0; i < STREAM_MAX; i++) {
		TAILQ_FOREACH (t, &p->toxics[i], entry)
			used->of[LIMIT_OF_TOXICS]++;
	}
}

/* Of the others workers count it, and ctld; of a time there is nothing to. */
static int
is_counted_here(int limit)
{
	return limit != LIMIT_OF_CONNECTIONS && limit != LIMIT_OF_BYTES &&
	    limit_rows[limit].kind != LIMIT_TIME;
}

/* Of a range how many there are, and which. */
static void
encode_limit(FILE *f, enum limit limit, uint64_t value)
{
	const struct limit_range r = limit_range(value);
	char text[LIMIT_TEXT_MAX];

	if (limit_rows[limit].kind == LIMIT_RANGE)
		fprintf(f, "%d,\"range\":\"%s\"", r.last - r.first + 1,
		    limit_text(limit, value, text));
	else
		fprintf(f, "%" PRIu64, value);
}

static void
encode_limits(FILE *f, const struct allowance *a, const struct used *used)
{
	const char *comma = "";
	int i;

	fputs(",\"limits\":{", f);
	for (i = 0; i < LIMITS; i++) {
		if (a->limits.of[i] == 0)
			continue;
		fprintf(f, "%s\"%s\":{\"limit\":", comma, limit_rows[i].name);
		encode_limit(f, (enum limit)i, a->limits.of[i]);
		if (is_counted_here(i))
			fprintf(f, ",\"used\":%" PRIu64, used->of[i]);
		fprintf(f, ",\"refused\":%" PRIu64 "}",
		    a->refused[i] + used->refused[i]);
		comma = ",";
	}
	fputc('}', f);
}

/* Only where it is so. */
static void
encode_halt(FILE *f, const char *tenant)
{
	const int are_all = halted_has(HALT_OF_ALL);
	const int is_own = tenant != NULL && halted_has(tenant);

	if (are_all || is_own)
		fprintf(f, ",\"halted\":{\"all\":%s,\"tenant\":%s}",
		    are_all ? "true" : "false", is_own ? "true" : "false");
}

void
tenant_show(struct request *r)
{
	const struct credential *c = &r->credential;
	const char *tenant = request_tenant(r);
	struct allowance *a = allowance_of(tenant);
	static struct used used;
	struct writer w;

	memset(&used, 0, sizeof(used));
	if (a != NULL)
		used.ports = a->limits.of[LIMIT_OF_PORTS];
	replica_each(tenant, add, &used);
	writer_open(&w);
	fputs("{\"tenant\":", w.f);
	encode_string(w.f, tenant != NULL ? tenant : "*");
	fprintf(w.f, ",\"role\":\"%s\",\"token\":", caller_role_name(c->role));
	if (c->name[0] != '\0')
		encode_string(w.f, c->name);
	else
		fputs("null", w.f);
	fputs(",\"expires\":", w.f);
	encode_time(w.f, c->expires);
	fprintf(w.f, ",\"proxies\":%" PRIu64 ",\"toxics\":%" PRIu64,
	    used.of[LIMIT_OF_PROXIES], used.of[LIMIT_OF_TOXICS]);
	if (a != NULL)
		used.of[LIMIT_OF_API_CALLS] = rate_used(&a->calls, clock_now());
	if (a != NULL)
		encode_limits(w.f, a, &used);
	encode_halt(w.f, tenant);
	fputs("}\n", w.f);
	reply_json(r, 200, &w);
}
