/* SPDX-License-Identifier: ISC */
/*
 * The change itself: one request, from its arrival to its answer.  Whose turn
 * it is, and what it comes to, is said elsewhere: changes.c, requests.c.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "agreed.h"
#include "change.h"
#include "child.h"
#include "lease.h"
#include "scenario.h"
#include "tenant_limits.h"
#include "msg.h"
#include "names.h"
#include "own_toxics.h"
#include "proxies.h"
#include "proxy_spec.h"
#include "requests.h"
#include "state.h"
#include "store.h"
#include "tenants.h"
#include "toxic_list.h"
#include "toxic_owner.h"
#include "toxic_spec.h"
#include "usage.h"

/*
 * So many at once, of some 4 KB each.  apid has one for each of its clients,
 * mostly; one that has been taken over would have as many as memory can hold.
 */
#define CHANGES_MAX 16384
struct change_counts change_counts;

struct change *
change_new(const struct request *request, uint32_t id, struct child *asker)
{
	struct change *ch;

	if ((ch = calloc(1, sizeof(*ch))) == NULL)
		return NULL;
	ch->request = request;
	ch->id = id;
	ch->asker = asker;
	ch->fd = -1;
	TAILQ_INIT(&ch->toxics);
	change_counts.n++;
	return ch;
}

int
change_counts_for_tenant(struct change *ch)
{
	ch->usage = usage_for(change_key(ch)->tenant);
	if (ch->usage == NULL)
		return -1;
	usage_more(ch->usage, USAGE_CHANGES, 1);
	return 0;
}

static int
may_have(const struct change *ch, enum usage_of what, uint32_t n, uint32_t all)
{
	return ch->usage == NULL || usage_allows(ch->usage, what, n, all);
}

/* The tenant's own; 0: it has none, nor has what is the file's. */
static uint64_t
limit_of(const struct change *ch, enum limit which)
{
	return ch->usage != NULL ? limits_of(ch->usage->tenant, which) : 0;
}

/* What is the file's is counted, and not refused. */
static int
is_over(struct change *ch, enum limit which, uint64_t n)
{
	const uint64_t most = limit_of(ch, which);

	if (most == 0 || n <= most)
		return 0;
	ch->answer.limit = (uint8_t)which;
	ch->answer.limit_value = most;
	return 1;
}

/* It is counted already. */
enum answer_code
changes_are_too_many(const struct change *ch)
{
	if (change_counts.n > CHANGES_MAX)
		return ANSWER_NO_MEMORY;
	return may_have(ch, USAGE_CHANGES, 0, CHANGES_MAX)
	    ? ANSWER_OK
	    : ANSWER_TENANT_CHANGES;
}

/* Of a question to a child; 0 is never used. */
uint32_t
change_serial(void)
{
	if (++change_counts.last_serial == STORE_LAPSE)
		change_counts.last_serial = 1; /* and not 0, either */
	return change_counts.last_serial;
}

/* One more there may be: ANSWER_OK, or why not. */
enum answer_code
change_count_proxy(struct change *ch)
{
	const uint32_t all = (uint32_t)ctld.options.max_proxies;

	if (ch->usage != NULL &&
	    is_over(ch, LIMIT_OF_PROXIES,
		(uint64_t)ch->usage->n[USAGE_PROXIES] + 1))
		return ANSWER_OVER_LIMIT;

	if (proxies.n >= all)
		return ANSWER_TOO_MANY_PROXIES;
	return may_have(ch, USAGE_PROXIES, 1, all) ? ANSWER_OK
						   : ANSWER_TENANT_PROXIES;
}

/*
 * So many toxics there will be, also while others are being stored: ANSWER_OK,
 * or why not.  Those that go by the same change are there until it happens, and
 * are counted: where no more come than go nothing is in the way, not even what
 * has been lowered since.
 */
