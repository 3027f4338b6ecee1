/* SPDX-License-Identifier: ISC */
/* toxid says numbers, and ctld has the words. */

#include <string.h>
#include <sys/wait.h>

#include "log.h"
#include "output.h"
#include "priv.h"
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

static const char *
question_name(uint32_t type)
{
	static const char *const names[PRIV_MAX] = {
#define X(type, states, has_fd) [PRIV_##type] = #type,
		PRIV_QUESTIONS(X)
#undef X
	};

	return type < PRIV_MAX && names[type] != NULL ? names[type] : "?";
}

/* What a count is of; NULL: of nothing. */
static const char *
counted(enum priv_remark_kind what)
{
	switch (what) {
	case PRIV_REMARK_RELOAD:
	case PRIV_REMARK_UPGRADE:
		return "deaths";
	case PRIV_REMARK_DROPPED:
		return "lines";
	default:
		return NULL;
	}
}

/* How many. */
static size_t
fields_of(
    enum priv_remark_kind what, int number, struct log_field f[FIELDS_MAX])
{
	const char *of = counted(what);

	switch (priv_remarks[what].unit) {
	case PRIV_UNIT_STATUS:
		f[0] = (struct log_field)LOG_INT(
		    "signal", WIFSIGNALED(number) ? WTERMSIG(number) : 0);
		f[1] = (struct log_field)LOG_INT(
		    "status", WIFEXITED(number) ? WEXITSTATUS(number) : 0);
		return 2;
	case PRIV_UNIT_TYPE:
		f[0] = (struct log_field)LOG_STR(
		    "question", question_name((uint32_t)number));
		return 1;
	case PRIV_UNIT_ERRNO:
		f[0] = (struct log_field)LOG_STR("error", strerror(number));
		return 1;
	case PRIV_UNIT_COUNT:
		f[0] = (struct log_field)LOG_INT(of, number);
		return of != NULL;
	}
	return 0;
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
	log_make(&record, level_of(what), priv_remarks[what].text, f, n);
	output_earlier("toxid", r->at, &record);
}
