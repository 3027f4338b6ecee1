/* SPDX-License-Identifier: ISC */
/* toxid says numbers, and ctld has the words. */

#include <string.h>
#include <sys/wait.h>

#include "log.h"
#include "output.h"
#include "remark_text.h"
#include "remarks.h"

#define FIELDS_MAX 2

static int
level_of(enum priv_remark_kind what)
{
	switch (what) {
	case PRIV_REMARK_OFFENCE:
	case PRIV_REMARK_THE_END:
	case PRIV_REMARK_RELOAD:
	case PRIV_REMARK_UPGRADE:
		return LOG_ERROR;
	default:
		return LOG_WARN;
	}
}

/* How many, of what its number is. */
static size_t
fields_of(
    enum priv_remark_kind what, int number, struct log_field f[FIELDS_MAX])
{
	switch (what) {
	case PRIV_REMARK_DIED:
	case PRIV_REMARK_THE_END:
		f[0] = (struct log_field)LOG_INT(
		    "signal", WIFSIGNALED(number) ? WTERMSIG(number) : 0);
		f[1] = (struct log_field)LOG_INT(
		    "status", WIFEXITED(number) ? WEXITSTATUS(number) : 0);
		return 2;
	case PRIV_REMARK_OFFENCE:
		f[0] = (struct log_field)LOG_STR(
		    "question", priv_name((uint32_t)number));
		return 1;
	case PRIV_REMARK_NOTIFY:
		f[0] = (struct log_field)LOG_STR("error", strerror(number));
		return 1;
	case PRIV_REMARK_RELOAD:
	case PRIV_REMARK_UPGRADE:
		f[0] = (struct log_field)LOG_INT("deaths", number);
		return 1;
	case PRIV_REMARK_DROPPED:
		f[0] = (struct log_field)LOG_INT("lines", number);
		return 1;
	default:
		return 0;
	}
}

void
remark_log(const struct priv_remark *r)
{
	enum priv_remark_kind what = (enum priv_remark_kind)r->what;
	struct log_field f[FIELDS_MAX];
	struct log_record record;
	size_t n;

	if (r->what >= PRIV_REMARK_MAX)
		return;
	n = fields_of(what, r->number, f);
	log_make(&record, level_of(what), remark_text(what), f, n);
	output_earlier("toxid", r->at, &record);
}
