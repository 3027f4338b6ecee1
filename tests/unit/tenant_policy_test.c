/* SPDX-License-Identifier: ISC */
/* Whom a tenant's proxies may reach, whatever the tenant's rules say. */

#include <criterion/criterion.h>

#include <string.h>

#include "address_rig.h"
#include "diald.h"
#include "nitems.h"
#include "policy_text.h"

/* The nameless one's policy, and those of two tenants. */
enum {
	NAMELESS,
	ONE,
	OTHER,
	POLICIES
};

static const struct dial_rules head = { .npolicies = POLICIES,
	.api = { .family = 4, .port = 8474, .ip = { 127, 0, 0, 1 } } };

static void
add(uint32_t policy_id, enum rule_list list, const char *text)
{
	struct policy_rule r = { .policy_id = policy_id,
		.list = (uint8_t)list };
	const char *why = policy_rule_read(&r, text);

	cr_assert_null(why, "%s: %s", text, why);
	cr_assert_eq(policies_add(&r), 0);
}

/* The one tenant is allowed that, and may be nothing more. */
static void
allow(const char *const *texts)
{
	policies_begin(&head);
	for (; *texts != NULL; texts++)
		add(ONE, RULES_ALLOW, *texts);
	policies_end();
}

#define ALLOW(...) allow((const char *const[]){ __VA_ARGS__, NULL })

static struct dial_result
judge(uint32_t policy_id, const char *ip, uint16_t port)
{
	const struct endpoint upstream = { .literal = 1 };
	struct address a = address_of(ip, port);
	struct dial_result r;

	policy_judge(policy_id, &upstream, &a, &r);
	return r;
}

#define MAY(ip, port) (judge(ONE, ip, port).error == ENDPOINT_OK)

/* Which kind denies it; "" if something else does; "may" if nothing. */
static const char *
denied_as(const char *ip, uint16_t port)
{
	struct dial_result r = judge(ONE, ip, port);

	if (r.error == ENDPOINT_OK)
		return "may";
	return r.error == ENDPOINT_OFF_LIMITS ? rule_kind_word(r.rule) : "";
}

Test(tenant_policy, without_a_rule)
{
	static const struct {
		const char *ip, *as;
	} cases[] = {
		{ "127.0.0.1", "loopback" },
		{ "127.255.255.254", "loopback" },
		{ "0.0.0.0", "loopback" },
		{ "::1", "loopback" },
		{ "::", "loopback" },
		{ "::ffff:127.0.0.1", "loopback" },
		{ "::ffff:0.0.0.0", "loopback" },
		{ "::127.0.0.1", "loopback" },
		{ "64:ff9b::127.0.0.1", "loopback" },
		{ "64:ff9b:1:7f00:0:100::", "loopback" },
		{ "2002:7f00:1::1", "loopback" },
		{ "2001::80ff:fffe", "loopback" },
		{ "2a00::200:5efe:7f00:1", "loopback" },
		{ "fe80::5efe:127.0.0.1", "loopback" },
		{ "169.254.169.254", "link-local" },
		{ "::ffff:169.254.169.254", "link-local" },
		{ "64:ff9b::a9fe:a9fe", "link-local" },
		{ "2002:a9fe:a9fe::", "link-local" },
		{ "fe80::1", "link-local" },
		{ "febf:ffff::1", "link-local" },
		{ "224.0.0.1", "multicast" },
		{ "239.255.255.255", "multicast" },
		{ "255.255.255.255", "multicast" },
		{ "ff02::1", "multicast" },
		{ "2002:e000:1::", "multicast" },
		{ "128.0.0.1", "may" },
		{ "169.253.0.1", "may" },
		{ "10.0.0.1", "may" },
		{ "192.0.2.1", "may" },
		{ "2001:db8::1", "may" },
		{ "64:ff9b::192.0.2.1", "may" },
	};
	size_t i;

	ALLOW(NULL);
	for (i = 0; i < nitems(cases); i++)
		cr_expect_str_eq(
		    denied_as(cases[i].ip, 80), cases[i].as, "%s", cases[i].ip);
	cr_expect_eq(judge(OTHER, "127.0.0.1", 80).error, ENDPOINT_OFF_LIMITS);
	cr_expect_eq(judge(NAMELESS, "127.0.0.1", 80).error, ENDPOINT_OK);
	cr_expect_eq(judge(NAMELESS, "127.0.0.1", 8474).error, ENDPOINT_OK);
	cr_expect_eq(judge(POLICIES, "192.0.2.1", 80).error, ENDPOINT_NO_POLICY,
	    "nobody has said what it is");
}

