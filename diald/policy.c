/* SPDX-License-Identifier: ISC */
/*
 * Whom proxies may reach: each connection is judged by its numeric address, so
 * that no name, no spelling and no other process has a say in it.  What denies
 * goes first.  Where some rules allow addresses, it has to be one of theirs;
 * where some allow names, an upstream that is a name has to have one of theirs,
 * too.  A rule about names never lifts one about addresses.
 *
 * Tenants are denied loopback, link-local, multicast and our own ports, too,
 * each until a rule of theirs that allows is about just that: its word; or,
 * but for our own ports, addresses all of which are of that kind.  So "*" and
 * "0.0.0.0/0" lift nothing, and who is to reach one of our ports at 127.0.0.1
 * needs "self" and "loopback".  It is lifted at the ports of that rule alone.
 *
 * An address that has another one inside is judged as both: one that is denied
 * denies it, and all have to be allowed.
 */

#include <stdlib.h>
#include <string.h>

#include "bind_policy.h"
#include "diald.h"
#include "log.h"
#include "nitems.h"

struct policy {
	struct policy_rule *rules;
	size_t n;
	size_t nallow; /* of them; */
	size_t nnames; /* ... those of names; the others are of addresses */
};

static struct table {
	struct policy *policies;
	uint32_t n;
	struct address api;
} now, next;

/* NULL, as are its rules, where it has none. */
static const struct policy_rule *
rules_end(const struct policy *p)
{
	return p->n > 0 ? p->rules + p->n : NULL;
}

/* ---- the table */

static void
table_free(struct table *t)
{
	uint32_t i;

	for (i = 0; i < t->n; i++)
		free(t->policies[i].rules);
	free(t->policies);
	*t = (struct table){ .n = 0 };
}

void
policies_begin(const struct dial_rules *rules)
{
	table_free(&next);
	next.policies = calloc(rules->npolicies + 1, sizeof(*next.policies));
	if (next.policies == NULL)
		fatal("%s", __func__);
	next.n = rules->npolicies;
	next.api = rules->api;
}

int
policies_add(const struct policy_rule *r)
{
	struct policy *p;

	if (r->list == RULES_CLIENTS || r->policy_id >= next.n)
		return -1;
	p = &next.policies[r->policy_id];
	if (p->n == (size_t)RULE_LISTS * LIST_RULES_MAX)
		return -1;
	p->rules = reallocarray(p->rules, p->n + 1, sizeof(*p->rules));
	if (p->rules == NULL)
		fatal("%s", __func__);
	p->rules[p->n++] = *r;
	p->nallow += r->list == RULES_ALLOW;
	p->nnames += r->list == RULES_ALLOW && r->kind == RULE_NAME;
	return 0;
}

void
policies_end(void)
{
	table_free(&now);
	now = next;
	next = (struct table){ .n = 0 };
	shares_divide(now.n);
	names_divide(now.n);
}

int
policies_have_tenants(void)
{
	return now.n > 1;
}

/* ---- addresses */

#define FOUR(bits, ...)             \
	{                           \
		4, bits, 0, 0,      \
		{                   \
			__VA_ARGS__ \
		}                   \
	}
#define SIX(bits, ...)              \
	{                           \
		6, bits, 0, 0,      \
		{                   \
			__VA_ARGS__ \
		}                   \
	}

/* What the words mean. */
static const struct {
	enum rule_kind kind;
	struct bind_rule prefix;
} words[] = {
	{ RULE_LOOPBACK, FOUR(8, 127) }, { RULE_LOOPBACK, SIX(128, [15] = 1) },
	{ RULE_LINK_LOCAL, FOUR(16, 169, 254) },
	{ RULE_LINK_LOCAL, SIX(10, 0xfe, 0x80) },
	{ RULE_MULTICAST, FOUR(4, 0xe0) },
	{ RULE_MULTICAST, FOUR(32, 255, 255, 255, 255) }, /* broadcast */
	{ RULE_MULTICAST, SIX(8, 0xff) }, { RULE_PRIVATE, FOUR(8, 10) },
	{ RULE_PRIVATE, FOUR(12, 172, 16) },
	{ RULE_PRIVATE, FOUR(16, 192, 168) },
	{ RULE_PRIVATE, FOUR(10, 100, 64) }, /* carriers': RFC 6598 */
	{ RULE_PRIVATE, SIX(7, 0xfc) },
	{ RULE_PRIVATE, SIX(10, 0xfe, 0xc0) }, /* what was site-local */
};

/* Whose address it is, where nobody can tell, may be ours. */
static int
is_self(const struct address *a)
{
	return (own_port_is_open(a->port) ||
		   (now.api.family != 0 && now.api.port == a->port)) &&
	    (address_is_loopback(a) || own_has(a) != 0);
}

static int
is_word(enum rule_kind kind, const struct address *a)
{
	struct address portless = *a;
	size_t i;

	portless.port = 0;
	for (i = 0; i < nitems(words); i++) {
		if (words[i].kind == kind &&
		    bind_rule_has(&words[i].prefix, &portless))
			return 1;
	}
	return 0;
}

static int
is_of_kind(enum rule_kind kind, const struct address *a)
{
	return kind == RULE_SELF ? is_self(a) : is_word(kind, a);
}

static int
rule_has(const struct policy_rule *r, const struct address *a)
{
	return bind_rule_has(&r->where, a) && /* its ports, at least */
	    (r->kind == RULE_PREFIX || is_of_kind((enum rule_kind)r->kind, a));
}

/* ---- names */

/* What a resolver may read otherwise than it is written: an escape, a blank. */
static int
is_odd(const char *host)
{
	for (; *host != '\0'; host++) {
		if ((unsigned char)*host < 0x80 &&
		    strchr("abcdefghijklmnopqrstuvwxyz"
			   "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.",
			*host) == NULL)
			return 1;
	}
	return 0;
}

