/* SPDX-License-Identifier: ISC */
/* Whom proxies may reach: rules as they are written, and what they judge. */

#include <criterion/criterion.h>

#include <stdio.h>
#include <string.h>

#include "address_rig.h"
#include "diald.h"
#include "nitems.h"
#include "policy_text.h"

static struct policy_rule rules[8];
static size_t nrules;

static void
add(enum rule_list list, const char *text)
{
	struct policy_rule *r = &rules[nrules];
	const char *why;

	memset(r, 0, sizeof(*r));
	r->list = (uint8_t)list;
	r->number = (uint16_t)nrules++;
	why = policy_rule_read(r, text);
	cr_assert_null(why, "%s: %s", text, why);
}

static void
put(const struct dial_rules *head)
{
	size_t i;

	policies_begin(head);
	for (i = 0; i < nrules; i++)
		cr_assert_eq(policies_add(&rules[i]), 0);
	policies_end();
	nrules = 0;
}

static const struct dial_rules one = { .npolicies = 1 };

/* host: of an upstream that is a name; or NULL */
static struct dial_result
judge(const char *host, const char *ip, uint16_t port)
{
	struct endpoint upstream = { .literal = host == NULL };
	struct address a = address_of(ip, port);
	struct dial_result r;

	if (host != NULL)
		snprintf(upstream.host, sizeof(upstream.host), "%s", host);
	policy_judge(0, &upstream, &a, &r);
	return r;
}

#define MAY(ip, port) (judge(NULL, ip, port).error == ENDPOINT_OK)
#define NAME_MAY(host, port) \
	(judge(host, "192.0.2.1", port).error == ENDPOINT_OK)

Test(policy, before_there_are_rules_nothing_may)
{
	cr_expect_eq(judge(NULL, "192.0.2.1", 80).error, ENDPOINT_NO_POLICY);
}

Test(policy, one_that_is_not_known_may_nothing)
{
	struct endpoint upstream = { .literal = 1 };
	struct address a = address_of("192.0.2.1", 80);
	struct dial_result r;

	put(&one);
	cr_expect(MAY("192.0.2.1", 80));
	cr_expect(MAY("127.0.0.1", 80));
	policy_judge(1, &upstream, &a, &r);
	cr_expect_eq(r.error, ENDPOINT_NO_POLICY);
	rules[0] = (struct policy_rule){ .policy_id = 1 };
	policies_begin(&one);
	cr_expect_eq(policies_add(&rules[0]), -1);
}

Test(policy, prefixes_and_ports)
{
	add(RULES_DENY, "10.0.0.0/8:80-81");
	add(RULES_DENY, "[fd00::]/8:5432");
	add(RULES_DENY, "[2001:db8::/33]");
	add(RULES_DENY, "192.0.2.7");
	put(&one);
	cr_expect_not(MAY("10.255.0.1", 80));
	cr_expect_not(MAY("10.255.0.1", 81));
	cr_expect(MAY("10.255.0.1", 82));
	cr_expect(MAY("11.0.0.1", 80));
	cr_expect_not(MAY("fdff::1", 5432));
	cr_expect(MAY("fdff::1", 5433));
	cr_expect_not(MAY("2001:db8:7fff::", 1));
	cr_expect(MAY("2001:db8:8000::", 1));
	cr_expect_not(MAY("192.0.2.7", 65535));
	cr_expect_eq(judge(NULL, "192.0.2.7", 1).rule, 3);
}

Test(policy, what_has_another_inside_is_both)
{
	static const char *const forms[] = { "::ffff:192.0.2.7", "::192.0.2.7",
		"64:ff9b::192.0.2.7", "::ffff:0:192.0.2.7",
		"64:ff9b:1::192.0.2.7",
		"64:ff9b:1:c000:2:700::", "64:ff9b:1:c0:0:207::",
		"64:ff9b:1:0:c0:2:700::", "2002:c000:207::1",
		"2001:0:c000:207::", "2001::3fff:fdf8", "fe80::5efe:192.0.2.7",
		"2a00::200:5efe:192.0.2.7" };
	size_t i;

	add(RULES_DENY, "192.0.2.7");
	put(&one);
	for (i = 0; i < nitems(forms); i++)
		cr_expect_not(MAY(forms[i], 80), "%s", forms[i]);
	cr_expect(MAY("2a00::192.0.2.7", 80));
	cr_expect(MAY("64:ff9b::192.0.2.8", 80));
	add(RULES_ALLOW, "[64:ff9b::/96]");
	put(&one);
	cr_expect_not(MAY("64:ff9b::192.0.2.7", 80));
	add(RULES_ALLOW, "[64:ff9b::/96]");
	add(RULES_ALLOW, "192.0.2.7");
	put(&one);
	cr_expect(MAY("64:ff9b::192.0.2.7", 80));
	cr_expect(MAY("::ffff:192.0.2.7", 80));
}

