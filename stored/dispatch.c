/* SPDX-License-Identifier: ISC */
/*
 * What ctld says; what it should not say ends this process.  All changes that
 * have come are committed together, and answered when they are.
 */

#include <string.h>

#include "child.h"
#include "stored.h"
#include "text_put.h"

/* Changes of one commit; the next ones go into the next. */
#define BATCH_MAX 256

static struct batch {
	int is_begun;
	uint32_t ids[BATCH_MAX]; /* of the changes in it that are whole */
	size_t n;
} batch;

/* The change whose steps are coming, and what has become of them. */
static struct change {
	int is_begun;
	int is_whole_truth; /* it began with STORE_CLEAR */
	struct store_result result;
} change;

/*
 * Does the database hold what ctld believes it does?  Not before it has been
 * loaded, or all of it has been said anew: nothing is added to something else.
 */
static int is_synced;

/* Found out once, and so until the whole truth comes: that mends it. */
static int is_damaged;

static void
answer(uint32_t id, const struct store_result *result)
{
	if (result->code == STORE_CORRUPT)
		is_damaged = 1;
	if (chan_send(&stored.ctld, MSG_STORED, id, result, -1) == -1)
		stored.has_ended = 1;
}

/* ---- a commit */

static int
batch_begin(struct store_result *result)
{
	if (batch.is_begun)
		return 0;
	if (database_open(result) == -1 || database_begin(result) == -1)
		return -1;
	batch.is_begun = 1;
	return 0;
}

/* Not in the middle of a change. */
static void
batch_end(void)
{
	struct store_result result = { .code = STORE_OK };
	size_t i;

	if (!batch.is_begun || change.is_begun)
		return;
	database_commit(&result);
	if (change.is_whole_truth)
		is_synced = result.code == STORE_OK;
	for (i = 0; i < batch.n; i++)
		answer(batch.ids[i], &result);
	batch.is_begun = 0;
	batch.n = 0;
}

/* ---- a change, step by step */

static void
change_begin(int is_whole_truth)
{
	struct change *c = &change;

	memset(c, 0, sizeof(*c));
	c->is_begun = 1;
	c->is_whole_truth = is_whole_truth;
	if (!is_synced && !is_whole_truth) {
		c->result.code = STORE_FAILED;
		text_put(c->result.why, sizeof(c->result.why),
		    "the database is not what it should be");
		return;
	}
	if (batch_begin(&c->result) == 0)
		database_change_begin(&c->result);
}

/* Once a step has failed, the others come to nothing. */
static int
change_goes_on(void)
{
	if (!change.is_begun)
		change_begin(0);
	return change.result.code == STORE_OK;
}

static int
on_clear(struct msg *m)
{
	struct store_result result = { .code = STORE_OK };

	(void)m;
	batch_end();
	is_synced = 0;
	if (!is_damaged && database_open(&result) == -1)
		is_damaged = result.code == STORE_CORRUPT;
	if (is_damaged)
		database_put_aside();
	is_damaged = 0;
	change_begin(1);
	if (change_goes_on())
		database_clear(&change.result);
	return 0;
}

static int
on_populated(struct msg *m)
{
	(void)m;
	if (change_goes_on())
		database_populated(&change.result);
	return 0;
}

static int
on_proxy(struct msg *m)
{
	const struct store_proxy *p = msg_get_store_proxy(m);

	if (change_goes_on())
		database_proxy(p, &change.result);
	return 0;
}

static int
on_proxy_gone(struct msg *m)
{
	const struct proxy_key *proxy = msg_get_proxy_key(m);

	if (change_goes_on())
		database_proxy_gone(proxy, &change.result);
	return 0;
}

static int
on_toxic(struct msg *m)
{
	const struct toxic_create *t = msg_get_toxic_create(m);

	if (change_goes_on())
		database_toxic(t, &change.result);
	return 0;
}

static int
on_toxic_gone(struct msg *m)
{
	const struct toxic_name *name = msg_get_toxic_name(m);

	if (change_goes_on())
		database_toxic_gone(name, &change.result);
	return 0;
}

