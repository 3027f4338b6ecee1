/* SPDX-License-Identifier: ISC */
/* The API's token. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agreed.h"
#include "give_up.h"
#include "given.h"
#include "token.h"

/* What a header can carry as it is: no blank, no control character. */
static int
is_good(const char *text)
{
	const char *p;

	for (p = text; *p > ' ' && *p < 0x7f; p++)
		continue;
	return *p == '\0' && p - text <= TOKEN_TEXT_MAX;
}

/*
 * From here on it is known to the supervisor, to ctld and to apid, which are
 * told.  The memory that it came in is what /proc/PID/environ shows, also of a
 * process that has been forked: it is wiped there.
 */
void
token_take(struct given *g)
{
	char *text = getenv(TOKEN_NAME), why[128];

	if (text == NULL)
		return;
	if (!is_good(text)) {
		snprintf(why, sizeof(why),
		    TOKEN_NAME ": must be visible ASCII characters, and not "
			       "longer than %d of them",
		    TOKEN_TEXT_MAX);
		give_up(why);
	}
	snprintf(g->token, sizeof(g->token), "%s", text);
	explicit_bzero(text, strlen(text));
	unsetenv(TOKEN_NAME);
}
