/* SPDX-License-Identifier: ISC */
/* carry, a debug toxic: says what it was given, and changes nothing. */

#include <stdio.h>

#include "log.h"
#include "toxic.h"

static void
carry_say(struct stage *s)
{
	char share[32];

	snprintf(share, sizeof(share), "%g", stage_fraction(s, CARRY_SHARE));
	log_event(LOG_DEBUG, "Carrying",
	    LOG_INT("number", stage_integer(s, CARRY_NUMBER)),
	    LOG_STR("share", share), LOG_STR("way", stage_word(s, CARRY_WAY)));
}

const struct toxic_ops toxic_carry = {
	.init = carry_say,
	.update = carry_say,
};
