/* SPDX-License-Identifier: ISC */
/* resolvd's passes: what diald asks in one of them is not all that it asks. */

#include <criterion/criterion.h>
#include <string.h>

#include "chan.h"
#include "resolvd.h"

#define ASKED 64
/* Answers in a pass. */
#define A_FEW 4

static int
answers(struct chan *diald)
{
	struct msg m;
	int n = 0;

	while (chan_receive(diald, &m) == 1) {
		cr_assert_eq(m.type, MSG_LOOKED_UP);
		cr_assert_eq(m.payload.lookup_result.n, 1);
		n++;
	}
	return n;
}

Test(resolvd, who_asks_for_all_at_once_is_answered_a_few_in_a_pass)
{
	struct lookup_request e = { .npolicies = 1,
		.endpoint = { .host = "127.0.0.1", .service = "1" } };
	struct chan diald;
	int fds[2], n, all = 0;
	uint32_t id;

	resolvd.base = events_open();
	cr_assert_eq(chan_pair(fds), 0);
	chan_open(&diald, fds[0]);
	client_open(fds[1]);
	for (id = 1; id <= ASKED; id++)
		cr_assert_eq(chan_send(&diald, MSG_LOOKUP, id, &e, -1), 0);
	while (all < ASKED) {
		event_base_loop(resolvd.base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
		client_flush();
		n = answers(&diald);
		cr_assert_leq(n, A_FEW, "%d", n);
		all += n;
	}
}