static int
on_toxics_gone(struct msg *m)
{
	const struct proxy_key *proxy = msg_get_proxy_key(m);

	if (change_goes_on())
		database_toxics_gone(proxy, &change.result);
	return 0;
}

static int
on_scenario(struct msg *m)
{
	const struct scenario_spec *s = msg_get_scenario_spec(m);

	if (change_goes_on())
		database_scenario(s, &change.result);
	return 0;
}

static int
on_scenario_toxic(struct msg *m)
{
	const struct toxic_create *t = msg_get_toxic_create(m);

	if (change_goes_on())
		database_scenario_toxic(t, &change.result);
	return 0;
}

static int
on_scenario_gone(struct msg *m)
{
	const struct proxy_key *proxy = msg_get_proxy_key(m);

	if (change_goes_on())
		database_scenario_gone(proxy, &change.result);
	return 0;
}

static int
on_token(struct msg *m)
{
	const struct credential *c = msg_get_credential(m);

	if (change_goes_on())
		database_token(c, &change.result);
	return 0;
}

static int
on_token_gone(struct msg *m)
{
	const struct token_name *name = msg_get_token_name(m);

	if (change_goes_on())
		database_token_gone(name, &change.result);
	return 0;
}

static int
on_halt(struct msg *m)
{
	const struct halt *h = msg_get_halt(m);

	if (change_goes_on())
		database_halt(h, &change.result);
	return 0;
}

static int
on_halt_gone(struct msg *m)
{
	const struct halt *h = msg_get_halt(m);

	if (change_goes_on())
		database_halt_gone(h, &change.result);
	return 0;
}

static int
on_source(struct msg *m)
{
	const struct source_state *s = msg_get_source_state(m);

	if (change_goes_on())
		database_source(s, &change.result);
	return 0;
}

static int
on_source_text(struct msg *m)
{
	const struct source_text *part = msg_get_source_text(m);

	if (change_goes_on())
		database_source_text(part, &change.result);
	return 0;
}

static int
on_source_scenario(struct msg *m)
{
	const struct source_scenario *s = msg_get_source_scenario(m);

	if (change_goes_on())
		database_source_scenario(s, &change.result);
	return 0;
}

static int
on_source_gone(struct msg *m)
{
	const struct source_ref *ref = msg_get_source_ref(m);

	if (change_goes_on())
		database_source_gone(ref, &change.result);
	return 0;
}

static int
on_events(struct msg *m)
{
	const struct event_block *block = msg_get_event_block(m);

	if (change_goes_on())
		database_event_block(block, &change.result);
	return 0;
}

/*
 * A change that failed is answered at once.  Where SQLite has given up the
 * whole transaction for it, the others in it will fail at the commit.
 */
static int
on_commit(struct msg *m)
{
	struct change *c = &change;

	if (change_goes_on() && database_change_end(&c->result) == 0) {
		c->is_begun = 0;
		batch.ids[batch.n++] = m->id;
		if (batch.n == BATCH_MAX || c->is_whole_truth)
			batch_end();
		return 0;
	}
	if (batch.is_begun)
		database_change_undo();
	c->is_begun = 0;
	answer(m->id, &c->result);
	return 0;
}

/* ---- the others */

static void
say_token(const struct credential *c)
{
	if (chan_send(&stored.ctld, MSG_STORED_TOKEN, 0, c, -1) == -1)
		stored.has_ended = 1;
}

static void
say_halt(const struct halt *h)
{
	if (chan_send(&stored.ctld, MSG_STORED_HALT, 0, h, -1) == -1)
		stored.has_ended = 1;
}

static void
say_source(const struct source_state *s)
{
	if (chan_send(&stored.ctld, MSG_STORED_SOURCE, 0, s, -1) == -1)
		stored.has_ended = 1;
}

static void
say_source_text(const struct source_text *part)
{
	if (chan_send(&stored.ctld, MSG_STORED_SOURCE_TEXT, 0, part, -1) == -1)
		stored.has_ended = 1;
}

