/* SPDX-License-Identifier: ISC */

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

#include "remarks.h"

#define KEPT 16

static struct priv_remark kept[KEPT];
static unsigned int oldest, nkept;
static int32_t dropped;

/* The older ones make room: the last ones say what it has come to. */
void
remark(enum priv_remark_kind what, int32_t number)
{
	if (nkept == KEPT) {
		oldest = (oldest + 1) % KEPT;
		nkept--;
		dropped++;
	}
	kept[(oldest + nkept++) % KEPT] =
	    (struct priv_remark){ time(NULL), what, number };
}

int
remarks_are_there(void)
{
	return nkept > 0 || dropped > 0;
}

int
remark_take(struct priv_remark *taken)
{
	int32_t n = dropped;

	if (nkept == 0 && dropped > 0) {
		dropped = 0;
		remark(PRIV_REMARK_DROPPED, n);
	}
	if (nkept == 0)
		return 0;
	*taken = kept[oldest];
	oldest = (oldest + 1) % KEPT;
	nkept--;
	return 1;
}

/* "toxid: ctld died: another follows: signal 9" */
static void
write_text(const struct priv_remark *r)
{
	fprintf(stderr, "toxid: %s: ", priv_remarks[r->what].text);
	if (priv_remarks[r->what].unit == PRIV_UNIT_ERRNO)
		fprintf(stderr, "%s\n", strerror(r->number));
	else if (priv_remarks[r->what].unit != PRIV_UNIT_STATUS)
		fprintf(stderr, "%d\n", r->number);
	else if (WIFSIGNALED(r->number))
		fprintf(stderr, "signal %d\n", WTERMSIG(r->number));
	else
		fprintf(stderr, "status %d\n", WEXITSTATUS(r->number));
}

void
remarks_end(void)
{
	struct priv_remark r;

	while (remark_take(&r))
		write_text(&r);
}
