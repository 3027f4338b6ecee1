/* SPDX-License-Identifier: ISC */
/*
 * Who asks, and for which tenant.  apid has no more of a token than its digest,
 * and can refuse by it; ctld, which is told the token with each request that
 * it gets, looks again.
 */

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "apid.h"
#include "crowds.h"
#include "failures.h"
#include "log.h"
#include "refusals.h"
#include "text_put.h"
#include "utf8.h"

#define TENANT_HEADER "X-Toxid-Tenant"
#define ALL_TENANTS "*"

/* ---- those who may */

static struct table {
	struct credential *all; /* by digest, as ctld says them */
	size_t n, room;
	enum callers_mode mode;
	uint32_t generation;
} now, next; /* zeros: nobody */

void
callers_begin(const struct api_callers *callers)
{
	free(next.all);
	next = (struct table){ .mode = (enum callers_mode)callers->mode };
	allowances_begin();
}

static void
make_room(struct table *t)
{
	if (t->n < t->room)
		return;
	t->room = 2 * t->room + 8;
	t->all = reallocarray(t->all, t->room, sizeof(*t->all));
	if (t->all == NULL)
		fatal("%s", __func__);
}

int
callers_add(const struct credential *c)
{
	if (next.n == CREDENTIALS_MAX ||
	    (next.n > 0 &&
		credential_compare_digests(&next.all[next.n - 1], c) >= 0))
		return -1;
	make_room(&next);
	next.all[next.n++] = *c;
	return 0;
}

void
callers_end(void)
{
	free(now.all);
	next.generation = now.generation + 1;
	now = next;
	next = (struct table){ .n = 0 };
	allowances_end();
	refusals_are_told(now.mode != CALLERS_ANYBODY);
	crowds_are_paced(callers_are_tenants());
}

int
callers_are_tenants(void)
{
	return now.mode == CALLERS_OF_TENANTS;
}

int
callers_put(const struct credential *c)
{
	struct credential *at = credentials_find(now.all, now.n, &c->digest);

	if (at != NULL) {
		*at = *c;
		return 0;
	}
	if (now.n == CREDENTIALS_MAX)
		return -1;
	make_room(&now);
	at = now.all + credentials_place(now.all, now.n, &c->digest);
	memmove(at + 1, at, (size_t)(now.all + now.n - at) * sizeof(*at));
	now.n++;
	*at = *c;
	return 0;
}

void
callers_remove(const struct token_digest *digest)
{
	struct credential *at = credentials_find(now.all, now.n, digest);

	if (at == NULL)
		return;
	now.n--;
	now.generation++; /* who came in by it is asked again */
	memmove(at, at + 1, (size_t)(now.all + now.n - at) * sizeof(*at));
}

void
callers_each(
    const char *tenant, void (*f)(const struct credential *, void *), void *arg)
{
	size_t i;

	for (i = 0; i < now.n; i++) {
		if (tenant == NULL || strcmp(now.all[i].tenant, tenant) == 0)
			f(&now.all[i], arg);
	}
}

/* Once in a minute, to whoever keeps it. */
static void
note_use(struct credential *c)
{
	const int64_t minute = credential_minute(time(NULL));

	if (c->name[0] == '\0' || c->last_used == minute ||
	    credential_is_user(c))
		return;
	c->last_used = minute;
	if (chan_send(&apid.ctld, MSG_API_TOKEN_USED, 0, &c->digest, -1) == -1)
		apid.has_ended = 1;
}

/* Nobody is told the others, whosever the file says that they are. */
static int
can_be_token(const char *text)
{
	return *text != '\0' && strlen(text) <= TOKEN_TEXT_MAX &&
	    utf8_is_text(text);
}

/*
 * How far a digest is like another tells nobody a token: whoever could make one
 * that begins as he likes could make the whole.
 */
static struct credential *
find(const char *token)
{
	const struct token_digest digest = token_digest_of(token);

	return credentials_find(now.all, now.n, &digest);
}

/* Whoever the kernel says it is, who has come by the socket. */
static struct credential *
find_user(const struct request *r)
{
	struct ucred user;

	if (now.mode != CALLERS_OF_TENANTS ||
	    client_user(r->connection, &user) == -1)
		return NULL;
	return credentials_find_user(now.all, now.n, user.uid, user.gid);
}