enum answer_code
change_count_toxics(struct change *ch, uint32_t come, uint32_t go)
{
	const uint32_t n = come > go ? come - go : 0;

	if (n == 0)
		return ANSWER_OK;
	if (ch->usage != NULL &&
	    is_over(
		ch, LIMIT_OF_TOXICS, (uint64_t)ch->usage->n[USAGE_TOXICS] + n))
		return ANSWER_OVER_LIMIT;
	if (proxies.ntoxics + own_toxics_count() + change_counts.toxics_to_be +
		n >
	    TOXICS_MAX)
		return ANSWER_TOO_MANY_TOXICS;
	if (!may_have(ch, USAGE_TOXICS, n, TOXICS_MAX))
		return ANSWER_TENANT_TOXICS;
	ch->ntoxics_to_be = n;
	change_counts.toxics_to_be += n;
	if (ch->usage != NULL)
		usage_more(ch->usage, USAGE_TOXICS, n);
	return ANSWER_OK;
}

/* losses.c has seen that there are so many. */
void
change_count_programs(struct change *ch, unsigned int n)
{
	ch->nprograms_to_be += n;
	change_counts.programs_to_be += n;
}

/* They are in the truth, or will not be. */
void
change_uncount_toxics(struct change *ch)
{
	change_counts.toxics_to_be -= ch->ntoxics_to_be;
	if (ch->usage != NULL)
		usage_less(ch->usage, USAGE_TOXICS, ch->ntoxics_to_be);
	ch->ntoxics_to_be = 0;
	change_counts.programs_to_be -= ch->nprograms_to_be;
	ch->nprograms_to_be = 0;
}

/* For good is longer than anything. */
enum answer_code
change_lease_allowed(struct change *ch, int64_t lease)
{
	const uint64_t ms =
	    lease == LEASE_FOR_GOOD ? UINT64_MAX : (uint64_t)lease;

	return is_over(ch, LIMIT_OF_LEASE_MAX, ms) ? ANSWER_OVER_LIMIT
						   : ANSWER_OK;
}

/* Where only the maximum is said, nothing is made that would be there longer.
 */
int64_t
change_lease_unasked(const struct change *ch)
{
	const uint64_t ms = limit_of(ch, LIMIT_OF_LEASE_DEFAULT);

	return (int64_t)(ms != 0 ? ms : limit_of(ch, LIMIT_OF_LEASE_MAX));
}

/* How many names of `listen` resolvd looks up at once. */
static uint32_t
lookups_max(void)
{
	static uint32_t max;
	struct rlimit rl;

	if (max != 0)
		return max;
	max = LISTEN_LOOKUPS_MAX;
	if (getrlimit(RLIMIT_NOFILE, &rl) == 0 &&
	    rl.rlim_max / LISTEN_LOOKUPS_PART < max)
		max = (uint32_t)(rl.rlim_max / LISTEN_LOOKUPS_PART);
	return max;
}

/* Without tenants those that are more wait for their turn. */
enum answer_code
change_count_name(struct change *ch)
{
	if (ch->usage == NULL || ch->looks_up)
		return ANSWER_OK;
	if (tenants_now()->n > 0 &&
	    !may_have(ch, USAGE_NAMES, 1, lookups_max()))
		return ANSWER_TENANT_NAMES;
	ch->looks_up = 1;
	usage_more(ch->usage, USAGE_NAMES, 1);
	return ANSWER_OK;
}

void
change_uncount_name(struct change *ch)
{
	if (ch->looks_up)
		usage_less(ch->usage, USAGE_NAMES, 1);
	ch->looks_up = 0;
}

/* What was prepared must have been done or undone; nobody is answered. */
void
change_free(struct change *ch)
{
	if (ch->request->forget != NULL)
		ch->request->forget(ch);
	names_forget(&ch->waiter);
	change_uncount_name(ch);
	change_uncount_toxics(ch);
	toxics_free(&ch->toxics);
	if (ch->usage != NULL)
		usage_less(ch->usage, USAGE_CHANGES, 1);
	free(ch->spec);
	free(ch);
	change_counts.n--;
}

