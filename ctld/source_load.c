/* SPDX-License-Identifier: ISC */
/* See source_load.h. */

#include <stdlib.h>
#include <string.h>

#include "msg.h"
#include "source_load.h"
#include "sources.h"

/* The one that is not whole yet. */
static struct {
	int is_on;
	struct source_state state;
	char *text;
	uint64_t size; /* so much of it has come */
	struct source_scenario *scenarios;
	uint32_t nscenarios;
} reading;

int
source_load_is_on(void)
{
	return reading.is_on;
}

void
source_load_forget(void)
{
	free(reading.text);
	free(reading.scenarios);
	memset(&reading, 0, sizeof(reading));
}

static int
is_whole(void)
{
	return reading.size == reading.state.size &&
	    reading.nscenarios == reading.state.nscenarios;
}

static int
enter_if_whole(void)
{
	struct source *s;

	if (!is_whole())
		return 0;
	s = source_new(&reading.state, reading.text, reading.scenarios);
	memset(&reading, 0, sizeof(reading));
	if (s == NULL)
		return -2;
	if (source_is_ambiguous(s)) {
		source_free(s);
		return -1;
	}
	source_enter(s);
	return 0;
}

int
source_load_begin(const struct source_state *state)
{
	const struct source *same = source_find(state->of.tenant, state->name);

	if (reading.is_on || !source_has_room(state) ||
	    (same != NULL && same->state.id != state->id))
		return -1;
	reading.state = *state;
	reading.text = malloc((size_t)state->size + 1);
	reading.scenarios =
	    calloc((size_t)state->nscenarios + 1, sizeof(*reading.scenarios));
	reading.is_on = 1;
	if (reading.text != NULL && reading.scenarios != NULL)
		return enter_if_whole();
	source_load_forget();
	return -2;
}

int
source_load_goes_on(const void *bytes, size_t n)
{
	if (!reading.is_on || n == 0 || n > reading.state.size - reading.size)
		return -1;
	memcpy(reading.text + reading.size, bytes, n);
	reading.size += n;
	return enter_if_whole();
}

int
source_load_lists(const struct source_scenario *scenario)
{
	if (!reading.is_on || reading.size < reading.state.size ||
	    scenario->source != reading.state.id)
		return -1;
	reading.scenarios[reading.nscenarios++] = *scenario;
	return enter_if_whole();
}

/* ---- the journal */

static int
went(int r)
{
	return r == 0 ? 0 : -1;
}

int
source_load(const void *bytes, size_t n)
{
	union msg_payload payload;

	if (n != sizeof(payload.source_state))
		return -1;
	memcpy(&payload.source_state, bytes, n);
	return payload_is_sound(PAYLOAD_source_state, &payload)
	    ? went(source_load_begin(&payload.source_state))
	    : -1;
}

int
source_load_text(const void *bytes, size_t n)
{
	return memchr(bytes, '\0', n) == NULL
	    ? went(source_load_goes_on(bytes, n))
	    : -1;
}

int
source_load_scenario(const void *bytes, size_t n)
{
	union msg_payload payload;

	if (n != sizeof(payload.source_scenario))
		return -1;
	memcpy(&payload.source_scenario, bytes, n);
	return payload_is_sound(PAYLOAD_source_scenario, &payload)
	    ? went(source_load_lists(&payload.source_scenario))
	    : -1;
}

int
source_load_gone(const void *bytes, size_t n)
{
	struct source *s;
	uint32_t id;

	if (reading.is_on || n != sizeof(id))
		return -1;
	memcpy(&id, bytes, n);
	if ((s = source_by_id(id)) != NULL) /* else it went before */
		source_remove(s);
	return 0;
}