/* ---- the token of a request */

/*
 * RFC 9110: the scheme in any case, and blanks; a token has none in it.  NULL:
 * there is another scheme.
 */
static const char *
behind_scheme(const char *value)
{
	static const char scheme[] = "Bearer";
	size_t len = sizeof(scheme) - 1;

	if (strncasecmp(value, scheme, len) != 0 || value[len] != ' ')
		return NULL;
	return value + len + strspn(value + len, " ");
}

/* A field of the head, and how often it is there. */
struct field {
	const char *name, *value; /* NULL: it is not there */
	int n;
};

static enum MHD_Result
take_field(
    void *arg, enum MHD_ValueKind kind, const char *key, const char *value)
{
	struct field *f = arg;

	(void)kind;
	if (strcasecmp(key, f->name) == 0) {
		f->value = value != NULL ? value : "";
		f->n++;
	}
	return MHD_YES;
}

static struct field
field(const struct request *r, const char *name)
{
	struct field f = { .name = name };

	MHD_get_connection_values(
	    r->connection, MHD_HEADER_KIND, take_field, &f);
	return f;
}

const char *
request_header(const struct request *r, const char *name, int *n)
{
	struct field f = field(r, name);

	*n = f.n;
	return f.value;
}

/*
 * A copy, the caller's.  Of Basic credentials it is the password, whoever the
 * user is: a client that is given no more than a URL can bring that.
 */
static char *
given_token(const struct request *r)
{
	struct field f = field(r, MHD_HTTP_HEADER_AUTHORIZATION);
	char *password = NULL;
	const char *given;

	if (f.n != 1) /* of two, who stands between may have taken the other */
		return NULL;
	if ((given = behind_scheme(f.value)) != NULL)
		return strdup(given);
	free(MHD_basic_auth_get_username_password(r->connection, &password));
	return password;
}

/* As ctld is told with each thing that this request asks of it. */
static void
name_caller(struct request *r, const char *token, const struct credential *c)
{
	struct api_caller *said;
	struct ucred user;

	if ((r->caller = calloc(1, sizeof(*r->caller))) == NULL)
		fatal("%s", __func__);
	said = &r->caller->said;
	text_put(said->token, sizeof(said->token), token);
	text_put(said->request_id, sizeof(said->request_id), r->id);
	request_peer(r, &said->peer);
	r->caller->client = client_user(r->connection, &user);
	if (c != NULL)
		r->caller->digest = c->digest;
}

void
callers_drop(struct request *r)
{
	if (r->caller != NULL)
		explicit_bzero(r->caller, sizeof(*r->caller));
	free(r->caller);
	r->caller = NULL;
	r->ask.caller = NULL;
}

/*
 * Whose it is, in force or not, and why not if it is nobody's.  A token that
 * the request has counts instead of who brings it.
 */
static struct credential *
look_up(struct request *r, const char *token, enum refusal *why)
{
	if (token != NULL && can_be_token(token)) {
		*why = REFUSAL_WRONG_TOKEN;
		return find(token);
	}
	*why = REFUSAL_BAD_TOKEN;
	if (token != NULL || field(r, MHD_HTTP_HEADER_AUTHORIZATION).n > 0)
		return NULL;
	*why = REFUSAL_NO_TOKEN;
	return find_user(r);
}

/* 0: the request has no token that counts, and is no user's. */
static int
know(struct request *r, enum refusal *why)
{
	char *token = given_token(r);
	struct credential *c = look_up(r, token, why);

	name_caller(
	    r, token != NULL && *why == REFUSAL_WRONG_TOKEN ? token : "", c);
	if (c != NULL && credential_counts(c, time(NULL))) {
		note_use(c);
		r->credential = *c;
		r->is_known = 1;
		r->ask.caller = r->caller;
	} else if (token != NULL) {
		r->held_until = clock_now() +
		    failures_add(client_address(r->connection), clock_now());
	}
	if (token != NULL)
		explicit_bzero(token, strlen(token));
	free(token);
	return r->is_known;
}

/* Probes cannot carry one. */
static int
is_open(const struct request *r)
{
	return (r->action->flags & ACTION_OPEN) != 0 ||
	    (now.mode == CALLERS_OF_TENANTS &&
		(r->action->flags & ACTION_PUBLIC) != 0);
}

