/* SPDX-License-Identifier: ISC */
/* -bind-policy: as it is written, what it allows, and who cannot get past. */

#include <criterion/criterion.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "address.h"
#include "address_rig.h"
#include "bind_policy.h"
#include "bind_policy_text.h"
#include "endpoint.h"
#include "listen.h"
#include "nitems.h"
#include "priv.h"

static struct bind_policy policy;

static void
allow(const char *list)
{
	char why[256] = "";

	cr_assert_eq(bind_policy_add(&policy, list, why, sizeof(why)), 0,
	    "%s: %s", list, why);
}

static int
may(const char *ip, uint16_t port)
{
	struct address a = address_of(ip, port);

	return bind_policy_allows(&policy, &a);
}

Test(bind_policy, none_allows_all)
{
	cr_expect(may("127.0.0.1", 0));
	cr_expect(may("0.0.0.0", 1));
	cr_expect(may("::", 65535));
	cr_expect(may("::ffff:10.0.0.1", 80));
}

Test(bind_policy, prefixes_and_ranges)
{
	allow("127.0.0.0/8:20000-29999,[fd00::/9]:*,10.1.2.3:8080");
	allow("192.168.4.0/22:80,[::1]:443");
	cr_expect_eq(policy.n, 5);

	cr_expect(may("127.0.0.1", 20000));
	cr_expect(may("127.255.255.255", 29999));
	cr_expect_not(may("127.0.0.1", 19999));
	cr_expect_not(may("127.0.0.1", 30000));
	cr_expect_not(may("127.0.0.1", 0));
	cr_expect_not(may("126.255.255.255", 20000));
	cr_expect_not(may("128.0.0.0", 20000));

	cr_expect(may("fd00::1", 0));
	cr_expect(may("fd7f:ffff::", 65535));
	cr_expect_not(may("fd80::", 1));
	cr_expect_not(may("fc00::", 1));

	cr_expect(may("10.1.2.3", 8080));
	cr_expect_not(may("10.1.2.3", 8081));
	cr_expect_not(may("10.1.2.2", 8080));

	cr_expect(may("192.168.7.255", 80));
	cr_expect_not(may("192.168.8.0", 80));
	cr_expect(may("::1", 443));
	cr_expect_not(may("::2", 443));
}

/* The bytes of 127.0.0.1 begin an IPv6 address, too. */
Test(bind_policy, families_are_apart)
{
	allow("127.0.0.0/8:*");
	cr_expect_not(may("7f00:1::", 80));
	cr_expect_not(may("::1", 80));
	cr_expect_not(may("::127.0.0.1", 80));
	cr_expect_not(may("2002:7f00:1::", 80));
	cr_expect_not(may("64:ff9b::127.0.0.1", 80));
}

Test(bind_policy, ipv4_in_clothes_of_ipv6_is_ipv4)
{
	allow("127.0.0.0/8:80,[::/0]:443");
	cr_expect(may("::ffff:127.0.0.1", 80));
	cr_expect_not(may("::ffff:10.0.0.1", 80));
	cr_expect_not(may("::ffff:10.0.0.1", 443));
	cr_expect_not(may("::ffff:0.0.0.0", 443));
}

Test(bind_policy, rules_in_clothes_of_ipv6_are_ipv4s)
{
	allow("[::ffff:10.0.0.0/104]:80,[::ffff:127.0.0.1]:81");
	cr_expect(may("10.255.0.1", 80));
	cr_expect(may("::ffff:10.255.0.1", 80));
	cr_expect_not(may("11.0.0.0", 80));
	cr_expect(may("127.0.0.1", 81));
	cr_expect_not(may("127.0.0.2", 81));
}

