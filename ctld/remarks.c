/* SPDX-License-Identifier: ISC */
/* toxid says numbers, and ctld has the words. */

#include <errno.h>
#include <string.h>
#include <sys/wait.h>

#include "log.h"
#include "output.h"
#include "remark_text.h"
#include "remarks.h"
#include "state.h"

static int64_t said_at;

static void
output_as_toxid(const struct log_record *r)
{
	output_earlier("toxid", said_at, r);
}

static int
level_of(enum priv_remark_kind what)
{
	return what == PRIV_REMARK_OFFENCE || what == PRIV_REMARK_THE_END
	    ? LOG_ERROR
	    : LOG_WARN;
}

static void
log_as_ours(enum priv_remark_kind what, int number)
{
	const char *text = remark_text(what);
	int level = level_of(what);

	switch (what) {
	case PRIV_REMARK_DIED:
	case PRIV_REMARK_THE_END:
		log_event(level, text,
		    LOG_INT(
			"signal", WIFSIGNALED(number) ? WTERMSIG(number) : 0),
		    LOG_INT(
			"status", WIFEXITED(number) ? WEXITSTATUS(number) : 0));
		break;
	case PRIV_REMARK_OFFENCE:
		log_event(level, text,
		    LOG_STR("question", priv_name((uint32_t)number)));
		break;
	case PRIV_REMARK_DROPPED:
		log_event(level, text, LOG_INT("lines", number));
		break;
	default:
		log_event(level, text,
		    LOG_STR("error", number != 0 ? strerror(number) : NULL));
	}
}

void
remark_log(const struct priv_remark *r)
{
	if (r->what >= PRIV_REMARK_MAX)
		return;
	said_at = r->at;
	log_init(ctld.log_level, output_as_toxid);
	log_as_ours((enum priv_remark_kind)r->what, r->number);
	log_init(ctld.log_level, output_own);
}