/* ---- for which tenant */

static int
refuse_tenant(struct request *r, int status, const char *why)
{
	reply_error(r, status, TENANT_HEADER ": %s", why);
	return 0;
}

/* What one administrator sees of all is lists. */
static int
take_all_tenants(struct request *r)
{
	if ((r->action->flags & ACTION_OF_ALL) == 0 &&
	    ((r->action->flags & ACTION_CHANGES) != 0 ||
		strchr(r->route->path, '{') != NULL))
		return refuse_tenant(
		    r, 400, "all tenants have lists in common, and no more");
	r->is_for_all = 1;
	return 1;
}

static int
act_for(struct request *r, const char *tenant)
{
	int is_admin = r->credential.role == CALLER_ADMIN;

	if (is_admin && strcmp(tenant, ALL_TENANTS) == 0)
		return take_all_tenants(r);
	if (*tenant != '\0' && !tenant_name_is_good(tenant))
		return refuse_tenant(r, 400, "no tenant has such a name");
	if (!is_admin && strcmp(tenant, r->credential.tenant) != 0) {
		refuse_tenant(
		    r, 403, "only an administrator acts for another tenant");
		refusal(r, REFUSAL_OTHER_TENANT, tenant);
		return 0;
	}
	/* to its end: what is behind a text crosses no boundary */
	memset(r->key.tenant, 0, sizeof(r->key.tenant));
	memcpy(r->key.tenant, tenant, strlen(tenant));
	return 1;
}

static int
choose_tenant(struct request *r)
{
	struct field f = field(r, TENANT_HEADER);

	memcpy(r->key.tenant, r->credential.tenant, sizeof(r->key.tenant));
	if (f.n > 1)
		return refuse_tenant(r, 400, "it is there twice");
	if (f.n == 0 && r->credential.role == CALLER_ADMIN &&
	    (r->action->flags & ACTION_OF_ALL) != 0)
		return take_all_tenants(r);
	return f.n == 0 || act_for(r, f.value);
}

const char *
request_tenant(const struct request *r)
{
	return r->is_for_all ? NULL : r->key.tenant;
}

int
request_may_see(const struct request *r, const char *tenant)
{
	return r->is_known &&
	    (r->credential.role == CALLER_ADMIN ||
		strcmp(tenant, r->credential.tenant) == 0);
}

int
request_may_name_tenants(const struct request *r)
{
	return r->credential.role == CALLER_ADMIN &&
	    field(r, TENANT_HEADER).n == 0;
}

/* ---- all of it */

/* Whoever comes is an administrator, where nobody has to be known. */
static int
is_known(struct request *r, enum refusal *why)
{
	if (now.mode != CALLERS_ANYBODY)
		return know(r, why);
	r->credential = (struct credential){ .role = CALLER_ADMIN };
	r->is_known = 1;
	return 1;
}

/* 1, or 0 and it has replied. */
static int
guard(struct request *r)
{
	enum refusal why = REFUSAL_NO_TOKEN;

	if (!is_known(r, &why)) {
		if (is_open(r)) {
			r->held_until = 0;
			return 1;
		}
		reply_error(r, 401, "missing or invalid auth token");
		reply_header(r, MHD_HTTP_HEADER_WWW_AUTHENTICATE, "Bearer");
		refusal(r, why, NULL);
		return 0;
	}
	if (!choose_tenant(r))
		return 0;
	if (r->credential.role != CALLER_READER ||
	    (r->action->flags & ACTION_CHANGES) == 0)
		return 1;
	reply_error(r, 403, "this token may only read");
	refusal(r, REFUSAL_READS_ONLY, NULL);
	return 0;
}

int
guard_caller(struct request *r)
{
	r->callers = now.generation;
	return guard(r);
}

/* It came in when others might ask, or before its token's time was over. */
int
guard_caller_again(struct request *r)
{
	if (r->callers == now.generation &&
	    (!r->is_known || credential_counts(&r->credential, time(NULL))))
		return 1;
	callers_drop(r);
	r->is_known = r->is_for_all = 0;
	r->credential = (struct credential){ .role = CALLER_READER };
	memset(r->key.tenant, 0, sizeof(r->key.tenant));
	return guard_caller(r);
}