/* A wildcard takes clients at every address: no less has to be allowed. */
Test(bind_policy, wildcards)
{
	allow("0.0.0.0/1:80,128.0.0.0/1:80,[::/1]:80,[8000::/1]:80");
	cr_expect_not(may("0.0.0.0", 80));
	cr_expect_not(may("::", 80));
	allow("0.0.0.0/0:80");
	cr_expect(may("0.0.0.0", 80));
	cr_expect(may("::ffff:0.0.0.0", 80));
	cr_expect_not(may("::", 80), "it takes IPv6, too");
	allow("[::/0]:79-80");
	cr_expect(may("::", 80));
	cr_expect_not(may("::", 79), "it takes IPv4, too");
	cr_expect(may("::1", 79));
}

Test(bind_policy, a_star_is_every_address)
{
	allow("*:8000-8999");
	cr_expect(may("0.0.0.0", 8000));
	cr_expect(may("::", 8999));
	cr_expect(may("10.0.0.1", 8500));
	cr_expect(may("::ffff:10.0.0.1", 8500));
	cr_expect_not(may("::", 9000));
	cr_expect_not(may("10.0.0.1", 0));
}

Test(bind_policy, port_0_is_a_port)
{
	allow("127.0.0.1:0,127.0.0.2:*,127.0.0.3:1-65535");
	cr_expect(may("127.0.0.1", 0));
	cr_expect_not(may("127.0.0.1", 40000));
	cr_expect(may("127.0.0.2", 0));
	cr_expect_not(may("127.0.0.3", 0));
}

Test(bind_policy, what_is_wrong_is_said)
{
	static const struct {
		const char *list, *why;
	} wrong[] = {
		{ "", "\"\": it has no ports" },
		{ "127.0.0.1:80,", "\"\": it has no ports" },
		{ "127.0.0.1:80,,[::1]:80", "\"\": it has no ports" },
		{ "127.0.0.1", "\"127.0.0.1\": it has no ports" },
		{ "127.0.0.1:80,10.0.0.1", "\"10.0.0.1\": it has no ports" },
		{ "[::1]", "\"[::1]\": it has no ports" },
		{ "[::1", "\"[::1\": it has no ports" },
		{ "[fd00::]/8:80", "\"[fd00::]/8:80\": it has no ports" },
		{ "::1:80", "an IPv6 address is in brackets" },
		{ "[::1]:80:81", "an IPv6 address is in brackets" },
		{ "localhost:80", "no IPv4 address" },
		{ ":80", "no IPv4 address" },
		{ " 127.0.0.1:80", "no IPv4 address" },
		{ "127.1:80", "no IPv4 address" },
		{ "[127.0.0.1]:80", "no IPv6 address" },
		{ "[]:80", "no IPv6 address" },
		{ "[*]:80", "no IPv6 address" },
		{ "[fe80::1%lo]:80", "a zone cannot be said" },
		{ "127.0.0.1/33:80", "its prefix has no good length" },
		{ "127.0.0.1/:80", "its prefix has no good length" },
		{ "127.0.0.0/+8:80", "its prefix has no good length" },
		{ "127.0.0.0/8/8:80", "its prefix has no good length" },
		{ "[::1/129]:80", "its prefix has no good length" },
		{ "127.0.0.1/8:80", "goes on behind its prefix" },
		{ "10.0.1.0/23:80", "goes on behind its prefix" },
		{ "10.0.0.1/0:80", "goes on behind its prefix" },
		{ "[fd00::1/64]:80", "goes on behind its prefix" },
		{ "[::ffff:10.0.0.0/90]:80", "goes on behind its prefix" },
		{ "0.0.0.0:80", "it is all addresses" },
		{ "[::]:80", "it is all addresses" },
		{ "[::ffff:0.0.0.0]:80", "it is all addresses" },
		{ "*/0:80", "no IPv4 address" },
		{ "127.0.0.1:", "its ports are none" },
		{ "127.0.0.1:http", "its ports are none" },
		{ "127.0.0.1:65536", "its ports are none" },
		{ "127.0.0.1:-1", "its ports are none" },
		{ "127.0.0.1:1-", "its ports are none" },
		{ "127.0.0.1:1-2-3", "its ports are none" },
		{ "127.0.0.1:1-*", "its ports are none" },
		{ "127.0.0.1: 80", "its ports are none" },
		{ "127.0.0.1:000080", "its ports are none" },
		{ "127.0.0.1:81-80", "its ports end before they begin" },
	};
	char why[256];
	size_t i;

	for (i = 0; i < nitems(wrong); i++) {
		policy.n = 0;
		cr_expect_eq(
		    bind_policy_add(&policy, wrong[i].list, why, sizeof(why)),
		    -1, "%s", wrong[i].list);
		cr_expect_not_null(
		    strstr(why, wrong[i].why), "%s: %s", wrong[i].list, why);
	}
}

