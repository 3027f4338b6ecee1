/* SPDX-License-Identifier: ISC */
/* See refusals.h; how many of them there are does not matter: see tally.h. */

#include <stdio.h>
#include <string.h>

#include "apid.h"
#include "refusals.h"
#include "tally.h"
#include "text_put.h"

static int are_told;

void
refusals_are_told(int is_so)
{
	are_told = is_so;
}

/* ---- one */

/*
 * Without a query, in which there may be what is nobody's business; and no
 * more than is seen.
 */
static void
say_request(const struct request *r, char text[REFUSED_REQUEST_MAX + 1])
{
	const char *path = request_path(r);

	snprintf(text, REFUSED_REQUEST_MAX + 1, "%s %.*s", r->method,
	    (int)strcspn(path, "?#"), path);
	for (; *text != '\0'; text++) {
		if (*text < ' ' || *text > '~')
			*text = '?';
	}
}

/* Pages are refused before anybody looks at who it is. */
static struct api_refused
describe(const struct request *r, enum refusal why, const char *tenant)
{
	struct api_refused said = { .why = why, .times = 1 };

	if (r->caller != NULL) {
		said.by = r->caller->said;
	} else {
		memcpy(said.by.request_id, r->id, sizeof(r->id));
		request_peer(r, &said.by.peer);
	}
	if (tenant != NULL)
		text_put(said.tenant, sizeof(said.tenant), tenant);
	say_request(r, said.request);
	return said;
}

static struct likeness
likeness_of(const struct request *r, enum refusal why)
{
	struct likeness like = { .why = why };

	memcpy(
	    like.address, client_address(r->connection), sizeof(like.address));
	if (r->caller != NULL)
		like.digest = r->caller->digest;
	return like;
}

/* Also where who was to do it has died: it is no reason to say nothing. */
static void
is_written(struct ask *a, const struct answer *answer)
{
	struct request *r = request_of(a);

	(void)answer;
	if (!r->is_suspended)
		return;
	r->deadline = r->held_until;
	if (clock_now() >= r->held_until)
		request_wake(r);
}

void
refusal(struct request *r, enum refusal why, const char *tenant)
{
	struct likeness like;
	struct api_refused said;
	struct ucred user;

	if (!are_told && why != REFUSAL_CALLS)
		return;
	like = likeness_of(r, why);
	said = describe(r, why, tenant);
	if (tally_add(&like, &said, clock_now())) {
		r->ask.answered = is_written;
		ask_refused(&r->ask, &said, client_user(r->connection, &user));
	}
	explicit_bzero(&said, sizeof(said));
}

/* ---- many */

/* Nobody waits for it. */
void
refusals_tick(int64_t now)
{
	struct api_refused said;
	struct ask unheard;

	while (tally_next(&said, now)) {
		unheard = (struct ask){ .id = 0 };
		ask_refused(&unheard, &said, -1);
		ask_forget(&unheard);
		explicit_bzero(&said, sizeof(said));
	}
}

int
refusals_wait(void)
{
	return tally_waits();
}

/* As if a second had gone by. */
void
refusals_end(void)
{
	refusals_tick(clock_now() + NS_PER_S);
}
