/* SPDX-License-Identifier: ISC */
/* See model_desired.h. */

#include <stdlib.h>
#include <string.h>

#include "agreed.h"
#include "model_desired.h"

/* The one that is on its way, and then the one that is there. */
static struct {
	uint32_t id; /* of the request; 0: nothing is on its way */
	struct desired_put put;
	char *text;
	uint64_t ntext;
	uint32_t nproxies, nscenarios;
	uint32_t ntoxics; /* still to come, of the last of them */
	int is_there;
} source;

void
model_desired_begin(void)
{
	free(source.text);
	memset(&source, 0, sizeof(source));
}

int
model_is_desired(enum msg_type type)
{
	return type == MSG_DESIRED_PUT || type == MSG_DESIRED_TEXT ||
	    type == MSG_DESIRED_PROXY || type == MSG_DESIRED_SCENARIO ||
	    type == MSG_DESIRED_TOXIC || type == MSG_DESIRED_SHOW;
}

static void
begin(const struct msg *m)
{
	must(source.id == 0);
	model_desired_begin();
	source.id = m->id;
	source.put = *msg_get_desired_put(m);
	must(strcmp(source.put.source, SOURCE_CONFIG_NAME) != 0);
	must((source.text = calloc(1, source.put.size + 1)) != NULL);
}

/* Each comes in its order. */
static void
take_piece(const struct msg *m)
{
	const struct source_text *part;

	if (m->type == MSG_DESIRED_TEXT) {
		part = msg_get_source_text(m);
		must(part->n <= source.put.size - source.ntext);
		memcpy(source.text + source.ntext, part->bytes, part->n);
		source.ntext += part->n;
		return;
	}
	must(source.ntext == source.put.size);
	if (m->type == MSG_DESIRED_TOXIC) {
		must(source.ntoxics-- > 0);
		return;
	}
	must(source.ntoxics == 0);
	if (m->type == MSG_DESIRED_PROXY) {
		must(source.nproxies++ < source.put.nproxies);
		must(source.nscenarios == 0);
		source.ntoxics = msg_get_proxy_create(m)->ntoxics;
	} else {
		must(source.nproxies == source.put.nproxies);
		must(source.nscenarios++ < source.put.nscenarios);
		source.ntoxics = msg_get_scenario_spec(m)->ntoxics;
	}
}

static int
is_whole(void)
{
	return source.ntext == source.put.size && source.ntoxics == 0 &&
	    source.nproxies == source.put.nproxies &&
	    source.nscenarios == source.put.nscenarios;
}

static void
say_source(struct chan *apid, uint32_t id)
{
	struct source_state state = { .of = source.put.of,
		.size = source.put.size,
		.id = SOURCE_CONFIG + 1,
		.nscenarios = source.put.nscenarios };

	memcpy(state.name, source.put.source, sizeof(state.name));
	memcpy(
	    state.generation, source.put.generation, sizeof(state.generation));
	chan_send(apid, MSG_API_SOURCE, id, &state, -1);
}

static void
say_text(struct chan *apid, uint32_t id)
{
	struct source_text part;
	uint64_t at;

	for (at = 0; at < source.put.size; at += part.n) {
		memset(&part, 0, sizeof(part));
		part.n = source.put.size - at < SOURCE_PART_MAX
		    ? (uint32_t)(source.put.size - at)
		    : SOURCE_PART_MAX;
		memcpy(part.bytes, source.text + at, part.n);
		chan_send(apid, MSG_API_SOURCE_TEXT, id, &part, -1);
	}
}

static void
say_fault(struct chan *apid, uint32_t id, uint8_t code)
{
	struct desired_fault fault = { .item = code % 4,
		.is_scenario = code % 2,
		.field = code % DESIRED_FIELD_MAX,
		.why = "is refused" };

	if (code % 8 == 0)
		fault.item = DESIRED_NO_ITEM;
	chan_send(apid, MSG_API_DESIRED_FAULT, id, &fault, -1);
}

static int
answer(struct chan *apid, uint32_t id, enum answer_code code)
{
	struct answer a = { .code = code };

	chan_send(apid, MSG_ANSWER, id, &a, -1);
	return 1;
}

/* It may be refused before all of it has been said. */
static int
put(struct chan *apid, enum model_mood mood, uint8_t code)
{
	const uint32_t id = source.id;
	const struct desired_done done = { .made = code };

	if (mood == MODEL_REFUSES &&
	    code % ANSWER_CODE_MAX > ANSWER_UNCHANGED) {
		source.id = 0;
		source.put.size = 0;
		say_source(apid, id);
		say_fault(apid, id, code);
		return answer(apid, id, code % ANSWER_CODE_MAX);
	}
	if (!is_whole())
		return 0;
	source.id = 0;
	source.is_there = !source.put.is_removal;
	chan_send(apid, MSG_API_DESIRED_DONE, id, &done, -1);
	return answer(apid, id, ANSWER_OK);
}

static int
show(struct chan *apid, const struct msg *m)
{
	const struct desired_show *wanted = msg_get_desired_show(m);
	const int is_it = source.is_there && source.id == 0 &&
	    strcmp(wanted->source, source.put.source) == 0;

	if (wanted->source[0] != '\0' && !is_it)
		return answer(apid, m->id, ANSWER_NO_SOURCE);
	if (source.is_there && source.id == 0)
		say_source(apid, m->id);
	if (is_it)
		say_text(apid, m->id);
	return answer(apid, m->id, ANSWER_OK);
}

int
model_desired(
    struct chan *apid, const struct msg *m, enum model_mood mood, uint8_t code)
{
	if (m->type == MSG_DESIRED_SHOW)
		return mood != MODEL_IS_SILENT && show(apid, m);
	if (m->type == MSG_DESIRED_PUT)
		begin(m);
	else if (m->id != source.id)
		return 0; /* of one that has been refused */
	else
		take_piece(m);
	return mood != MODEL_IS_SILENT && put(apid, mood, code);
}
