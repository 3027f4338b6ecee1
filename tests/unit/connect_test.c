/* SPDX-License-Identifier: ISC */
/* A proxy's connect: its words, and what is one. */

#include <criterion/criterion.h>
#include <errno.h>
#include <math.h>
#include <string.h>

#include "connect_spec.h"
#include "msg.h"

Test(connect, each_word_is_a_number_and_back)
{
	int i;

	for (i = 1; i < CONNECT_MODE_MAX; i++)
		cr_expect_eq(
		    connect_mode_of(connect_mode_word((unsigned int)i)), i);
	for (i = 1; i < DIAL_FAIL_MAX; i++)
		cr_expect_eq(dial_fail_of(dial_fail_word((unsigned int)i)), i);
	cr_expect_eq(connect_mode_of(""), -1);
	cr_expect_eq(dial_fail_of("refuse"), -1);
	cr_expect_eq(dial_fail_errno(DIAL_FAILS_TIMEOUT), ETIMEDOUT);
}

Test(connect, is_as_usual_where_nothing_is_said)
{
	struct connect_spec c = { .mode = CONNECT_USUAL };

	cr_expect(connect_is_usual(&c) && connect_is_sound(&c));
	c.dial_delay = 1;
	cr_expect(!connect_is_usual(&c) && connect_is_sound(&c));
	cr_expect(!connect_equal(&c, &connect_usual));
}

Test(connect, only_an_accept_delay_has_a_delay)
{
	struct connect_spec c = { .mode = CONNECT_ACCEPT_DELAY };

	cr_expect(!connect_is_sound(&c));
	c.delay = 1;
	cr_expect(connect_is_sound(&c));
	c.delay = CONNECT_DELAY_MAX + 1;
	cr_expect(!connect_is_sound(&c));
	c.delay = 1;
	c.mode = CONNECT_REFUSE;
	cr_expect(!connect_is_sound(&c));
}

Test(connect, is_said_in_a_line)
{
	struct connect_spec c = { .mode = CONNECT_ACCEPT_DELAY,
		.delay = CONNECT_DELAY_MAX,
		.dial_delay = CONNECT_DELAY_MAX,
		.dial_fail = DIAL_FAILS_UNREACHABLE };
	char text[CONNECT_TEXT_MAX];

	cr_expect_str_eq(connect_text(&c, text),
	    "accept_delay delay=86400000 dial_delay=86400000 "
	    "dial_fail=unreachable");
	c = (struct connect_spec){ .syn_loss = 0.25 };
	cr_expect_str_eq(connect_text(&c, text), "syn_loss=0.25");
	c = (struct connect_spec){ .dial_fail = DIAL_FAILS_REFUSED };
	cr_expect_str_eq(connect_text(&c, text), "dial_fail=refused");
	cr_expect_str_eq(connect_text(&connect_usual, text), "");
}

#define REFUSES(type_, tag, member, value)                         \
	do {                                                       \
		struct msg m = { .type = type_, .fd = -1 };        \
		struct tag p = { 0 };                              \
                                                                   \
		m.len = msg_length(m.type, &p);                    \
		m.payload.tag = p;                                 \
		cr_expect_eq(msg_check(&m), 0);                    \
		m.payload.tag.member = value;                      \
		cr_expect_eq(msg_check(&m), -1, #tag "." #member); \
	} while (0)

Test(connect, in_messages)
{
	REFUSES(MSG_PROXY_UPDATE, proxy_update, has_connect, 2);
	REFUSES(MSG_PROXY_UPDATE, proxy_update, connect.dial_delay, 1);
	REFUSES(MSG_RELAY_CONNECT, connect_spec, mode, CONNECT_MODE_MAX);
	REFUSES(MSG_RELAY_CONNECT, connect_spec, dial_fail, DIAL_FAIL_MAX);
	REFUSES(MSG_RELAY_CONNECT, connect_spec, mode, CONNECT_ACCEPT_DELAY);
	REFUSES(MSG_RELAY_CONNECT, connect_spec, delay, 1);
	REFUSES(
	    MSG_RELAY_CONNECT, connect_spec, dial_delay, CONNECT_DELAY_MAX + 1);
	REFUSES(MSG_RELAY_CONNECT, connect_spec, reserved[5], 1);
	REFUSES(MSG_RELAY_CONNECT, connect_spec, syn_loss, 1.5);
	REFUSES(MSG_RELAY_CONNECT, connect_spec, syn_loss, -0.0);
	REFUSES(MSG_RELAY_CONNECT, connect_spec, syn_loss, (double)NAN);
	REFUSES(MSG_REPLICA_PROXY, proxy_state, connect.delay, 1);
	REFUSES(MSG_DIALED, dial_result, is_injected, 1);
}
