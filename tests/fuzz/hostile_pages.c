/* SPDX-License-Identifier: ISC */
/* A worker that says of its sessions what is not so, and without end. */

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "agreed.h"
#include "hostile.h"

/* Each page is said to go on where it has begun. */
static void
say_page(uint32_t id, uint64_t assignment, const struct relay_ask *asked)
{
	struct packet p = { .type = MSG_RELAY_PAGE, .id = id };
	struct session_page page = { .assignment = assignment, .next = 1 };

	if (asked->assignment == assignment)
		page.next = asked->number;
	memcpy(p.payload, &page, sizeof(page));
	say(&p, HEADER + sizeof(page), -1, 0);
}

void
page_without_end(void)
{
	struct relay_assign assign = { .assignment = 0 };
	struct relay_ask asked;
	struct packet p;

	say_ready();
	while (recv(CHAN_FD, &p, sizeof(p), 0) > 0) {
		if (p.type == MSG_PING)
			say_zeros(MSG_PONG, p.id);
		if (p.type == MSG_RELAY_ASSIGN)
			memcpy(&assign, p.payload, sizeof(assign));
		if (p.type != MSG_RELAY_ASK)
			continue;
		memcpy(&asked, p.payload, sizeof(asked));
		say_page(p.id, assign.assignment, &asked);
	}
	exit(1);
}

static uint64_t
get_assignment(void)
{
	struct relay_assign assign;
	struct packet p = { .type = MSG_NONE };

	say_ready();
	while (p.type != MSG_RELAY_ASSIGN) {
		if (recv(CHAN_FD, &p, sizeof(p), 0) <= 0)
			exit(1);
	}
	memcpy(&assign, p.payload, sizeof(assign));
	return assign.assignment;
}

/* Nobody has asked: the first is the answer to a question that was another's.
 */
void
page_unasked(void)
{
	const struct relay_ask asked = { .number = 0 };

	say_page(1, get_assignment(), &asked);
	forever();
}

static void
say_ended(uint64_t assignment, enum session_end end)
{
	struct packet p = { .type = MSG_RELAY_ENDED_NOW };
	const struct session_ended ended = { .assignment = assignment,
		.sessions = 3,
		.end = (uint8_t)end,
		.toxic = "said by a worker" };

	memcpy(p.payload, &ended, sizeof(ended));
	say(&p, HEADER + sizeof(ended), -1, 0);
}

/* By a toxic that there is not. */
void
flood_ended(void)
{
	const uint64_t assignment = get_assignment();

	for (;;) {
		say_ended(assignment, END_TOXIC_RESET);
		hear();
	}
}

/* What ctld knows better. */
void
ended_by_ctld(void)
{
	say_ended(get_assignment(), END_PROXY_CHANGED);
	forever();
}
