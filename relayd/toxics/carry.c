/* SPDX-License-Identifier: ISC */
/* carry, a debug toxic: says what it was given, and changes nothing. */

#include <inttypes.h>
#include <stdio.h>

#include "log.h"
#include "toxic.h"

#define LIST_TEXT_MAX 240

/* "500,503" */
static const char *
codes_text(const struct stage *s, char text[LIST_TEXT_MAX])
{
	size_t i, len = 0;

	text[0] = '\0';
	for (i = 0; i < stage_count(s, CARRY_CODES); i++)
		len += (size_t)snprintf(text + len, LIST_TEXT_MAX - len,
		    "%s%" PRId64, i > 0 ? "," : "",
		    stage_nth_integer(s, CARRY_CODES, i));
	return text;
}

static const char *
hosts_text(const struct stage *s, char text[LIST_TEXT_MAX])
{
	size_t i, len = 0;

	text[0] = '\0';
	for (i = 0; i < stage_count(s, CARRY_HOSTS); i++)
		len += (size_t)snprintf(text + len, LIST_TEXT_MAX - len, "%s%s",
		    i > 0 ? "," : "", stage_nth_text(s, CARRY_HOSTS, i));
	return text;
}

static void
carry_say(struct stage *s)
{
	char share[32], codes[LIST_TEXT_MAX], hosts[LIST_TEXT_MAX];

	snprintf(share, sizeof(share), "%g", stage_fraction(s, CARRY_SHARE));
	log_event(LOG_DEBUG, "Carrying",
	    LOG_INT("number", stage_integer(s, CARRY_NUMBER)),
	    LOG_STR("share", share), LOG_STR("way", stage_word(s, CARRY_WAY)),
	    LOG_STR("note", stage_text(s, CARRY_NOTE)),
	    LOG_STR("codes", codes_text(s, codes)),
	    LOG_STR("hosts", hosts_text(s, hosts)),
	    LOG_STR("rate", stage_text(s, CARRY_RATE)));
}

const struct toxic_ops toxic_carry = {
	.init = carry_say,
	.update = carry_say,
};
