/* SPDX-License-Identifier: ISC */
/* Sources, as stored is told of them: see sources.h. */

#include <string.h>

#include "msg.h"
#include "sources.h"
#include "store_send.h"

static void
tell_text(const char *text, uint64_t size)
{
	struct source_text part;
	uint64_t at = 0;

	while (at < size) {
		at = source_text_part(&part, text, size, at);
		store_send(MSG_STORE_SOURCE_TEXT, &part);
	}
}

void
source_tell(const struct source *s)
{
	uint32_t i;

	store_send(MSG_STORE_SOURCE, &s->state);
	tell_text(s->text, s->state.size);
	for (i = 0; i < s->state.nscenarios; i++)
		store_send(MSG_STORE_SOURCE_SCENARIO, &s->scenarios[i]);
}

void
source_tell_gone(const struct source *s)
{
	const struct source_ref ref = { .id = s->state.id };

	store_send(MSG_STORE_SOURCE_GONE, &ref);
}

void
sources_tell(void)
{
	const struct source *s = NULL;

	while ((s = source_next(s)) != NULL)
		source_tell(s);
}
