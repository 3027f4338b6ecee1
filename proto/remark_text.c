/* SPDX-License-Identifier: ISC */

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "remark_text.h"

static const char *const texts[PRIV_REMARK_MAX] = {
	[PRIV_REMARK_DIED] = "ctld died: another follows",
	[PRIV_REMARK_THE_END] = "ctld dies again and again: the end of all",
	[PRIV_REMARK_SILENT] = "ctld does not answer: killing it",
	[PRIV_REMARK_OFFENCE] = "ctld has asked what it may not",
	[PRIV_REMARK_NOTIFY] = "NOTIFY_SOCKET does not take what it is told",
	[PRIV_REMARK_RELOAD] = "Reload failed: control processes die of it",
	[PRIV_REMARK_UPGRADE] = "Upgrade failed: control processes die of it",
	[PRIV_REMARK_DROPPED] = "Log lines dropped",
};

const char *
remark_text(enum priv_remark_kind what)
{
	return texts[what];
}

void
remark_print(const struct priv_remark *r)
{
	enum priv_remark_kind what = (enum priv_remark_kind)r->what;
	int number = r->number;

	fprintf(stderr, "toxid: %s", remark_text(what));
	switch (what) {
	case PRIV_REMARK_DIED:
	case PRIV_REMARK_THE_END:
		if (WIFSIGNALED(number))
			fprintf(stderr, ": signal %d", WTERMSIG(number));
		else
			fprintf(stderr, ": status %d", WEXITSTATUS(number));
		break;
	case PRIV_REMARK_NOTIFY:
		fprintf(stderr, ": %s", strerror(number));
		break;
	case PRIV_REMARK_SILENT:
		break;
	default:
		fprintf(stderr, ": %d", number);
	}
	fputc('\n', stderr);
}
