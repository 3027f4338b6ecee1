/* SPDX-License-Identifier: ISC */
/* See tenants.h. */

#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "msg.h"
#include "tenants.h"

static struct tenants now;
static int are_new; /* to the journal */

/* ---- being read */

const struct tenant *
tenants_find(const struct tenants *tenants, const char *name)
{
	size_t i;

	for (i = 0; i < tenants->n; i++) {
		if (strcmp(tenants->all[i].name, name) == 0)
			return &tenants->all[i];
	}
	return NULL;
}

int
tenants_add(struct tenants *tenants, const struct tenant *t)
{
	struct tenant *more;

	if (tenants->n == TENANTS_MAX || tenants_find(tenants, t->name) != NULL)
		return -1;
	more = reallocarray(tenants->all, tenants->n + 1, sizeof(*more));
	if (more == NULL)
		return -2;
	tenants->all = more;
	tenants->all[tenants->n++] = *t;
	return 0;
}

/* For so many more tokens. */
static int
make_room(struct tenants *tenants, size_t more)
{
	size_t room = tenants->ncredentials + more;
	struct credential *all;

	if (room <= tenants->room)
		return 0;
	all = reallocarray(tenants->credentials, room, sizeof(*all));
	if (all == NULL)
		return -1;
	tenants->credentials = all;
	tenants->room = room;
	return 0;
}

/* Of the last tenant: its reader says them in the order of the file. */
int
tenants_add_credential(struct tenants *tenants, const struct credential *c)
{
	if (tenants->n == 0 || c->is_stored || c->last_used != 0 ||
	    strcmp(tenants->all[tenants->n - 1].name, c->tenant) != 0 ||
	    tenants->ncredentials == CREDENTIALS_MAX)
		return -1;
	if (make_room(tenants, 1) == -1)
		return -2;
	tenants->credentials[tenants->ncredentials++] = *c;
	return 0;
}

int
tenants_end(struct tenants *tenants)
{
	struct credential *c = tenants->credentials;
	size_t i;

	if (tenants->ncredentials == 0)
		return 0;
	qsort(c, tenants->ncredentials, sizeof(*c), credential_compare_digests);
	for (i = 1; i < tenants->ncredentials; i++) {
		if (credential_compare_digests(&c[i - 1], &c[i]) == 0)
			return -1;
	}
	return 0;
}

void
tenants_free(struct tenants *tenants)
{
	free(tenants->all);
	free(tenants->credentials);
	*tenants = (struct tenants){ .n = 0 };
}

/* ---- policies */

static uint32_t
next_free(uint8_t taken[TENANTS_MAX + 1])
{
	uint32_t id = POLICY_NAMELESS + 1;

	while (taken[id])
		id++;
	taken[id] = 1;
	return id;
}

/* There are as many as there may be tenants: those that stay leave enough. */
void
tenants_keep_policies(struct tenants *tenants, uint32_t ids[TENANTS_MAX + 1])
{
	uint8_t taken[TENANTS_MAX + 1] = { [POLICY_NAMELESS] = 1 };
	const struct tenant *was;
	size_t i;

	ids[0] = POLICY_NAMELESS;
	for (i = 0; i < tenants->n; i++) {
		was = tenants_find(&now, tenants->all[i].name);
		ids[i + 1] = was != NULL ? was->policy_id : POLICY_NAMELESS;
		taken[ids[i + 1]] = 1;
	}
	for (i = 0; i < tenants->n; i++) {
		if (ids[i + 1] == POLICY_NAMELESS)
			ids[i + 1] = next_free(taken);
		tenants->all[i].policy_id = ids[i + 1];
	}
}

uint32_t
tenants_policy(const char *name)
{
	const struct tenant *t;

	if (*name == '\0')
		return POLICY_NAMELESS;
	t = tenants_find(&now, name);
	return t != NULL ? t->policy_id : POLICIES_MAX - 1;
}

int
tenants_have(const char *name)
{
	return *name == '\0' || tenants_find(&now, name) != NULL;
}