Test(tenant_policy, our_own_ports)
{
	own_port_opened(20000);
	ALLOW("*", "loopback");
	cr_expect_str_eq(denied_as("127.0.0.1", 8474), "self");
	cr_expect_str_eq(denied_as("127.9.9.9", 20000), "self");
	cr_expect_str_eq(denied_as("::1", 20000), "self");
	cr_expect_str_eq(denied_as("64:ff9b::127.0.0.1", 8474), "self");
	/* whose it is, nobody can tell here: nothing was opened to ask */
	cr_expect_str_eq(denied_as("192.0.2.1", 8474), "self");
	cr_expect(MAY("192.0.2.1", 80));
	cr_expect(MAY("127.0.0.1", 80));
	own_port_closed(20000);
	cr_expect(MAY("127.0.0.1", 20000));
}

/* It is about just that, or it lifts nothing. */
Test(tenant_policy, what_lifts)
{
	static const struct {
		const char *rule, *ip;
		uint16_t port;
		int may;
	} cases[] = {
		{ "loopback", "127.0.0.1", 80, 1 },
		{ "loopback", "::1", 80, 1 },
		{ "loopback", "0.0.0.0", 80, 1 },
		{ "loopback:80", "127.0.0.1", 80, 1 },
		{ "loopback:80", "127.0.0.1", 81, 0 },
		{ "loopback", "169.254.169.254", 80, 0 },
		{ "127.0.0.0/8", "127.9.9.9", 80, 1 },
		{ "127.0.0.0/8", "::1", 80, 0 },
		{ "127.0.0.0/8", "0.0.0.0", 80, 1 },
		{ "127.0.0.1:80-81", "127.0.0.1", 81, 1 },
		{ "127.0.0.1:80-81", "127.0.0.1", 82, 0 },
		{ "127.0.0.1:80-81", "127.0.0.2", 80, 0 },
		{ "[::1]:80", "::1", 80, 1 },
		{ "[::1]:80", "::", 80, 1 },
		{ "[::1]:80", "127.0.0.1", 80, 0 },
		{ "[::ffff:127.0.0.0/104]", "127.0.0.1", 80, 1 },
		{ "[::ffff:0.0.0.0/96]", "127.0.0.1", 80, 0 },
		{ "*", "127.0.0.1", 80, 0 },
		{ "*:80", "127.0.0.1", 80, 0 },
		{ "*:80", "::1", 80, 0 },
		{ "0.0.0.0/0", "127.0.0.1", 80, 0 },
		{ "0.0.0.0/0:80", "169.254.169.254", 80, 0 },
		{ "126.0.0.0/7", "127.0.0.1", 80, 0 },
		{ "[::/0]", "::1", 80, 0 },
		{ "[::/127]", "::1", 80, 0 },
		{ "private", "127.0.0.1", 80, 0 },
		{ "self", "127.0.0.1", 80, 0 },
		{ "localhost", "127.0.0.1", 80, 0 },
		{ "link-local", "169.254.169.254", 80, 1 },
		{ "link-local", "fe80::1", 80, 1 },
		{ "169.254.169.254", "169.254.169.254", 80, 1 },
		{ "169.254.169.254", "169.254.169.253", 80, 0 },
		{ "169.254.0.0/15", "169.254.169.254", 80, 0 },
		{ "[fe80::/10]", "fe80::1", 80, 1 },
		{ "[fe00::/9]", "fe80::1", 80, 0 },
		{ "multicast", "224.0.0.1", 80, 1 },
		{ "multicast", "255.255.255.255", 80, 1 },
		{ "224.0.0.0/4", "239.0.0.1", 80, 1 },
		{ "224.0.0.0/3", "239.0.0.1", 80, 0 },
		{ "[ff00::/8]", "ff02::1", 80, 1 },
		/* our own ports: of a loopback address it is lifted twice */
		{ "127.0.0.1:8474", "127.0.0.1", 8474, 0 },
		{ "loopback", "127.0.0.1", 8474, 0 },
		{ "self", "127.0.0.1", 8474, 0 },
		{ "192.0.2.1:8474", "192.0.2.1", 8474, 0 },
		{ "self", "192.0.2.1", 8474, 1 },
		{ "self:80", "192.0.2.1", 8474, 0 },
	};
	size_t i;

	for (i = 0; i < nitems(cases); i++) {
		ALLOW(cases[i].rule);
		cr_expect_eq(MAY(cases[i].ip, cases[i].port), cases[i].may,
		    "%s: %s:%d", cases[i].rule, cases[i].ip, cases[i].port);
		cr_expect_eq(judge(OTHER, cases[i].ip, cases[i].port).error,
		    ENDPOINT_OFF_LIMITS, "%s: it is the other's",
		    cases[i].rule);
	}
	ALLOW("self:8474", "127.0.0.0/8");
	cr_expect(MAY("127.0.0.1", 8474));
}