static int
names_what_it_is_about(const struct change *ch)
{
	return ch->request->is_of_tenant || ch->request->is_of_sessions ||
	    ch->request->is_of_all || ch->request->type == MSG_DESIRED_SHOW ||
	    ch->request->find != NULL || change_key(ch)->name[0] != '\0';
}

/* Whose payload is what an honest apid asks. */
struct change *
change_read(
    const struct request *request, const struct msg *m, struct child *asker)
{
	struct change *ch = change_new(request, m->id, asker);

	if (ch == NULL)
		return NULL; /* ENOMEM */
	if (request->get(ch, m) == 0 && names_what_it_is_about(ch))
		return ch;
	change_free(ch);
	errno = EBADMSG;
	return NULL;
}

const struct proxy_key *
change_key(const struct change *ch)
{
	return ch->request->proxy(ch);
}

enum answer_code
change_allowed(const struct change *ch)
{
	if (!ch->is_asked)
		return ANSWER_OK;
	return caller_may(&ch->caller, ch->request, change_key(ch));
}

int
change_makes_a_proxy(const struct change *ch)
{
	return ch->request->makes_a_proxy;
}

const struct session_id *
change_session(const struct change *ch)
{
	static const struct session_id none;

	switch (ch->request->type) {
	case MSG_SCENARIO_CREATE:
	case MSG_SCENARIO_DELETE:
		return &none;
	case MSG_TOXIC_CREATE:
		return &ch->u.toxic_create.session;
	case MSG_PROXY_PROFILE:
		return &ch->u.profile.session;
	default:
		return &ch->u.create.session;
	}
}

/*
 * The endpoint whose address this change has to know before it can be
 * prepared; NULL: none.  The stage says what for: the wording depends on it.
 */
const struct endpoint *
change_endpoint(const struct change *ch, enum answer_stage *stage)
{
	return ch->request->endpoint != NULL ? ch->request->endpoint(ch, stage)
					     : NULL;
}

static int
kind_is_offered(uint8_t kind)
{
	return ctld.options.debug_toxics ||
	    toxic_schema((enum toxic_kind)kind)->whose != OF_DEBUG;
}

/* May a toxic like this be on a proxy?  Whose it is is another question. */
int
change_toxic_is_offered(const struct toxic_spec *spec)
{
	return spec->name[0] != '\0' && kind_is_offered(spec->kind) &&
	    lease_may_be_asked(spec->lease);
}

static int
is_there(const struct toxics *toxics, const char *name)
{
	const struct toxic *t;

	TAILQ_FOREACH (t, toxics, entry) {
		if (strcmp(t->spec->name, name) == 0)
			return 1;
	}
	return 0;
}

/* What comes by a profile is that profile's, a scenario's is of a step. */
static int
is_listed(const struct change *ch, const struct toxic_spec *spec)
{
	char owner[TOXIC_OWNER_MAX + 1];

	if (ch->request->type == MSG_SCENARIO_CREATE)
		return scenario_may_have(&ch->u.scenario, &ch->toxics, spec);
	if (is_there(&ch->toxics, spec->name))
		return 0;
	if (ch->request->type != MSG_PROXY_PROFILE)
		return toxic_owner_kind(spec) != OWNER_SCENARIO;
	owner_text(OWNER_PROFILE, ch->u.profile.name, owner);
	return strcmp(toxic_owner(spec), owner) == 0;
}

/*
 * 1: that was its last toxic; 0: more are to come; -1: it may not be there; -2:
 * no memory
 */
int
change_read_toxic(struct change *ch, const struct msg *m)
{
	const struct toxic_spec *spec = msg_get_toxic_spec(m);

	if (ch == NULL || m->id != ch->id || !change_toxic_is_offered(spec) ||
	    !is_listed(ch, spec))
		return -1;
	if (toxics_add(&ch->toxics, spec) == -1)
		return -2;
	return ++ch->ntoxics == ch->nlisted;
}