uint32_t
tenants_npolicies(void)
{
	uint32_t most = POLICY_NAMELESS;
	size_t i;

	for (i = 0; i < now.n; i++) {
		if (now.all[i].policy_id > most)
			most = now.all[i].policy_id;
	}
	return most + 1;
}

/* ---- tokens that were in no file */

void
tenants_log_dropped(const struct credential *c, const char *why)
{
	log_event(LOG_WARN, "A token that the API made is dropped",
	    LOG_STR("tenant", c->tenant), LOG_STR("token", c->name),
	    LOG_STR("reason", why));
}

/* When a token of the file was used, no file says. */
static void
keep_uses(struct tenants *tenants)
{
	struct credential *c = tenants->credentials;
	const struct credential *was;
	size_t i;

	for (i = 0; i < tenants->ncredentials; i++, c++) {
		was = tenants_credential(&c->digest);
		if (was != NULL && credential_compare_names(was, c) == 0)
			c->last_used = was->last_used;
	}
}

/* The file's, by their names and by their digests. */
struct files {
	const struct tenants *tenants;
	void *by_name; /* tsearch(3) */
	size_t n;
};

static const char *
why_to_drop(const struct files *files, const struct credential *c)
{
	const struct tenants *t = files->tenants;

	if (tenants_find(t, c->tenant) == NULL)
		return TENANT_IS_GONE;
	if (tfind(c, &files->by_name, credential_compare_names) != NULL ||
	    credentials_find(t->credentials, files->n, &c->digest) != NULL)
		return TOKEN_IS_FILES;
	return NULL;
}

static void
add_stored(struct tenants *tenants, const struct files *files)
{
	const struct credential *c;
	const char *why;

	for (c = now.credentials; c < now.credentials + now.ncredentials; c++) {
		if (!c->is_stored)
			continue;
		if ((why = why_to_drop(files, c)) != NULL)
			tenants_log_dropped(c, why);
		else
			tenants->credentials[tenants->ncredentials++] = *c;
	}
}

static void
leave(void *credential)
{
	(void)credential; /* it is in an array */
}

int
tenants_inherit(struct tenants *tenants)
{
	struct files files = { .tenants = tenants, .n = tenants->ncredentials };
	size_t i;
	int r = 0;

	if (now.ncredentials == 0)
		return 0;
	if (make_room(tenants, now.ncredentials) == -1)
		return -1;
	for (i = 0; i < files.n && r == 0; i++) {
		if (tsearch(&tenants->credentials[i], &files.by_name,
			credential_compare_names) == NULL)
			r = -1;
	}
	if (r == 0) {
		keep_uses(tenants);
		add_stored(tenants, &files);
	}
	tdestroy(files.by_name, leave);
	return r == 0 ? tenants_end(tenants) : -1;
}

/* ---- those that count */

static int
is_same(const void *a, const void *b, size_t n, size_t size)
{
	return n == 0 || memcmp(a, b, n * size) == 0;
}

int
tenants_take(struct tenants *tenants)
{
	if (tenants->n == now.n && tenants->ncredentials == now.ncredentials &&
	    is_same(tenants->all, now.all, now.n, sizeof(*now.all)) &&
	    is_same(tenants->credentials, now.credentials, now.ncredentials,
		sizeof(*now.credentials))) {
		tenants_free(tenants);
		return 0;
	}
	tenants_free(&now);
	now = *tenants;
	*tenants = (struct tenants){ .n = 0 };
	are_new = 1;
	return 1;
}

const struct tenants *
tenants_now(void)
{
	return &now;
}

const struct credential *
tenants_credential(const struct token_digest *digest)
{
	return credentials_find(now.credentials, now.ncredentials, digest);
}

const struct credential *
tenants_user(uint32_t uid, uint32_t gid)
{
	return credentials_find_user(
	    now.credentials, now.ncredentials, uid, gid);
}

/* ---- one of them */

const struct credential *
tenants_token(const char *tenant, const char *name, size_t *n)
{
	const struct credential *c, *found = NULL;
	size_t i, of_tenant = 0;

	for (i = 0; i < now.ncredentials; i++) {
		c = &now.credentials[i];
		if (strcmp(c->tenant, tenant) != 0)
			continue;
		of_tenant += !credential_is_user(c);
		if (strcmp(c->name, name) == 0)
			found = c;
	}
	if (n != NULL)
		*n = of_tenant;
	return found;
}

