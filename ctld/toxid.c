/* SPDX-License-Identifier: ISC */
/* This process's end of the line to toxid. */

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "agreed.h"
#include "ask.h"
#include "log.h"
#include "mode.h"
#include "priv.h"
#include "remarks.h"
#include "toxid.h"

/* Without it there is nothing to be done, nor anybody who would be told. */
int
toxid_ask(const struct priv_question *q, int fd, struct priv_answer *a)
{
	int got;

	if (priv_ask(CHAN_FD, q, fd, a, &got) == -1)
		_exit(1);
	return got;
}

/* What has no descriptor, either way.  0, or -1 and errno. */
static int
ask_plainly(const struct priv_question *q, int fd)
{
	struct priv_answer a;

	(void)toxid_ask(q, fd, &a);
	errno = a.error;
	return a.error == 0 ? 0 : -1;
}

void
toxid_start(struct priv_start *start)
{
	const struct priv_question q = { .type = PRIV_START,
		.what = PRIV_VERSION };
	struct priv_answer a;

	(void)toxid_ask(&q, -1, &a);
	if (a.error != 0) /* it is of another version */
		_exit(1);
	*start = a.start;
	explicit_bzero(&a, sizeof(a)); /* the token */
}

int
toxid_take(enum priv_heritage what, uint32_t row, struct priv_taken *taken)
{
	const struct priv_question q = {
		.type = PRIV_TAKE, .what = what, .id = row
	};
	struct priv_answer a;
	int fd = toxid_ask(&q, -1, &a);

	/* lost, at the limit of descriptors; without a program one goes on */
	if (fd == -1 && a.error == 0 && what < PRIV_LOSS_SHARED) {
		errno = EMFILE;
		fatal("%s", __func__);
	}
	if (taken != NULL)
		*taken = a.taken;
	return fd;
}

int
toxid_spawn(enum role role, struct priv_spawned *spawned)
{
	const struct priv_question q = { .type = PRIV_SPAWN, .what = role };
	struct priv_answer a;
	int fd = toxid_ask(&q, -1, &a);

	*spawned = a.spawned;
	errno = a.error;
	if (fd == -1 && a.error == 0) { /* lost, at the limit of descriptors */
		toxid_kill(a.spawned.id);
		errno = EMFILE;
	}
	return fd;
}

void
toxid_kill(uint32_t child)
{
	const struct priv_question q = { .type = PRIV_KILL, .id = child };

	(void)ask_plainly(&q, -1);
}

int
toxid_open(enum priv_file file)
{
	const struct priv_question q = { .type = PRIV_OPEN, .what = file };
	struct priv_answer a;
	int fd = toxid_ask(&q, -1, &a);

	errno = a.error != 0 ? a.error : EMFILE;
	return fd;
}

int
toxid_notify(enum priv_notice what, uint64_t proxies, uint64_t sessions)
{
	const struct priv_question q = { .type = PRIV_NOTIFY,
		.what = what,
		.proxies = proxies,
		.sessions = sessions };

	return ask_plainly(&q, -1);
}

void
toxid_reloaded(uint32_t asker, enum reload_outcome outcome)
{
	const struct priv_question q = {
		.type = PRIV_RELOADED, .id = asker, .what = outcome
	};

	(void)ask_plainly(&q, -1);
}

/* What toxid has to say for the log is written, and no news for others. */
int
toxid_news(struct priv_news *news)
{
	const struct priv_question q = { .type = PRIV_NEWS };
	struct priv_answer a;
	const struct priv_remark *said = &a.news.remark;

	do {
		(void)toxid_ask(&q, -1, &a);
		if (a.news.event == PRIV_EVENT_REMARK)
			remark_log(said);
	} while (a.news.event == PRIV_EVENT_REMARK);
	*news = a.news;
	return a.news.event != PRIV_EVENT_NONE;
}

int
toxid_try(void)
{
	const struct priv_question q = { .type = PRIV_TRY };

	return ask_plainly(&q, -1);
}

void
toxid_end_trial(void)
{
	const struct priv_question q = { .type = PRIV_END_TRIAL };

	(void)ask_plainly(&q, -1);
}

int
toxid_keep(int client)
{
	const struct priv_question q = { .type = PRIV_KEEP };

	return ask_plainly(&q, client);
}

int
toxid_replace(void)
{
	const struct priv_question q = { .type = PRIV_REPLACE };

	return ask_plainly(&q, -1);
}

void
toxid_end(int status)
{
	const struct priv_question q = { .type = PRIV_END,
		.what = (uint32_t)status };
	struct priv_news n;

	mode_quit();
	while (toxid_news(&n)) /* what toxid has said meanwhile */
		continue;
	(void)ask_plainly(&q, -1);
}
