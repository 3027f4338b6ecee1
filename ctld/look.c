/* SPDX-License-Identifier: ISC */
/* See look.h. */

#include "certificate.h"
#include "child.h"
#include "look.h"
#include "msg.h"
#include "text_put.h"

static struct {
	enum look verdict;
	struct child *reader; /* NULL: it has ended */
	char why[CERTIFICATE_FAULT_MAX];
} look = { .verdict = LOOK_GOOD };

static void
finish(enum look verdict)
{
	look.verdict = verdict;
	if (look.reader != NULL) {
		look.reader->is_dismissed = 1;
		child_end(look.reader);
	}
	look.reader = NULL;
	certificate_forget();
}

static void
fail(const char *why)
{
	text_put(look.why, sizeof(look.why), why);
	finish(LOOK_BAD);
}

void
look_start(void)
{
	look.verdict = LOOK_GOES_ON;
	if (!certificate_is_named())
		finish(LOOK_GOOD);
	else if (certificate_open(look.why) == -1)
		finish(LOOK_BAD);
	else if ((look.reader = child_new(ROLE_CONFIG)) == NULL)
		fail("there is nobody to read the certificate");
	else
		certificate_show(look.reader);
}

enum look
look_verdict(const char **why)
{
	*why = look.why;
	return look.verdict;
}

void
look_end(void)
{
	if (look_goes_on())
		fail("it was given up");
}

int
look_goes_on(void)
{
	return look.verdict == LOOK_GOES_ON;
}

void
look_reader_died(const struct child *c)
{
	if (c != look.reader)
		return;
	look.reader = NULL;
	fail("the reader of the certificate died");
}

/* ---- what its reader may say */

static int
on_pair(struct msg *m)
{
	const int r = certificate_verdict(msg_get_pair_end(m), look.why);

	finish(r == 0 ? LOOK_GOOD : LOOK_BAD);
	return 0;
}

enum {
	LOOKS = 0x2
};

static const struct handler from_reader[MSG_MAX] = {
	[MSG_CONFIG_PAIR_END] = { on_pair, LOOKS },
};

const struct handler *
look_may_say(const struct child *c, unsigned int *state)
{
	if (c != look.reader)
		return NULL;
	*state = LOOKS;
	return from_reader;
}
