/* SPDX-License-Identifier: ISC */
/* The etcd of a fleet, asked one thing after another. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fleet_store.h"
#include "fleet_wire.h"

static int
no_memory(const struct fleet_store *s)
{
	fail(s->ctl, NULL, "no memory");
	return -1;
}

/* It is away, or has no leader: another member may do better. */
static int
is_of_member(const struct etcd_answer *answer)
{
	return answer->status >= 500;
}

/* 0, or -1: nobody answers, and it has been said. */
static int
ask_members(struct fleet_store *s, const char *path, const char *ask,
    struct etcd_answer *answer)
{
	const char *why = NULL;
	char first[512] = "";
	size_t tried;

	for (tried = 0; tried < s->at.n; tried++) {
		why = fleet_wire_ask(
		    s->wire, s->at.url[s->now], path, s->token, ask, answer);
		if (why == NULL && !is_of_member(answer))
			return 0;
		if (*first == '\0')
			snprintf(first, sizeof(first), "%.200s: %.250s",
			    s->at.url[s->now],
			    why != NULL ? why : "it has no leader, or is busy");
		s->now = (s->now + 1) % s->at.n;
	}
	if (why == NULL) /* the last one's words are etcd's own */
		return 0;
	fail(s->ctl, NULL, "%s", first);
	return -1;
}

/* Another token, by the password. */
static int
authenticate(struct fleet_store *s)
{
	char *ask = etcd_authenticate(s->user, s->password);
	struct etcd_answer answer;
	struct etcd_error e;
	int rc;

	free(s->token);
	s->token = NULL;
	rc = ask_members(s, ETCD_AUTHENTICATE, ask, &answer);
	if (ask != NULL)
		explicit_bzero(ask, strlen(ask));
	free(ask);
	if (rc == -1)
		return -1;
	if (etcd_read_token(&answer, &s->token, &e) == 0)
		return 0;
	fail(
	    s->ctl, NULL, "etcd does not take user %s: %s", s->user, e.message);
	return -1;
}

/* Takes ask.  What came is read by the caller: 0, or -1 and it is said. */
static int
ask_etcd(struct fleet_store *s, const char *path, char *ask,
    struct etcd_answer *answer)
{
	struct etcd_header header;
	struct etcd_error e;
	int rc;

	if (ask == NULL)
		return no_memory(s);
	rc = s->user != NULL && s->token == NULL ? authenticate(s) : 0;
	if (rc == 0)
		rc = ask_members(s, path, ask, answer);
	/* A token has its time. */
	if (rc == 0 && s->user != NULL &&
	    etcd_read_done(answer, &header, &e) == -1 && etcd_wants_token(&e) &&
	    (rc = authenticate(s)) == 0)
		rc = ask_members(s, path, ask, answer);
	free(ask);
	return rc;
}

static int
refused(const struct fleet_store *s, const struct etcd_error *e)
{
	fail(s->ctl, NULL, "etcd: %s%s", e->message,
	    etcd_wants_token(e) && s->user == NULL
		? ": it wants a --user and a --password-file"
		: "");
	return -1;
}

int
fleet_list(struct fleet_store *s, const struct etcd_range *range,
    struct etcd_list *list)
{
	struct etcd_answer answer;
	struct etcd_error e;

	memset(list, 0, sizeof(*list));
	if (ask_etcd(s, ETCD_RANGE, etcd_range(range), &answer) == -1)
		return -1;
	return etcd_read_list(&answer, list, &e) == 0 ? 0 : refused(s, &e);
}

int
fleet_list_below(struct fleet_store *s, char *beginning, int64_t revision,
    int keys_only, struct etcd_list *list)
{
	char *end = beginning != NULL ? etcd_range_end(beginning) : NULL;
	const struct etcd_range range = { .key = beginning,
		.end = end,
		.revision = revision,
		.keys_only = keys_only };
	int rc;

	memset(list, 0, sizeof(*list));
	rc = end != NULL ? fleet_list(s, &range, list) : no_memory(s);
	free(end);
	free(beginning);
	return rc;
}

int
fleet_put(struct fleet_store *s, const char *key, const char *value,
    int64_t *revision)
{
	struct etcd_answer answer;
	struct etcd_header header;
	struct etcd_error e;

	if (ask_etcd(s, ETCD_PUT, etcd_put(key, value, strlen(value), 0),
		&answer) == -1)
		return -1;
	if (etcd_read_done(&answer, &header, &e) == -1)
		return refused(s, &e);
	*revision = header.revision;
	return 0;
}

int
fleet_txn(
    struct fleet_store *s, struct etcd_txn *txn, int64_t *revision, int *done)
{
	struct etcd_answer answer;
	struct etcd_header header;
	struct etcd_error e;

	if (ask_etcd(s, ETCD_TXN, etcd_txn_text(txn), &answer) == -1)
		return -1;
	if (etcd_read_txn(&answer, &header, done, &e) == -1)
		return refused(s, &e);
	*revision = header.revision;
	return 0;
}