Test(policy, words)
{
	static const struct {
		const char *word, *has, *has_not;
	} cases[] = {
		{ "loopback", "127.255.0.1", "128.0.0.1" },
		{ "loopback", "0.0.0.0", "0.0.0.1" },
		{ "loopback", "::", "::1.0.0.0" },
		{ "loopback", "::1", "::2" },
		{ "loopback", "::ffff:0.0.0.0", "::ffff:1.0.0.0" },
		{ "link-local", "169.254.169.254", "169.253.0.1" },
		{ "link-local", "febf::1", "fec0::1" },
		{ "multicast", "239.1.2.3", "240.0.0.1" },
		{ "multicast", "255.255.255.255", "255.255.255.254" },
		{ "multicast", "ff0e::1", "fe00::1" },
		{ "private", "172.31.0.1", "172.32.0.1" },
		{ "private", "192.168.0.1", "192.169.0.1" },
		{ "private", "100.127.0.1", "100.128.0.1" },
		{ "private", "fc00::1", "fe00::1" },
	};
	size_t i;

	for (i = 0; i < nitems(cases); i++) {
		add(RULES_DENY, cases[i].word);
		put(&one);
		cr_expect_not(MAY(cases[i].has, 80), "%s", cases[i].has);
		cr_expect(MAY(cases[i].has_not, 80), "%s", cases[i].has_not);
	}
}

/* Where nobody can tell whose an address is, it may be ours. */
Test(policy, our_own_ports)
{
	struct dial_rules head = { .npolicies = 1 };

	head.api = address_of("127.0.0.1", 8474);
	add(RULES_DENY, "self");
	put(&head);
	cr_expect_not(MAY("127.0.0.1", 8474));
	cr_expect_not(MAY("127.9.9.9", 8474));
	cr_expect_not(MAY("192.0.2.1", 8474), "nothing was opened to ask");
	cr_expect(MAY("127.0.0.1", 80));
	own_port_opened(80);
	cr_expect_not(MAY("127.0.0.1", 80));
	own_port_closed(80);
	cr_expect(MAY("127.0.0.1", 80));
}

Test(policy, names)
{
	add(RULES_DENY, "*.Test.example.:80");
	add(RULES_DENY, "db.example");
	put(&one);
	cr_expect_not(NAME_MAY("a.test.example", 80));
	cr_expect_not(NAME_MAY("a.B.TEST.Example.", 80));
	cr_expect_not(NAME_MAY("a.test.example..", 80));
	cr_expect(NAME_MAY("a.test.example", 81));
	cr_expect(NAME_MAY("test.example", 80));
	cr_expect(NAME_MAY("atest.example", 80));
	cr_expect_not(NAME_MAY("DB.example", 81));
	cr_expect(NAME_MAY("db.example.org", 81));
	cr_expect(NAME_MAY("d\xd0\xb1.example", 81), "it looks like it");
	cr_expect_not(NAME_MAY("d\\098.example", 81), "a resolver reads it so");
	cr_expect_not(NAME_MAY("elsewhere .org", 81));
	cr_expect(MAY("192.0.2.1", 81));
}

Test(policy, names_that_are_allowed)
{
	add(RULES_ALLOW, "*.test.example");
	put(&one);
	cr_expect(NAME_MAY("a.test.example", 80));
	cr_expect_not(NAME_MAY("a.example", 80));
	cr_expect_not(NAME_MAY("a\\.test.example", 80));
	cr_expect_not(MAY("192.0.2.1", 80), "a number has no name");
	add(RULES_ALLOW, "*.test.example");
	add(RULES_ALLOW, "192.0.2.2");
	put(&one);
	cr_expect_not(NAME_MAY("a.test.example", 80), "nor is its address");
	cr_expect_eq(
	    judge("a.test.example", "192.0.2.2", 80).error, ENDPOINT_OK);
	cr_expect(MAY("192.0.2.2", 80));
}

Test(policy, what_is_no_rule)
{
	static const char *const wrong[] = { "", ":80", "10.0.0.0/33",
		"10.0.0.1/8", "1.2.3", "1.2.3.4.5", "127.1", "0x7f.1",
		"0x7f000001", "2130706433", "0177.0.0.1:1", "x:", "x:0x50",
		"x:80-", "x:81-80", "x:65536", "fd00::/8", "[fd00::/8", "[]",
		"[fd00::/8]x", "[fe80::1%lo]", "*.", "*x", "a*", "a..b", ".a",
		"*.*", "a b", "a/b", "a@b", "loop back", "a.1", "a:1:2" };
	struct policy_rule r;
	size_t i;

	for (i = 0; i < nitems(wrong); i++)
		cr_expect_not_null(
		    policy_rule_read(&r, wrong[i]), "%s", wrong[i]);
}

/* As a message: what is written is sound. */
Test(policy, what_is_read_may_be_sent)
{
	static const char *const good[] = { "*", "*:80", "10.0.0.0/8",
		"0.0.0.0/0:1-2", "[::/0]", "[::ffff:10.0.0.0/104]:80",
		"loopback", "LOOPBACK:80", "self", "a", "A-b_c.D:0-65535",
		"*.x", "\xc3\xa9.example" };
	union msg_payload p;
	size_t i;

	for (i = 0; i < nitems(good); i++) {
		memset(&p, 0, sizeof(p));
		cr_assert_null(policy_rule_read(&p.policy_rule, good[i]));
		cr_expect(
		    payload_is_sound(PAYLOAD_policy_rule, &p), "%s", good[i]);
	}
	p.policy_rule.number = LIST_RULES_MAX;
	cr_expect_not(payload_is_sound(PAYLOAD_policy_rule, &p));
	p.policy_rule.number = 0;
	p.policy_rule.kind = RULE_SELF; /* which has no name */
	cr_expect_not(payload_is_sound(PAYLOAD_policy_rule, &p));
}