static void
say_source_scenario(const struct source_scenario *s)
{
	if (chan_send(&stored.ctld, MSG_STORED_SOURCE_SCENARIO, 0, s, -1) == -1)
		stored.has_ended = 1;
}

static void
say_proxy(const struct stored_proxy *p)
{
	if (chan_send(&stored.ctld, MSG_STORED_PROXY, 0, p, -1) == -1)
		stored.has_ended = 1;
}

static void
say_toxic(const struct toxic_create *t)
{
	if (chan_send(&stored.ctld, MSG_STORED_TOXIC, 0, t, -1) == -1)
		stored.has_ended = 1;
}

static void
say_scenario(const struct scenario_spec *s)
{
	if (chan_send(&stored.ctld, MSG_STORED_SCENARIO, 0, s, -1) == -1)
		stored.has_ended = 1;
}

static void
say_scenario_toxic(const struct toxic_create *t)
{
	if (chan_send(&stored.ctld, MSG_STORED_SCENARIO_TOXIC, 0, t, -1) == -1)
		stored.has_ended = 1;
}

static int
on_load(struct msg *m)
{
	static const struct told told = { say_token, say_halt, say_source,
		say_source_text, say_source_scenario, say_proxy, say_toxic,
		say_scenario, say_scenario_toxic };
	struct store_result result = { .code = STORE_OK };

	if (database_open(&result) == 0 && database_load(&told, &result) == 0)
		is_synced = 1;
	answer(m->id, &result);
	return 0;
}

enum {
	EMPTY = 0x1,  /* knows nothing of the database yet */
	SYNCED = 0x2, /* between changes */
	CHANGES = 0x4,
	ANY_STATE = EMPTY | SYNCED | CHANGES
};

static unsigned int
state(void)
{
	if (change.is_begun)
		return CHANGES;
	return is_synced ? SYNCED : EMPTY;
}

static const struct handler from_ctld[MSG_MAX] = {
	[MSG_PING] = { child_on_ping, ANY_STATE },
	[MSG_STORE_LOAD] = { on_load, EMPTY },
	[MSG_STORE_CLEAR] = { on_clear, EMPTY | SYNCED },
	[MSG_STORE_POPULATED] = { on_populated, ANY_STATE },
	[MSG_STORE_PROXY] = { on_proxy, ANY_STATE },
	[MSG_STORE_PROXY_GONE] = { on_proxy_gone, ANY_STATE },
	[MSG_STORE_TOXIC] = { on_toxic, ANY_STATE },
	[MSG_STORE_TOXIC_GONE] = { on_toxic_gone, ANY_STATE },
	[MSG_STORE_TOXICS_GONE] = { on_toxics_gone, ANY_STATE },
	[MSG_STORE_SCENARIO] = { on_scenario, ANY_STATE },
	[MSG_STORE_SCENARIO_TOXIC] = { on_scenario_toxic, ANY_STATE },
	[MSG_STORE_SCENARIO_GONE] = { on_scenario_gone, ANY_STATE },
	[MSG_STORE_TOKEN] = { on_token, ANY_STATE },
	[MSG_STORE_TOKEN_GONE] = { on_token_gone, ANY_STATE },
	[MSG_STORE_HALT] = { on_halt, ANY_STATE },
	[MSG_STORE_HALT_GONE] = { on_halt_gone, ANY_STATE },
	[MSG_STORE_SOURCE] = { on_source, ANY_STATE },
	[MSG_STORE_SOURCE_TEXT] = { on_source_text, ANY_STATE },
	[MSG_STORE_SOURCE_SCENARIO] = { on_source_scenario, ANY_STATE },
	[MSG_STORE_SOURCE_GONE] = { on_source_gone, ANY_STATE },
	[MSG_STORE_EVENTS] = { on_events, ANY_STATE },
	[MSG_STORE_COMMIT] = { on_commit, ANY_STATE },
};

/* What has come by now shares a commit. */
void
ctld_readable(void)
{
	if (child_receive(&stored.ctld, from_ctld, state) == -1)
		stored.has_ended = 1;
	batch_end();
}
