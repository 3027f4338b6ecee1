/* SPDX-License-Identifier: ISC */
/* Addresses: as text, as sockaddr, and taken apart like Go does it. */

#include <criterion/criterion.h>
#include <netinet/in.h>
#include <string.h>

#include "apid.h"
#include "nitems.h"

struct split {
	const char *text;
	int error;
	const char *host, *service;
	int literal; /* the family, or 0 */
};

static const struct split splits[] = {
	{ "", ENDPOINT_OK, "", "", 6 },
	{ ":", ENDPOINT_OK, "", "", 6 },
	{ ":80", ENDPOINT_OK, "", "80", 6 },
	{ "0.0.0.0:80", ENDPOINT_OK, "0.0.0.0", "80", 4 },
	{ "127.0.0.1:0080", ENDPOINT_OK, "127.0.0.1", "0080", 4 },
	{ "127.0.0.1:", ENDPOINT_OK, "127.0.0.1", "", 4 },
	{ "[::1]:80", ENDPOINT_OK, "::1", "80", 6 },
	{ "[::]:80", ENDPOINT_OK, "::", "80", 6 },
	{ "[]:80", ENDPOINT_OK, "", "80", 6 },
	{ "[fe80::1%lo]:80", ENDPOINT_OK, "fe80::1%lo", "80", 0 },
	{ "localhost:80", ENDPOINT_OK, "localhost", "80", 0 },
	{ "127.0.0.1:http", ENDPOINT_OK, "127.0.0.1", "http", 0 },
	{ "127.0.0.01:80", ENDPOINT_OK, "127.0.0.01", "80", 0 },
	{ "1.2.3:80", ENDPOINT_OK, "1.2.3", "80", 0 },
	{ "a b:80", ENDPOINT_OK, "a b", "80", 0 },
	{ "127.0.0.1:+80", ENDPOINT_OK, "127.0.0.1", "+80", 4 },
	{ "local373", ENDPOINT_MISSING_PORT, "", "", 0 },
	{ "[::1]", ENDPOINT_MISSING_PORT, "", "", 0 },
	{ "[::1]80", ENDPOINT_MISSING_PORT, "", "", 0 },
	{ "::1:80", ENDPOINT_TOO_MANY_COLONS, "", "", 0 },
	{ "a:b:c", ENDPOINT_TOO_MANY_COLONS, "", "", 0 },
	{ "[::1]:80:90", ENDPOINT_TOO_MANY_COLONS, "", "", 0 },
	{ "[::1:80", ENDPOINT_MISSING_BRACKET, "", "", 0 },
	{ "::1]:80", ENDPOINT_TOO_MANY_COLONS, "", "", 0 },
	{ "a]:80", ENDPOINT_BAD_BRACKET, "", "", 0 },
	{ "a[:80", ENDPOINT_BAD_BRACKET, "", "", 0 },
	{ "[[::1]:80", ENDPOINT_BAD_BRACKET, "", "", 0 },
	{ "127.0.0.1:65536", ENDPOINT_INVALID_PORT, "127.0.0.1", "65536", 0 },
	{ "127.0.0.1:-1", ENDPOINT_INVALID_PORT, "127.0.0.1", "-1", 0 },
	{ "a:99999999999999999999", ENDPOINT_INVALID_PORT, "a",
	    "99999999999999999999", 0 },
};

Test(endpoint, splits)
{
	const struct split *s;
	struct endpoint e;

	for (s = splits; s < splits + nitems(splits); s++) {
		cr_expect_eq(endpoint_split(&e, s->text), 0);
		cr_expect_str_eq(e.text, s->text);
		cr_expect_eq(e.error, s->error, "%s: %d", s->text, e.error);
		cr_expect_eq(e.literal, s->literal != 0, "%s", s->text);
		cr_expect_eq(e.address.family, s->literal, "%s", s->text);
		if (s->error == ENDPOINT_OK) {
			cr_expect_str_eq(e.host, s->host);
			cr_expect_str_eq(e.service, s->service);
		}
	}
}

