/* SPDX-License-Identifier: ISC */
/* What no honest child can send is refused where it is read. */

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "agreed.h"
#include "check.h"
#include "log_keys.h"
#include "msg.h"
#include "nitems.h"

/* ---- endpoints: what is shown is what is dialled */

Test(check, whatever_is_split_passes)
{
	static const char *const texts[] = { "", ":80", "a:80", "a:http",
		"127.0.0.1:80", "127.0.0.1:080", "127.0.0.1:+80",
		"127.0.0.1:", "[127.0.0.1]:80", "[::1]:80", "[0::1]:80",
		"[::FFFF]:0", "[fe80::1%2]:80", "[fe80::1%lo]:80",
		"[fe80::1%02]:80", "[]:80", "[a]:80", "[%1]:80", "0.0.0.0:0",
		"[::]:0", "a", "::1:80", "[::1", "[::1]", "a]:80", "[[::1]:80",
		"a:65536", "a:-1", "h\xc3\xa4:80", "%1:80" };
	struct endpoint e;
	size_t i;

	for (i = 0; i < nitems(texts); i++) {
		cr_assert_eq(endpoint_split(&e, texts[i]), 0);
		cr_expect(check_endpoint(&e), "%s", texts[i]);
	}
}

Test(check, the_longest_endpoints_pass)
{
	char text[ENDPOINT_TEXT_MAX + 1];
	struct endpoint e;
	size_t colon;

	for (colon = 0; colon < ENDPOINT_TEXT_MAX; colon++) {
		memset(text, 'h', sizeof(text));
		text[ENDPOINT_TEXT_MAX] = '\0';
		text[colon] = ':';
		cr_assert_eq(endpoint_split(&e, text), 0);
		cr_expect(check_endpoint(&e), "colon at %zu", colon);
	}
}

/* What is cut off of them may begin within a character. */
Test(check, long_endpoints_of_long_characters_pass)
{
	char text[ENDPOINT_TEXT_MAX + 1];
	struct endpoint e;
	size_t begin, i;

	for (begin = 0; begin < 4; begin++) {
		memset(text, 0, sizeof(text));
		for (i = begin; i + 2 < sizeof(text); i += 2)
			memcpy(text + i, "\xc3\xa4", 2);
		memset(text, 'a', begin);
		memcpy(text + begin, begin < 2 ? ":a" : "aa", 2);
		cr_assert_eq(endpoint_split(&e, text), 0);
		cr_expect(check_endpoint(&e), "%s", text);
		memcpy(text + strlen(text) - 2, ":1", 2);
		cr_assert_eq(endpoint_split(&e, text), 0);
		cr_expect(check_endpoint(&e), "%s", text);
	}
}

static struct endpoint
split(const char *text)
{
	struct endpoint e;

	cr_assert_eq(endpoint_split(&e, text), 0);
	cr_assert(check_endpoint(&e));
	return e;
}

