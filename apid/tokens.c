/* SPDX-License-Identifier: ISC */
/*
 * /tokens: those of a tenant.  One that is made here is shown once; ctld is
 * told its digest.
 */

#include <search.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "apid.h"
#include "log.h"
#include "token_text.h"
#include "values.h"

/* ---- GET */

/* By their names: there are few, or an administrator waits. */
struct list {
	void *by_name; /* tsearch(3) */
	FILE *f;
	const char *comma;
	int has_tenants; /* of more than one */
};

static void
list_one(const struct credential *c, void *arg)
{
	struct list *list = arg;

	if (credential_is_user(c))
		return;
	if (tsearch(c, &list->by_name, credential_compare_names) == NULL)
		fatal("%s", __func__);
}

/* What is the same of a token whenever it is shown. */
static void
encode_token(FILE *f, const struct credential *c, int has_tenant)
{
	struct proxy_key key = no_proxy_key;

	memcpy(key.tenant, c->tenant, sizeof(key.tenant));
	memcpy(key.name, c->name, sizeof(c->name));
	fputs("{\"name\":", f);
	encode_key(f, &key, has_tenant);
	fprintf(f, ",\"role\":\"%s\",\"expires\":", caller_role_name(c->role));
	encode_time(f, c->expires);
}

static void
show_one(const void *node, VISIT which, void *arg)
{
	const struct credential *c = *(const struct credential *const *)node;
	struct list *list = arg;

	if (which != postorder && which != leaf)
		return;
	fputs(list->comma, list->f);
	list->comma = ",";
	encode_token(list->f, c, list->has_tenants);
	fputs(",\"last_used\":", list->f);
	encode_time(list->f, c->last_used);
	fprintf(list->f, ",\"of_file\":%s}", c->is_stored ? "false" : "true");
}

static void
leave(void *credential)
{
	(void)credential; /* it is in a table */
}

void
token_index(struct request *r)
{
	struct list list = { .comma = "", .has_tenants = r->is_for_all };
	struct writer w;

	callers_each(request_tenant(r), list_one, &list);
	writer_open(&w);
	list.f = w.f;
	fputc('[', w.f);
	twalk_r(list.by_name, show_one, &list);
	fputs("]\n", w.f);
	tdestroy(list.by_name, leave);
	reply_json(r, 200, &w);
}

/* Who has no name has no tokens; whether there is another, ctld says. */
static int
is_of_somebody(struct request *r)
{
	if (r->key.tenant[0] == '\0')
		reply_error(r, 404, "tenant not found");
	return r->key.tenant[0] != '\0';
}

/* ---- POST */

/* Until it has been shown. */
struct made {
	struct credential row;
	char text[TOKEN_MADE_MAX + 1];
};

static void
forget(void *work)
{
	explicit_bzero(work, sizeof(struct made));
	free(work);
}

static void
created(struct ask *a, const struct answer *answer)
{
	struct request *r = request_of(a);
	const struct made *made = r->work;
	struct writer w;

	if (answer->code != ANSWER_OK) {
		reply_answer(r, answer);
	} else {
		writer_open(&w);
		encode_token(w.f, &made->row, 0);
		fprintf(w.f, ",\"token\":\"%s\"}\n", made->text);
		reply_json(r, 201, &w);
		reply_header(r, "Cache-Control", "no-store");
	}
	request_wake(r);
}

static int
bad(struct failure *f, const char *member, const char *why)
{
	failure_set(f, 400, "bad request body: %.64s: %s", member, why);
	failure_at(f, member);
	return -1;
}

/* A misspelt "expires" would be a token for ever. */
static int
refuse_others(json_t *json, struct failure *f)
{
	const char *key;
	json_t *value;

	json_object_foreach(json, key, value)
	{
		(void)value;
		if (strcasecmp(key, "name") != 0 &&
		    strcasecmp(key, "role") != 0 &&
		    strcasecmp(key, "expires") != 0)
			return bad(f, key, "unknown key");
	}
	return 0;
}

static int
check(struct credential *row, const char *role, const char *expires,
    int has_expires, struct failure *f)
{
	if (!tenant_name_is_good(row->name))
		return bad(f, "name",
		    "it has to be of letters, digits, '-', '_' and '.', with "
		    "no dot first");
	if (caller_role_of(role, &row->role) == -1)
		return bad(
		    f, "role", "must be \"admin\", \"tenant\" or \"reader\"");
	if (!has_expires)
		return 0;
	row->expires = time_of_text(expires);
	if (row->expires == 0)
		return bad(f, "expires",
		    "expected a time in UTC, as 2027-01-31T00:00:00Z");
	if (!credential_counts(row, time(NULL)))
		return bad(f, "expires", "that time is over");
	return 0;
}

static int
decode(struct credential *row, json_t *json, struct failure *f)
{
	const struct object o = { .json = json, .path = "", .f = f };
	char role[16] = "tenant", expires[64] = "";
	int given, has_expires;

	if (expect_object(json, "", f) == -1 || refuse_others(json, f) == -1 ||
	    get_text(&o, "name", row->name, CREDENTIAL_NAME_MAX, &given) ==
		-1 ||
	    get_text(&o, "role", role, sizeof(role) - 1, &given) == -1 ||
	    get_text(&o, "expires", expires, sizeof(expires) - 1,
		&has_expires) == -1)
		return -1;
	return check(row, role, expires, has_expires, f);
}

void
token_create(struct request *r)
{
	struct made *made;
	struct failure f;
	json_t *json;

	if (!is_of_somebody(r) || (json = request_json(r)) == NULL)
		return;
	if ((made = calloc(1, sizeof(*made))) == NULL)
		fatal("%s", __func__);
	r->work = made;
	r->work_free = forget;
	if (decode(&made->row, json, &f) == -1) {
		reply_failure(r, &f);
	} else {
		if (token_make(made->text) == -1)
			fatal("%s", __func__);
		made->row.digest = token_digest_of(made->text);
		made->row.is_stored = 1;
		memcpy(made->row.tenant, r->key.tenant, sizeof(r->key.tenant));
		r->ask.answered = created;
		ask(&r->ask, MSG_TOKEN_CREATE, &made->row);
	}
	json_decref(json);
}

/* ---- DELETE */

void
token_delete(struct request *r)
{
	struct token_name name = { .name = "" };

	if (!is_of_somebody(r))
		return;
	if (!tenant_name_is_good(r->proxy)) {
		reply_error(r, 404, "token not found");
		return;
	}
	memcpy(name.tenant, r->key.tenant, sizeof(name.tenant));
	memcpy(name.name, r->key.name, sizeof(name.name));
	r->ask.answered = request_answered;
	ask(&r->ask, MSG_TOKEN_DELETE, &name);
}
