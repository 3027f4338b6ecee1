/* SPDX-License-Identifier: ISC */
/* /profiles and /proxies/{proxy}/profile: see profiles.h. */

#include <stdlib.h>
#include <string.h>

#include "apid.h"
#include "log.h"
#include "profiles.h"
#include "sessions.h"
#include "text_put.h"
#include "values.h"

/* ---- what there is */

/* Does it lose segments?  NULL does not. */
static int
loses(const struct profile *p)
{
	size_t i;

	for (i = 0; p != NULL && i < p->ntoxics; i++) {
		if (toxic_spec_needs_program(&p->toxics[i]))
			return 1;
	}
	return 0;
}

void
encode_missing(FILE *f)
{
	fputs(",\"missing\":[\"tcp_loss\"]", f);
}

/* The toxics that it has here. */
static void
encode_those_here(FILE *f, const struct profile *p)
{
	const int lacks = *lacks_for_loss() != '\0';
	const char *comma = "";
	size_t i;

	for (i = 0; i < p->ntoxics; i++) {
		if (lacks && toxic_spec_needs_program(&p->toxics[i]))
			continue;
		fputs(comma, f);
		encode_toxic(f, &p->toxics[i]);
		comma = ",";
	}
}

static void
encode_profile(FILE *f, const struct profile *p)
{
	fputs("{\"name\":", f);
	encode_string(f, p->name);
	fputs(",\"description\":", f);
	encode_string(f, p->does);
	fputs(",\"source\":", f);
	encode_string(f, p->source);
	fputs(",\"toxics\":[", f);
	encode_those_here(f, p);
	fputc(']', f);
	if (p->loss[0] != '\0')
		fprintf(f, ",\"loss_percent\":%s", p->loss);
	if (loses(p) && *lacks_for_loss() != '\0')
		encode_missing(f);
	fputc('}', f);
}

void
profile_index(struct request *r)
{
	const struct profile *p;
	struct writer w;
	size_t i;

	writer_open(&w);
	fputc('[', w.f);
	for (i = 0; (p = profiles_nth(i)) != NULL; i++) {
		if (i > 0)
			fputc(',', w.f);
		encode_profile(w.f, p);
	}
	fputc(']', w.f);
	reply_json(r, 200, &w);
}

/* ---- what a proxy has */

static int
is_of_profile(const struct toxic *t)
{
	return toxic_owner_kind(t->spec) == OWNER_PROFILE;
}

/* "3g", of the first that there is; NULL: the proxy has none. */
static const char *
name_of(const struct proxy *p)
{
	const struct toxic *t;
	int i;

	for (i = 0; i < STREAM_MAX; i++) {
		TAILQ_FOREACH (t, &p->toxics[i], entry) {
			if (is_of_profile(t))
				return toxic_owner_name(t->spec);
		}
	}
	return NULL;
}

/* Returns whether one of them loses segments. */
static int
encode_theirs(FILE *f, const struct proxy *p)
{
	const char *comma = "";
	int lose = 0;
	const struct toxic *t;
	int i;

	for (i = 0; i < STREAM_MAX; i++) {
		TAILQ_FOREACH (t, &p->toxics[i], entry) {
			if (!is_of_profile(t))
				continue;
			fputs(comma, f);
			encode_toxic(f, t->spec);
			comma = ",";
			lose |= toxic_spec_needs_program(t->spec);
		}
	}
	return lose;
}

/* As they are now: some may have been changed, or taken away, by themselves. */
static void
show(struct request *r, const struct proxy *p)
{
	const char *name = name_of(p);
	struct writer w;
	int lose;

	if (name == NULL) {
		reply_error(r, 404, "the proxy has no profile");
		return;
	}
	writer_open(&w);
	fputs("{\"name\":", w.f);
	encode_string(w.f, name);
	fputs(",\"toxics\":[", w.f);
	lose = encode_theirs(w.f, p);
	fputc(']', w.f);
	if (lose ? *lacks_for_loss() != '\0' : loses(profiles_find(name)))
		encode_missing(w.f);
	fputc('}', w.f);
	reply_json(r, 200, &w);
}

void
profile_show(struct request *r)
{
	const struct proxy *p = request_proxy(r);

	if (p != NULL)
		show(r, p);
}

/* ---- another, or none */

static void
answered(struct ask *a, const struct answer *answer)
{
	struct request *r = request_of(a);
	const struct proxy *p = replica_by_id(answer->proxy_id);

	if (answer->code == ANSWER_TOXIC_EXISTS)
		reply_error(
		    r, 409, "toxic already exists: %s", answer->spec.name);
	else if (answer->code != ANSWER_OK)
		reply_answer(r, answer);
	else if (p == NULL)
		reply_error(r, 404, "proxy not found");
	else
		show(r, p);
	request_wake(r);
}

static int
find(const struct object *o, const char *name, const struct profile **found)
{
	const char *near;

	if ((*found = profiles_find(name)) != NULL)
		return 0;
	near = profiles_meant(name);
	failure_set(o->f, 400, "there is no profile \"%s\"%s%s%s", name,
	    near != NULL ? ": did you mean \"" : "", near != NULL ? near : "",
	    near != NULL ? "\"?" : "");
	failure_at(o->f, "name");
	return -1;
}

/* {"name": "3g", "ttl": 60000} */
static int
decode(const struct object *o, const struct profile **p, int64_t *lease)
{
	char name[OWNER_NAME_MAX + 1] = "";
	int given, has_lease;

	if (expect_object(o->json, "", o->f) == -1 ||
	    get_text(o, "name", name, OWNER_NAME_MAX, &given) == -1 ||
	    get_ttl(o, lease, &has_lease) == -1)
		return -1;
	if (name[0] == '\0')
		return missing("name", "", o->f);
	return find(o, name, p);
}

static void
ask_for(struct request *r, const struct profile *p, int64_t lease,
    const struct session_id *session)
{
	struct proxy_profile profile = { .proxy = r->key,
		.session = *session,
		.ntoxics = (uint32_t)p->ntoxics };
	struct toxic_spec *toxics = calloc(p->ntoxics, sizeof(*toxics));
	size_t i;

	if (toxics == NULL)
		fatal("%s", __func__);
	text_put(profile.name, sizeof(profile.name), p->name);
	for (i = 0; i < p->ntoxics; i++) {
		toxics[i] = p->toxics[i];
		toxics[i].lease = lease;
	}
	r->ask.answered = answered;
	ask_profile(&r->ask, &profile, toxics);
	free(toxics);
}

void
profile_apply(struct request *r)
{
	struct object o = { .path = "" };
	const struct profile *p = NULL;
	struct session_id session;
	struct failure f;
	int64_t lease = 0;
	int decoded;

	o.f = &f;
	if (!request_names_fit(r) || !request_session(r, &session) ||
	    (o.json = request_json(r)) == NULL)
		return;
	decoded = decode(&o, &p, &lease);
	json_decref(o.json);
	if (decoded == -1)
		reply_failure_about(r, &f);
	else
		ask_for(r, p, lease, &session);
}

void
profile_remove(struct request *r)
{
	const struct proxy_profile none = { .proxy = r->key };

	if (!request_names_fit(r))
		return;
	r->ask.answered = request_answered;
	ask_profile(&r->ask, &none, NULL);
}