#define LIES(text_, statement)                              \
	do {                                                \
		struct endpoint e = split(text_);           \
		statement;                                  \
		cr_expect(!check_endpoint(&e), #statement); \
	} while (0)

Test(check, a_lie_about_an_endpoint)
{
	LIES("127.0.0.1:80", e.address.ip[3] = 2);
	LIES("127.0.0.1:80", e.address.port = 81);
	LIES("127.0.0.1:80", e.address.family = 6);
	LIES("127.0.0.1:80", e.address.family = 0);
	LIES("127.0.0.1:80", e.address.ip[15] = 1);
	LIES("127.0.0.1:80", e.address.scope = 1);
	LIES("127.0.0.1:80", e.address.reserved = 1);
	LIES("127.0.0.1:80", strcpy(e.host, "127.0.0.2"));
	LIES("127.0.0.1:80", strcpy(e.service, "81"));
	LIES("127.0.0.1:80", strcpy(e.text, "127.0.0.2:80"));
	LIES("127.0.0.1:80", e.host[0] = '\0');
	LIES("127.0.0.1:80", e.error = ENDPOINT_INVALID_PORT);
	LIES(":80", e.address.ip[0] = 1);
	LIES(":80", e.address.scope = 1);
	LIES("127.0.0.1:", e.address.port = 1);
	LIES("[fe80::1%2]:80", e.address.scope = 3);
	LIES("db:80", strcpy(e.host, "evil"));
	LIES("db:80", strcpy(e.service, "81"));
	LIES("db:80", e.literal = 1);
	LIES("db:80", (strcpy(e.host, "d"), strcpy(e.service, "b:80")));
	LIES("db:80", (strcpy(e.text, "d\xff:80"), strcpy(e.host, "d\xff")));
	LIES("db:80", e.error = ENDPOINT_NO_SUCH_HOST + 1);
	LIES("::1:80",
	    (e.error = 0, strcpy(e.host, "::1"), strcpy(e.service, "80")));
	LIES("a", strcpy(e.host, "evil"));
	LIES("", strcpy(e.host, "evil"));
	LIES("", strcpy(e.service, "80"));
	LIES("", (e.literal = 0, memset(&e.address, 0, sizeof(e.address))));
	LIES("127.0.0.1:80", e.text[ENDPOINT_TEXT_MAX - 1] = 'x');
	LIES("127.0.0.1:80", e.host[HOST_MAX - 1] = 'x');
	LIES("127.0.0.1:80", e.service[SERVICE_MAX - 1] = 'x');
}

/* An interface is another on the next start, and its name is not its number. */
Test(check, an_address_with_a_zone_is_looked_up)
{
	struct address a = { .family = 6, .ip = { 0xfe, 0x80, [15] = 1 } };
	struct endpoint e;

	endpoint_of_address(&e, &a);
	cr_expect(check_endpoint(&e));
	a.scope = 2;
	endpoint_of_address(&e, &a);
	cr_expect(!check_endpoint(&e));
	strcpy(a.zone, "lo");
	endpoint_of_address(&e, &a);
	cr_expect(!check_endpoint(&e));
}

/* ---- what proxies and toxics are made of */

static struct proxy_create
good_proxy(void)
{
	struct proxy_create p = { .spec = {
				      .key = { .name = "p" }, .enabled = 1 } };

	p.spec.listen = split("127.0.0.1:0");
	p.spec.upstream = split("db:80");
	return p;
}

static int
takes(enum msg_type type, const void *payload)
{
	struct msg m = {
		.type = type, .fd = -1, .len = msg_length(type, payload)
	};

	memcpy(&m.payload, payload, m.len);
	return msg_check(&m) == 0;
}

#define REFUSED(type, make, statement)                         \
	do {                                                   \
		__typeof__(make) p = (make);                   \
		cr_expect(takes(type, &p));                    \
		statement;                                     \
		cr_expect(!takes(type, &p), "%s", #statement); \
	} while (0)

#define BAD_PROXY(statement) REFUSED(MSG_PROXY_CREATE, good_proxy(), statement)

Test(check, a_proxy_that_nobody_can_have_asked_for)
{
	BAD_PROXY(p.spec.key.name[0] = '\0');
	BAD_PROXY(strcpy(p.spec.key.name, "\xff"));
	BAD_PROXY(strcpy(p.spec.key.name, "\xed\xa0\x80"));
	BAD_PROXY(memset(p.spec.key.name, 'x', sizeof(p.spec.key.name)));
	BAD_PROXY(p.spec.key.name[PROXY_NAME_MAX - 1] = 'x');
	BAD_PROXY(strcpy(p.spec.key.tenant, "a/b"));
	BAD_PROXY(strcpy(p.spec.key.tenant, ".."));
	BAD_PROXY(memset(p.spec.key.tenant, 'x', TENANT_NAME_MAX + 1));
	BAD_PROXY(p.spec.key.tenant[TENANT_NAME_MAX - 1] = 'x');
	BAD_PROXY(p.spec.enabled = 2);
	BAD_PROXY(p.spec.connect.mode = CONNECT_MODE_MAX);
	BAD_PROXY(p.spec.connect.delay = 1);
	BAD_PROXY(p.ntoxics = PROXY_TOXICS_MAX + 1);
	BAD_PROXY(p.spec.upstream = split(""));
	BAD_PROXY(p.spec.upstream.host[0] = 'x');
	BAD_PROXY(p.spec.listen.address.ip[0] = 1);
}

static struct proxy_update
good_update(void)
{
	struct proxy_update u = { .key = { .name = "p" }, .has_upstream = 1 };

	u.upstream = split("db:80");
	return u;
}

#define BAD_UPDATE(statement) \
	REFUSED(MSG_PROXY_UPDATE, good_update(), statement)

Test(check, an_update_that_nobody_can_have_asked_for)
{
	BAD_UPDATE(p.has_upstream = 0);
	BAD_UPDATE(p.has_upstream = 2);
	BAD_UPDATE(p.enabled = 1);
	BAD_UPDATE(p.connect.mode = CONNECT_REFUSE);
	BAD_UPDATE((p.has_connect = 1, p.connect.reserved[0] = 1));
	BAD_UPDATE(p.upstream.host[0] = 'x');
	BAD_UPDATE(p.listen.text[0] = 'x');
	BAD_UPDATE(strcpy(p.key.name, "\xc0\x80"));
}

static struct stored_proxy
good_row(void)
{
	struct stored_proxy p = { .spec = good_proxy().spec };

	return p;
}

#define BAD_ROW(statement) REFUSED(MSG_STORED_PROXY, good_row(), statement)

Test(check, a_row_that_nobody_has_stored)
{
	BAD_ROW(p.spec.listen = split("a:80"));
	BAD_ROW(p.spec.listen = split("[fe80::1%]"));
	BAD_ROW(strcpy(p.given, "\xff"));
	BAD_ROW(p.spec.upstream.service[0] = '9');
}

#define BAD_TOXIC(statement)                                              \
	do {                                                              \
		struct toxic_spec t = {                                   \
			.name = "t", .kind = TOXIC_LATENCY, .toxicity = 1 \
		};                                                        \
		cr_expect(check_toxic(&t));                               \
		statement;                                                \
		cr_expect(!check_toxic(&t), #statement);                  \
	} while (0)

Test(check, a_toxic_in_a_form_of_its_own)
{
	BAD_TOXIC(t.values[LATENCY_NATTRIBUTES].integer = 1);
	BAD_TOXIC((t.kind = TOXIC_NOOP, t.values[0].integer = 1));
	BAD_TOXIC(t.ntail = 1);
	BAD_TOXIC(t.toxicity = NAN);
	BAD_TOXIC(strcpy(t.name, "\xff"));
	BAD_TOXIC(t.stream = STREAM_MAX);
}

Test(check, an_update_of_a_toxic)
{
	struct toxic_update good = { .proxy = { .name = "p" },
		.values_given = 1,
		.spec = { .name = "t", .kind = TOXIC_BANDWIDTH } };

	REFUSED(MSG_TOXIC_UPDATE, good, p.values_given = 8);
	REFUSED(MSG_TOXIC_UPDATE, good, p.reserved[2] = 1);
	REFUSED(MSG_TOXIC_UPDATE, good, p.has_waves = 2);
	REFUSED(MSG_TOXIC_UPDATE, good, p.has_lease = 2);
	REFUSED(MSG_TOXIC_UPDATE, good, p.spec.lease = 1);
	REFUSED(MSG_TOXIC_UPDATE, good, p.spec.toxicity = NAN);
	REFUSED(MSG_TOXIC_UPDATE, good, p.spec.toxicity = INFINITY);
	REFUSED(MSG_TOXIC_UPDATE, good, p.spec.stream = STREAM_MAX);
	REFUSED(MSG_TOXIC_UPDATE, good, p.spec.values[0].integer = -1);
	REFUSED(MSG_TOXIC_UPDATE, good, p.spec.values[3].integer = 1);
	REFUSED(MSG_TOXIC_UPDATE, good, p.spec.name[9] = 'x');
	REFUSED(MSG_TOXIC_UPDATE, good, strcpy(p.spec.name, "\xff"));
	REFUSED(MSG_TOXIC_UPDATE, good, p.spec.ntail = 1);
}

Test(check, a_toxic_of_a_sessions_own)
{
	struct own_toxic good = {
		.of = { .proxy = { .name = "p" },
		    .ask = { .wish = WISH_OWN_UPDATE } },
		.values_given = 1,
		.spec = { .name = "t", .kind = TOXIC_BANDWIDTH },
	};

	REFUSED(MSG_OWN_TOXIC_UPDATE, good, p.values_given = 8);
	REFUSED(MSG_OWN_TOXIC_UPDATE, good, p.reserved[3] = 1);
	REFUSED(MSG_OWN_TOXIC_UPDATE, good, p.has_waves = 2);
	REFUSED(MSG_OWN_TOXIC_UPDATE, good, p.has_select = 2);
	REFUSED(MSG_OWN_TOXIC_UPDATE, good, p.spec.lease = 1);
	REFUSED(MSG_OWN_TOXIC_UPDATE, good, p.spec.name[0] = '\0');
	REFUSED(MSG_OWN_TOXIC_UPDATE, good, p.spec.toxicity = NAN);
	REFUSED(MSG_OWN_TOXIC_UPDATE, good,
	    toxic_select_read(&p.spec, "clients=10.0.0.0/8"));
	REFUSED(MSG_RELAY_OWN_ASK, good, p.of.ask.wish = WISH_OWN_ADD);
	REFUSED(MSG_RELAY_OWN_ASK, good, p.of.ask.wish = WISH_CLOSE);
	REFUSED(MSG_RELAY_OWN_ASK, good, p.of.ask.wish = WISH_OWN_REMOVE);
	good.values_given = 0;
	good.of.ask.wish = WISH_OWN_REMOVE;
	memset(&good.spec, 0, sizeof(good.spec));
	strcpy(good.spec.name, "t");
	REFUSED(MSG_OWN_TOXIC_DELETE, good, p.spec.kind = TOXIC_BANDWIDTH);
	REFUSED(MSG_OWN_TOXIC_DELETE, good, p.spec.toxicity = 1);
	REFUSED(MSG_OWN_TOXIC_DELETE, good, p.spec.name[3] = 'x');
}

Test(check, a_page_whose_outcome_nobody_knows)
{
	struct session_page good = { .n = 1, .outcome = OWN_OUTCOMES - 1 };

	REFUSED(MSG_RELAY_PAGE, good, p.outcome = OWN_OUTCOMES);
}

/* ---- numbers */

Test(check, counters_that_cannot_be)
{
	struct counters good = { .received = { 9, 9 },
		.sent = { 9, 8 },
		.sessions = 3,
		.dial_failures = 1,
		.open_sessions = 2,
		.dial_error = { .error = ENDPOINT_NO_SUCH_HOST } };

	REFUSED(MSG_RELAY_COUNTERS, good, p.sent[1] = 10);
	REFUSED(MSG_RELAY_COUNTERS, good, p.received[0] = UINT64_MAX);
	REFUSED(MSG_RELAY_COUNTERS, good, p.open_sessions = 4);
	REFUSED(MSG_RELAY_COUNTERS, good, p.dial_failures = 4);
	REFUSED(MSG_RELAY_COUNTERS, good, p.held = UINT64_MAX);
	REFUSED(MSG_RELAY_COUNTERS, good, p.dial_failures = 0);
	REFUSED(MSG_RELAY_COUNTERS, good, p.own_toxics = OWN_TOXICS_MAX + 1);
	REFUSED(MSG_RELAY_COUNTERS, good, p.dialled.counts[0] = 3);
	REFUSED(MSG_RELAY_COUNTERS, good, p.lasted.counts[3] = 2);
	REFUSED(MSG_RELAY_COUNTERS, good, p.lasted.sum_us = UINT64_MAX);
	REFUSED(MSG_RELAY_COUNTERS, good, p.dial_error.error = ENDPOINT_OK);
	REFUSED(MSG_RELAY_COUNTERS, good, p.dial_error.sys_errno = 1);
}

/* They add up, whoever has lied: the next worker has a proxy to serve. */
Test(check, as_many_sessions_as_all_workers_have_said)
{
	struct relay_assign assign = { .earlier_sessions = UINT64_MAX };

	cr_expect(takes(MSG_RELAY_ASSIGN, &assign));
}

Test(check, what_no_toxic_can_have_done)
{
	struct toxic_counted good = { .nth = 1 };

	REFUSED(MSG_RELAY_TOXIC_COUNTED, good, p.counts.hits = UINT64_MAX);
	REFUSED(MSG_RELAY_TOXIC_COUNTED, good, p.counts.delayed = UINT64_MAX);
	REFUSED(MSG_RELAY_TOXIC_COUNTED, good, p.counts.dropped = UINT64_MAX);
}

Test(check, an_answer_to_a_dial)
{
	struct dial_result good = { .error = ENDPOINT_SYSTEM,
		.sys_errno = 111,
		.address = { .family = 4, .ip = { 127, 0, 0, 1 } } };

	REFUSED(MSG_DIALED, good, p.sys_errno = -1);
	REFUSED(MSG_DIALED, good, p.sys_errno = 4096);
	REFUSED(MSG_DIALED, good, p.error = ENDPOINT_OK);
	REFUSED(MSG_DIALED, good, p.address.ip[9] = 1);
	REFUSED(MSG_DIALED, good, p.address.family = 0);
	REFUSED(MSG_DIALED, good, p.rule = 1);
	good.sys_errno = 0;
	good.error = ENDPOINT_FORBIDDEN;
	REFUSED(MSG_DIALED, good, p.rule = LIST_RULES_MAX);
	good.error = ENDPOINT_OFF_LIMITS;
	good.rule = RULE_LOOPBACK;
	REFUSED(MSG_DIALED, good, p.rule = RULE_PREFIX);
	REFUSED(MSG_DIALED, good, p.rule = RULE_PRIVATE);
	REFUSED(MSG_DIALED, good, p.rule = RULE_KINDS);
}

/* ---- the log */

static int
takes_fields(const char *fields, size_t len)
{
	struct log_record r = { .fields_len = (uint32_t)len };

	memcpy(r.fields, fields, len);
	return check_log_record(&r);
}

#define TAKES(fields) takes_fields(fields, sizeof(fields))

Test(check, a_line_of_log_cannot_be_anothers)
{
	char field[32];
	int key, n;

	cr_expect(TAKES("sa\0b\0sc\0d"));
	cr_expect(!TAKES("sa\0b\0sa\0d"));
	cr_expect(!TAKES("sa\0b\0na\0001"));
	for (key = 0; key < LOG_KEY_MAX; key++) {
		n = snprintf(
		    field, sizeof(field), "s%s%cx", log_keys[key], '\0');
		cr_expect(
		    !takes_fields(field, (size_t)n + 1), "%s", log_keys[key]);
	}
}

/* Readers of JSON refuse a number that is larger than theirs, or round it. */
Test(check, a_number_of_a_line_of_log_is_an_int64)
{
	cr_expect(TAKES("na\0000"));
	cr_expect(TAKES("na\000-9223372036854775808"));
	cr_expect(TAKES("na\0009223372036854775807"));
	cr_expect(!TAKES("na\0009223372036854775808"));
	cr_expect(!TAKES("na\000-9223372036854775809"));
	cr_expect(!TAKES("na\00022222222222222222222"));
	cr_expect(!TAKES("na\00001"));
	cr_expect(!TAKES("na\000-"));
}

Test(check, a_line_of_log_has_so_many_fields)
{
	char fields[1600];
	size_t len = 0;
	int i;

	for (i = 0; i <= LOG_FIELDS_MAX; i++) {
		cr_expect_eq(takes_fields(fields, len), 1, "%d", i);
		len += (size_t)snprintf(fields + len, sizeof(fields) - len,
			   "sk%d%cv", i, '\0') +
		    1;
	}
	cr_expect_eq(takes_fields(fields, len), 0);
}

Test(utf8, characters)
{
	uint32_t point;

	cr_expect_eq(utf8_character("\xf0\x9f\x98\x80", &point), 4);
	cr_expect_eq(point, 0x1f600);
	cr_expect_eq(utf8_character("\xe2\x80\xae", &point), 3);
	cr_expect_eq(point, 0x202e);
	cr_expect_eq(utf8_character("\xc2\x9b", &point), 2);
	cr_expect_eq(point, 0x9b);
	cr_expect_eq(utf8_character("\xc0\x80", &point), 0);
	cr_expect_eq(utf8_character("\xf4\x90\x80\x80", &point), 0);
	cr_expect_eq(utf8_character("\xe2\x80", &point), 0);
	cr_expect(utf8_is_text("") && !utf8_is_text("a\x80"));
}

Test(utf8, what_a_terminal_does_not_show)
{
	static const uint32_t controls[] = { 1, '\t', '\n', 0x1b, 0x1f, 0x7f,
		0x80, 0x9b, 0x9f, 0x61c, 0x200e, 0x200f, 0x2028, 0x2029, 0x202a,
		0x202e, 0x2066, 0x2069, 0xfeff };
	static const uint32_t shown[] = { ' ', '~', 0xa0, 0xe9, 0x61b, 0x200d,
		0x2010, 0x2027, 0x202f, 0x2065, 0x206a, 0xfefe, 0x1f600 };
	size_t i;

	for (i = 0; i < nitems(controls); i++)
		cr_expect(utf8_is_control(controls[i]), "%x", controls[i]);
	for (i = 0; i < nitems(shown); i++)
		cr_expect(!utf8_is_control(shown[i]), "%x", shown[i]);
}
