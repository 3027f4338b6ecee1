/* SPDX-License-Identifier: ISC */
/* A child and its log: see hostile.c. */

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "agreed.h"
#include "hostile.h"

#define ESCAPED_MAX 1080 /* bytes that are written as six, within a line */

static void
say_line(const struct log_record *r)
{
	struct packet p = { .type = MSG_LOG };

	memcpy(p.payload, r, sizeof(*r));
	say(&p, HEADER + sizeof(*r), -1, 0);
}

static void __attribute__((__noreturn__)) flood(const struct log_record *r)
{
	uint32_t n;

	say_ready();
	for (n = 1;; n++) {
		say_line(r);
		if (n % 64 == 0)
			hear();
	}
}

/* As short as a line can be: what it costs is each, not what is in it. */
void
flood_log(void)
{
	const struct log_record r = { .level = LOG_INFO, .message = "flood" };

	flood(&r);
}

/*
 * At a level that is written, and of what is the longest there: it would be
 * left out if there were more of it.
 */
static struct log_record
longest(void)
{
	struct log_record r = { .level = LOG_ERROR };

	memcpy(r.fields, "sshout", sizeof("sshout"));
	r.fields_len = sizeof("sshout") + ESCAPED_MAX + 1;
	memset(r.fields + sizeof("sshout"), 1, ESCAPED_MAX);
	memset(r.message, 1, sizeof(r.message) - 1);
	return r;
}

void
shout(void)
{
	const struct log_record r = longest();

	flood(&r);
}

/* Its channel is full of them when it dies. */
void
last_words(void)
{
	const struct log_record r = longest();
	struct packet p = { .type = MSG_LOG };

	memcpy(p.payload, &r, sizeof(r));
	say_ready();
	while (say_on(CHAN_FD, &p, HEADER + sizeof(r), -1, MSG_DONTWAIT) == 0)
		continue;
	exit(1);
}

/* A line of somebody else's. */
void
forge(void)
{
	static const char fields[] = "srole\0ctld";
	struct log_record r = { .level = LOG_ERROR, .message = "forged" };

	memcpy(r.fields, fields, sizeof(fields));
	r.fields_len = sizeof(fields);
	say_ready();
	say_line(&r);
	forever();
}