static int
name_has(const char *name, const char *host)
{
	size_t len = strlen(host), n;

	while (len > 0 && host[len - 1] == '.')
		len--;
	if (*name == '*')
		name++; /* ".example": some more has to be before it */
	n = strlen(name);
	if (*name == '.' ? len <= n : len != n)
		return 0;
	return strncasecmp(host + len - n, name, n) == 0;
}

/* One that is odd is denied by any rule about names, and allowed by none. */
static int
rule_has_name(const struct policy_rule *r, const char *host, uint16_t port)
{
	if (port < r->where.first || port > r->where.last)
		return 0;
	return is_odd(host) ? r->list == RULES_DENY : name_has(r->name, host);
}

/* ---- what tenants are denied */

/* All that the prefix has is of that kind. */
static int
is_within(const struct bind_rule *prefix, enum rule_kind kind)
{
	struct address first = { .family = prefix->family };
	size_t i;

	memcpy(first.ip, prefix->ip, sizeof(first.ip));
	for (i = 0; i < nitems(words); i++) {
		if (words[i].kind == kind &&
		    prefix->bits >= words[i].prefix.bits &&
		    bind_rule_has(&words[i].prefix, &first))
			return 1;
	}
	return 0;
}

static int
is_lifted(const struct policy *p, enum rule_kind kind, const struct address *a)
{
	const struct policy_rule *r;

	for (r = p->rules; r != rules_end(p); r++) {
		if (r->list == RULES_ALLOW &&
		    (r->kind == kind ||
			(r->kind == RULE_PREFIX &&
			    is_within(&r->where, kind))) &&
		    rule_has(r, a))
			return 1;
	}
	return 0;
}

/* Which kind it is that denies them; RULE_KINDS: none does. */
static enum rule_kind
off_limits(const struct policy *p, const struct address *all, size_t n)
{
	enum rule_kind kind;
	size_t i;

	for (kind = 0; kind < RULE_KINDS; kind++) {
		if (!rule_kind_is_off_limits(kind))
			continue;
		for (i = 0; i < n; i++) {
			if (is_of_kind(kind, &all[i]) &&
			    !is_lifted(p, kind, &all[i]))
				return kind;
		}
	}
	return RULE_KINDS;
}

/* ---- a verdict */

/* One that is said by its number has none. */
static int
has_name(const struct endpoint *upstream)
{
	return !upstream->literal && upstream->host[0] != '\0';
}

static int
denies(const struct policy_rule *r, const struct endpoint *upstream,
    const struct address *all, size_t n)
{
	size_t i;

	if (r->kind == RULE_NAME)
		return has_name(upstream) &&
		    rule_has_name(r, upstream->host, all[0].port);
	for (i = 0; i < n; i++) {
		if (rule_has(r, &all[i]))
			return 1;
	}
	return 0;
}

/* NULL: nothing of its list does. */
static const struct policy_rule *
forbids(const struct policy *p, const struct endpoint *upstream,
    const struct address *all, size_t n)
{
	const struct policy_rule *r;

	for (r = p->rules; r != rules_end(p); r++) {
		if (r->list == RULES_DENY && denies(r, upstream, all, n))
			return r;
	}
	return NULL;
}

static int
is_allowed(const struct policy *p, const struct address *a)
{
	const struct policy_rule *r;

	for (r = p->rules; r != rules_end(p); r++) {
		if (r->list == RULES_ALLOW && r->kind != RULE_NAME &&
		    rule_has(r, a))
			return 1;
	}
	return 0;
}

static int
name_is_allowed(const struct policy *p, const char *host, uint16_t port)
{
	const struct policy_rule *r;

	for (r = p->rules; r != rules_end(p); r++) {
		if (r->list == RULES_ALLOW && r->kind == RULE_NAME &&
		    rule_has_name(r, host, port))
			return 1;
	}
	return 0;
}

/* A number has no name that could be allowed, and needs a rule of addresses. */
static enum endpoint_error
judge_allowed(const struct policy *p, const struct endpoint *upstream,
    const struct address *all, size_t n)
{
	size_t i;

	if (p->nnames > 0 && has_name(upstream) &&
	    !name_is_allowed(p, upstream->host, all[0].port))
		return ENDPOINT_NAME_NOT_ALLOWED;
	if (p->nallow == p->nnames && (p->nallow == 0 || has_name(upstream)))
		return ENDPOINT_OK;
	for (i = 0; i < n; i++) {
		if (!is_allowed(p, &all[i]))
			return ENDPOINT_NOT_ALLOWED;
	}
	return ENDPOINT_OK;
}

void
policy_judge(uint32_t policy_id, const struct endpoint *upstream,
    const struct address *a, struct dial_result *result)
{
	struct address all[INSIDE_MAX];
	enum rule_kind kind = RULE_KINDS;
	const struct policy_rule *r;
	const struct policy *p;
	size_t n;

	*result =
	    (struct dial_result){ .error = ENDPOINT_NO_POLICY, .address = *a };
	if (policy_id >= now.n)
		return;
	p = &now.policies[policy_id];
	n = addresses_inside(a, all);
	if ((r = forbids(p, upstream, all, n)) != NULL) {
		result->error = ENDPOINT_FORBIDDEN;
		result->rule = r->number;
		return;
	}
	if (policy_id != POLICY_NAMELESS)
		kind = off_limits(p, all, n);
	if (kind != RULE_KINDS) {
		result->error = ENDPOINT_OFF_LIMITS;
		result->rule = (uint16_t)kind;
		return;
	}
	result->error = (uint8_t)judge_allowed(p, upstream, all, n);
}
