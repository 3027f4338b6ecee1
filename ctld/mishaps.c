/* SPDX-License-Identifier: ISC */
/* What went wrong last with each role, for /health. */

#include <time.h>

#include "agenda.h"
#include "mishaps.h"
#include "msg.h"
#include "proxies.h"
#include "text_put.h"

static struct mishap mishaps[ROLE_MAX];

const struct mishap *
mishap_last(enum role role)
{
	return &mishaps[role];
}

void
mishap_note(enum role role, const struct proxy *p, const char *text)
{
	struct mishap *m = &mishaps[role];

	m->at = (uint64_t)time(NULL);
	text_put(m->text, sizeof(m->text), text);
	m->proxy = *proxy_key_of(p);
	agenda_add(AGENDA_HEALTH);
}