Test(endpoint, long_ones)
{
	char text[ENDPOINT_TEXT_MAX + 2];
	struct endpoint e;

	memset(text, 'h', sizeof(text));
	text[ENDPOINT_TEXT_MAX + 1] = '\0';
	cr_expect_eq(endpoint_split(&e, text), -1);
	text[ENDPOINT_TEXT_MAX] = '\0';
	cr_expect_eq(endpoint_split(&e, text), 0);
	memcpy(text + 255, ":12345", 7);
	cr_expect_eq(endpoint_split(&e, text), 0);
	cr_expect_eq(e.error, ENDPOINT_OK);
	cr_expect_eq(strlen(e.host), 255);
	memcpy(text + 255, "h:1234", 7);
	cr_expect_eq(endpoint_split(&e, text), 0);
	cr_expect_eq(e.error, ENDPOINT_NO_SUCH_HOST);
	memset(text + 1, ':', 1);
	text[200] = '\0';
	cr_expect_eq(endpoint_split(&e, text), 0);
	cr_expect_eq(e.error, ENDPOINT_UNKNOWN_PORT);
}

Test(endpoint, error_texts_are_gos)
{
	static const struct {
		int error, sys_errno;
		const char *text;
	} texts[] = {
		{ ENDPOINT_MISSING_PORT, 0,
		    "address h:s: missing port in address" },
		{ ENDPOINT_TOO_MANY_COLONS, 0,
		    "address h:s: too many colons in address" },
		{ ENDPOINT_MISSING_BRACKET, 0,
		    "address h:s: missing ']' in address" },
		{ ENDPOINT_INVALID_PORT, 0, "address s: invalid port" },
		{ ENDPOINT_UNKNOWN_PORT, 0, "lookup tcp/s: unknown port" },
		{ ENDPOINT_NO_SUCH_HOST, 0, "lookup h: no such host" },
		{ ENDPOINT_LOOKUP_FAILED, 0, "lookup h: server misbehaving" },
		{ ENDPOINT_TIMED_OUT, 0, "lookup h: i/o timeout" },
		{ ENDPOINT_DENIED, 0, "not allowed by -bind-policy" },
		{ ENDPOINT_CIRCLE, 0, "h:s: would lead to itself" },
		{ ENDPOINT_DIALER_DIED, 0, "h:s: the dialer died of it" },
	};
	struct endpoint e = { .text = "h:s", .host = "h", .service = "s" };
	char text[300];
	size_t i;

	for (i = 0; i < nitems(texts); i++)
		cr_expect_str_eq(endpoint_error_text(&e, texts[i].error,
				     texts[i].sys_errno, text, sizeof(text)),
		    texts[i].text);
}

Test(address, text)
{
	struct address v4 = { .family = 4, .port = 80, .ip = { 1, 2, 3, 4 } };
	struct address v6 = { .family = 6, .port = 80, .ip = { [15] = 1 } };
	char text[ADDRESS_TEXT_MAX];

	cr_expect_str_eq(address_text(&v4, text), "1.2.3.4:80");
	cr_expect_str_eq(address_text(&v6, text), "[::1]:80");
	v6.scope = 2;
	cr_expect_str_eq(address_text(&v6, text), "[::1%2]:80");
}

Test(address, there_and_back)
{
	struct address in[] = {
		{ .family = 4, .port = 65535, .ip = { 255, 0, 1, 2 } },
		{ .family = 6, .port = 1, .scope = 3, .ip = { 0xfe, 0x80 } },
		{ .family = 6 },
	};
	struct sockaddr_storage ss;
	struct address out;
	socklen_t len;
	size_t i;

	for (i = 0; i < nitems(in); i++) {
		cr_expect_eq(address_to_sockaddr(&in[i], &ss, &len), 0);
		cr_expect_eq(
		    address_from_sockaddr(&out, (struct sockaddr *)&ss), 0);
		cr_expect(address_equal(&in[i], &out));
	}
	in[0].family = 0;
	cr_expect_eq(address_to_sockaddr(&in[0], &ss, &len), -1);
	ss.ss_family = AF_UNIX;
	cr_expect_eq(address_from_sockaddr(&out, (struct sockaddr *)&ss), -1);
}

Test(address, wildcard_and_equal)
{
	struct address a = { .family = 4, .port = 80 }, b = a;

	cr_expect(address_is_wildcard(&a));
	cr_expect(address_equal(&a, &b));
	b.port = 81;
	cr_expect(!address_equal(&a, &b));
	b = a;
	b.ip[3] = 1;
	cr_expect(!address_is_wildcard(&b));
	cr_expect(!address_equal(&a, &b));
	b = a;
	b.family = 6;
	cr_expect(!address_equal(&a, &b));
}
