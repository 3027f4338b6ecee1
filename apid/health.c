/* SPDX-License-Identifier: ISC */
/*
 * /health: is toxid there, and would it take work?  From what ctld last said,
 * and from whether it still says anything.
 */

#include <inttypes.h>
#include <time.h>

#include "agreed.h"
#include "apid.h"
#include "halted.h"
#include "nitems.h"

static struct health now_is;

void
health_is(const struct health *h)
{
	now_is = *h;
	lacks_are(h);
}

/* ---- what keeps it from being ready: any of these */

static int
ctld_is_silent(void)
{
	return clock_now() - apid.heard_at > SILENT_AFTER;
}

static int
drains(void)
{
	return now_is.is_draining != 0;
}

static int
has_no_diald(void)
{
	return now_is.roles[ROLE_DIALD].running == 0;
}

static int
has_no_resolvd(void)
{
	return now_is.roles[ROLE_RESOLVD].running == 0;
}

static int
cannot_store(void)
{
	return now_is.is_store_failing != 0;
}

static const struct reason {
	int (*is_so)(void);
	const char *text;
} reasons[] = {
	{ ctld_is_silent, "ctld does not answer" },
	{ drains, "shutting down" },
	{ has_no_diald, "diald is not running" },
	{ has_no_resolvd, "resolvd is not running" },
	{ cannot_store, "the state cannot be stored" },
};

static int
is_ready(void)
{
	size_t i;

	for (i = 0; i < nitems(reasons); i++) {
		if (reasons[i].is_so())
			return 0;
	}
	return 1;
}

static void
encode_reasons(FILE *f)
{
	const char *comma = "";
	size_t i;

	fputs(",\"reasons\":[", f);
	for (i = 0; i < nitems(reasons); i++) {
		if (!reasons[i].is_so())
			continue;
		fputs(comma, f);
		encode_string(f, reasons[i].text);
		comma = ",";
	}
	fputc(']', f);
}

/* ---- what can be had here */

static void
encode_capabilities(FILE *f)
{
	const char *lacks = lacks_for_loss();

	fprintf(f, ",\"capabilities\":{\"tcp_loss\":{\"available\":%s",
	    *lacks == '\0' ? "true" : "false");
	if (*lacks != '\0') {
		fputs(",\"lacks\":", f);
		encode_string(f, lacks);
	}
	fputs("}}", f);
}

/* ---- proxies */

struct totals {
	uint64_t proxies, enabled, sessions;
};

static void
add_proxy(const struct proxy *p, void *arg)
{
	struct totals *t = arg;

	t->proxies++;
	t->enabled += p->state.enabled;
	t->sessions += p->counters.open_sessions;
}

/* Without a token: of all, as it says no names. */
static void
encode_totals(FILE *f, const struct request *r)
{
	struct totals t = { 0, 0, 0 };

	replica_each(r->is_known ? request_tenant(r) : NULL, add_proxy, &t);
	fprintf(f,
	    ",\"proxies\":{\"total\":%" PRIu64 ",\"enabled\":%" PRIu64
	    ",\"open_sessions\":%" PRIu64 "}",
	    t.proxies, t.enabled, t.sessions);
}

/* Only where there is something. */
static void
encode_halts(FILE *f, const struct request *r)
{
	const size_t n = halted_count(r->is_known ? request_tenant(r) : NULL);
	const int are_all = halted_has(HALT_OF_ALL);

	if (are_all || n > 0)
		fprintf(f, ",\"halted\":{\"all\":%s,\"tenants\":%zu}",
		    are_all ? "true" : "false", n);
}

/* ---- roles */

/* Why: it may be of one tenant's proxy, or of the file. */
static void
encode_reason(
    FILE *f, const struct request *request, const struct role_health *r)
{
	const struct proxy_key *key = &r->error_proxy;
	int may_see = key->name[0] != '\0' || key->tenant[0] != '\0'
	    ? request_may_see(request, key->tenant)
	    : request->is_known && request->credential.role == CALLER_ADMIN;

	encode_string(f, may_see ? r->error : "");
	if (may_see && key->name[0] != '\0') {
		fputs(",\"proxy\":", f);
		encode_key(f, key, request->is_for_all);
	}
}

static void
encode_error(
    FILE *f, const struct request *request, const struct role_health *r)
{
	time_t at = (time_t)r->error_at;
	char text[32];
	struct tm tm;

	if (at == 0 || gmtime_r(&at, &tm) == NULL ||
	    strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm) == 0) {
		fputs("null", f);
		return;
	}
	fprintf(f, "{\"time\":\"%s\",\"text\":", text);
	encode_reason(f, request, r);
	fputc('}', f);
}

static int64_t
retry_ms(const struct role_health *r)
{
	int64_t left = r->retry_at - clock_now();

	return r->waiting > 0 && left > 0 ? left / NS_PER_MS : 0;
}

static void
encode_role(FILE *f, const struct request *request, int role)
{
	const struct role_health *r = &now_is.roles[role];

	fprintf(f,
	    "\"%s\":{\"running\":%u,\"starting\":%u,\"backing_off\":%u,"
	    "\"retry_ms\":%" PRId64 ",\"restarts\":%" PRIu64 ",\"last_error\":",
	    role_name((enum role)role), r->running, r->starting, r->waiting,
	    retry_ms(r), r->restarts);
	encode_error(f, request, r);
	fputc('}', f);
}

static void
encode_roles(FILE *f, const struct request *r)
{
	int role;

	fputs(",\"roles\":{", f);
	for (role = 0; role < ROLE_MAX; role++) {
		if (role > 0)
			fputc(',', f);
		encode_role(f, r, role);
	}
	fputc('}', f);
}

/* ---- the replies: the same text, but for whom to believe the status */

/* The clock may have been set back since. */
static uint64_t
uptime(void)
{
	uint64_t now = (uint64_t)time(NULL);

	return now > apid.started ? now - apid.started : 0;
}

static void
reply(struct request *r, int is_well)
{
	struct writer w;

	writer_open(&w);
	fprintf(w.f, "{\"live\":%s,\"ready\":%s",
	    ctld_is_silent() ? "false" : "true", is_ready() ? "true" : "false");
	encode_reasons(w.f);
	fprintf(w.f, ",\"version\":\"%s\",\"uptime_s\":%" PRIu64, TOXID_VERSION,
	    uptime());
	encode_totals(w.f, r);
	encode_halts(w.f, r);
	encode_capabilities(w.f);
	encode_roles(w.f, r);
	fputs("}\n", w.f);
	reply_json(r, is_well ? 200 : 503, &w);
}

void
health(struct request *r)
{
	reply(r, is_ready());
}

/* As long as it is there, there is no use in starting another. */
void
health_live(struct request *r)
{
	reply(r, !ctld_is_silent());
}