int
tenants_token_room(void)
{
	return make_room(&now, TENANTS_MAX);
}

void
tenants_token_add(const struct credential *c)
{
	struct credential *at = now.credentials +
	    credentials_place(now.credentials, now.ncredentials, &c->digest);

	memmove(at + 1, at,
	    (size_t)(now.credentials + now.ncredentials - at) * sizeof(*at));
	*at = *c;
	now.ncredentials++;
}

void
tenants_token_remove(const struct token_digest *digest)
{
	struct credential *at =
	    credentials_find(now.credentials, now.ncredentials, digest);

	now.ncredentials--;
	memmove(at, at + 1,
	    (size_t)(now.credentials + now.ncredentials - at) * sizeof(*at));
}

void
tenants_drop_stored(void)
{
	size_t i, n = 0;

	for (i = 0; i < now.ncredentials; i++) {
		if (!now.credentials[i].is_stored)
			now.credentials[n++] = now.credentials[i];
	}
	now.ncredentials = n;
}

int
tenants_token_used(const struct token_digest *digest, int64_t at)
{
	struct credential *c =
	    credentials_find(now.credentials, now.ncredentials, digest);

	if (c == NULL)
		return -1;
	if (c->last_used == at)
		return 0;
	c->last_used = at;
	return 1;
}

/* ---- for who follows */

int
tenants_are_new(void)
{
	int were_new = are_new;

	are_new = 0;
	return were_new;
}

static int
is_sound(enum payload_tag tag, const void *row, size_t size)
{
	union msg_payload payload;

	memcpy(&payload, row, size);
	return payload_is_sound(tag, &payload);
}

/* The last parts count. */
int
tenants_load(const void *bytes, size_t size)
{
	struct tenant t;
	size_t at;

	tenants_free(&now);
	if (size % sizeof(t) != 0)
		return -1;
	for (at = 0; at < size; at += sizeof(t)) {
		memcpy(&t, (const uint8_t *)bytes + at, sizeof(t));
		if (!is_sound(PAYLOAD_tenant, &t, sizeof(t)) ||
		    tenants_add(&now, &t) != 0)
			return -1;
	}
	return 0;
}

/* Behind the tenants: those of any of them. */
int
tenants_load_credentials(const void *bytes, size_t size)
{
	struct credential *c;
	size_t i;

	if (size % sizeof(*c) != 0)
		return -1;
	now.ncredentials = 0;
	if (size == 0)
		return 0;
	if (make_room(&now, size / sizeof(*c)) == -1)
		return -1;
	memcpy(now.credentials, bytes, size);
	now.ncredentials = size / sizeof(*c);
	for (i = 0; i < now.ncredentials; i++) {
		c = &now.credentials[i];
		if (!is_sound(PAYLOAD_credential, c, sizeof(*c)) ||
		    tenants_find(&now, c->tenant) == NULL)
			return -1;
	}
	return tenants_end(&now);
}

/* One more, or as it is from there on. */
int
tenants_load_token(const void *bytes, size_t size)
{
	struct credential c;

	if (size != sizeof(c))
		return -1;
	memcpy(&c, bytes, size);
	if (!is_sound(PAYLOAD_credential, &c, sizeof(c)) ||
	    tenants_find(&now, c.tenant) == NULL)
		return -1;
	if (tenants_credential(&c.digest) != NULL)
		tenants_token_remove(&c.digest);
	if (tenants_token(c.tenant, c.name, NULL) != NULL ||
	    tenants_token_room() == -1)
		return -1;
	tenants_token_add(&c);
	return 0;
}

int
tenants_load_token_gone(const void *bytes, size_t size)
{
	struct token_digest digest;

	if (size != sizeof(digest))
		return -1;
	memcpy(&digest, bytes, size);
	if (tenants_credential(&digest) == NULL)
		return -1;
	tenants_token_remove(&digest);
	return 0;
}
