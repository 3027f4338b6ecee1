/* SPDX-License-Identifier: ISC */

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "log.h"
#include "remarks.h"

#define KEPT 16

static struct priv_remark kept[KEPT];
static unsigned int oldest, nkept;
static int64_t dropped;

static void
forget_oldest(void)
{
	oldest = (oldest + 1) % KEPT;
	nkept--;
}

/* The older ones make room: the last ones say what it has come to. */
static void
keep(const struct log_record *r)
{
	struct priv_remark *to;

	if (nkept == KEPT) {
		forget_oldest();
		dropped++;
	}
	to = &kept[(oldest + nkept++) % KEPT];
	to->at = time(NULL);
	to->record = *r;
	if (r->level == LOG_FATAL) /* exit(3) comes next */
		remarks_end();
}

void
remarks_open(void)
{
	log_init(LOG_TRACE, keep); /* ctld knows what is not to be logged */
}

int
remarks_are_there(void)
{
	return nkept > 0 || dropped > 0;
}

static void
tell_dropped(void)
{
	int64_t n = dropped;

	dropped = 0;
	log_event(LOG_WARN, "Log lines dropped", LOG_INT("lines", n));
}

int
remark_take(struct priv_remark *taken)
{
	if (nkept == 0 && dropped > 0)
		tell_dropped();
	if (nkept == 0)
		return 0;
	*taken = kept[oldest];
	forget_oldest();
	return 1;
}

/* For people: "toxid: ctld died: another follows, signal 9, status 0". */
static void
write_text(const struct log_record *r)
{
	const char *at = r->fields, *key, *value;

	fprintf(stderr, "toxid: %s", r->message);
	while (at < r->fields + r->fields_len) {
		key = at + 1;
		value = key + strlen(key) + 1;
		fprintf(stderr, ", %s %s", key, value);
		at = value + strlen(value) + 1;
	}
	fputc('\n', stderr);
}

void
remarks_end(void)
{
	struct priv_remark r;

	while (remark_take(&r))
		write_text(&r.record);
}