/* Both have to be lifted, and both be allowed. */
Test(tenant_policy, what_has_another_inside)
{
	ALLOW("loopback");
	cr_expect_str_eq(denied_as("64:ff9b::127.0.0.1", 80), "");
	ALLOW("[64:ff9b::/96]");
	cr_expect_str_eq(denied_as("64:ff9b::127.0.0.1", 80), "loopback");
	ALLOW("[64:ff9b::/96]", "loopback");
	cr_expect(MAY("64:ff9b::127.0.0.1", 80));
	ALLOW("*", "link-local");
	cr_expect_str_eq(denied_as("fe80::5efe:127.0.0.1", 80), "loopback");
	ALLOW("*", "loopback");
	cr_expect_str_eq(denied_as("fe80::5efe:127.0.0.1", 80), "link-local");
	ALLOW("link-local", "loopback");
	cr_expect(MAY("fe80::5efe:127.0.0.1", 80));
}

Test(tenant_policy, what_denies_goes_first)
{
	struct dial_result r;

	policies_begin(&head);
	add(ONE, RULES_ALLOW, "loopback");
	add(ONE, RULES_DENY, "127.0.0.9");
	add(OTHER, RULES_DENY, "127.0.0.1");
	add(NAMELESS, RULES_DENY, "192.0.2.1");
	policies_end();
	cr_expect(MAY("127.0.0.1", 80));
	cr_expect_str_eq(denied_as("127.0.0.9", 80), "");
	r = judge(OTHER, "127.0.0.1", 80);
	cr_expect_eq(r.error, ENDPOINT_FORBIDDEN);
	cr_expect_eq(judge(OTHER, "192.0.2.1", 80).error, ENDPOINT_OK);
	cr_expect_eq(
	    judge(NAMELESS, "192.0.2.1", 80).error, ENDPOINT_FORBIDDEN);
}

/* Nor does the name of one that is allowed lift anything. */
Test(tenant_policy, names_lift_nothing)
{
	struct endpoint upstream = { .host = "db.example" };
	struct address a = address_of("127.0.0.1", 80);
	struct dial_result r;

	ALLOW("db.example", "*.example");
	policy_judge(ONE, &upstream, &a, &r);
	cr_expect_eq(r.error, ENDPOINT_OFF_LIMITS);
	cr_expect_eq(r.rule, RULE_LOOPBACK);
	a = address_of("192.0.2.1", 80);
	policy_judge(ONE, &upstream, &a, &r);
	cr_expect_eq(r.error, ENDPOINT_OK);
}

Test(tenant_policy, what_people_read)
{
	const struct endpoint upstream = { .literal = 1 };
	struct dial_result r;
	char text[256];

	ALLOW("*");
	r = judge(ONE, "127.0.0.1", 80);
	cr_expect_str_eq(
	    endpoint_dial_error_text(&upstream, &r, text, sizeof(text)),
	    "dial tcp 127.0.0.1:80: not allowed: loopback is denied to "
	    "tenants, unless upstreams.allow names just that");
	r = judge(ONE, "fe80::1", 80);
	cr_expect_str_eq(
	    endpoint_dial_error_text(&upstream, &r, text, sizeof(text)),
	    "dial tcp [fe80::1]:80: not allowed: link-local is denied to "
	    "tenants, unless upstreams.allow names just that");
}