Test(bind_policy, an_entry_and_a_list_have_an_end)
{
	char list[2 * ADDRESS_TEXT_MAX], why[256];
	int i;

	allow("[1111:2222:3333:4444:5555:6666:255.255.255.255/"
	      "128]:10000-65535");
	memset(list, '1', sizeof(list));
	list[sizeof(list) - 1] = '\0';
	cr_expect_eq(bind_policy_add(&policy, list, why, sizeof(why)), -1);
	cr_expect_not_null(strstr(why, "it is too long"), "%s", why);
	for (i = 1; i < BIND_RULES_MAX; i++)
		allow("127.0.0.1:80");
	cr_expect_eq(
	    bind_policy_add(&policy, "127.0.0.1:81", why, sizeof(why)), -1);
	cr_expect_str_eq(why, "there are more than 64");
	cr_expect_not(may("127.0.0.1", 81));
}

/* ---- and the kernel */

static const char *const refused[] = { "127.11.8.1", "0.0.0.0",
	"::", "::ffff:127.11.8.1", "::1" };

Test(bind_policy, what_is_not_allowed_is_not_bound)
{
	struct address a;
	size_t i;
	int fd;

	allow("127.11.8.2:*,[::2]:*");
	for (i = 0; i < nitems(refused); i++) {
		a = address_of(refused[i], 0);
		fd = 7;
		cr_expect_eq(priv_listen(&policy, &a, -1, &fd), PRIV_DENIED,
		    "%s", refused[i]);
		cr_expect_eq(fd, -1);
	}
	a = address_of("127.11.8.2", 0);
	cr_assert_eq(priv_listen(&policy, &a, -1, &fd), 0);
	cr_expect_neq(a.port, 0);
	priv_unbind(fd);
}

/* Also where the port was asked for by 0: it has to come back by its number. */
Test(bind_policy, the_port_that_the_kernel_gives_is_looked_at)
{
	struct address a = address_of("127.11.8.3", 0);
	int fd;

	allow("127.11.8.3:0");
	cr_expect_eq(priv_listen(&policy, &a, -1, &fd), PRIV_DENIED);
	cr_expect_eq(fd, -1);
	cr_expect_neq(a.port, 0, "which it was is said");
	allow("127.11.8.3:1-65535");
	a.port = 0;
	cr_assert_eq(priv_listen(&policy, &a, -1, &fd), 0);
	priv_unbind(fd);
}

/* What has stopped for one that is not allowed can go on. */
Test(bind_policy, the_old_place_stays_where_the_new_one_is_not_allowed)
{
	struct address bound = address_of("127.11.8.4", 0), wide;
	struct sockaddr_storage ss;
	socklen_t len;
	int old, fd;

	allow("127.11.8.4:*");
	cr_assert_eq(priv_listen(&policy, &bound, -1, &old), 0);
	wide = address_of("0.0.0.0", bound.port);
	cr_expect_eq(priv_listen(&policy, &wide, old, &fd), PRIV_DENIED);
	cr_expect_eq(fd, -1);
	cr_expect_eq(priv_relisten(old), 0);
	cr_assert_eq(address_to_sockaddr(&bound, &ss, &len), 0);
	fd = socket(AF_INET, SOCK_STREAM, 0);
	cr_expect_eq(connect(fd, (struct sockaddr *)&ss, len), 0);
	close(fd);
	priv_unbind(old);
}
