/* SPDX-License-Identifier: ISC */
/* What may fail of a profile, before anything of it is done: see prepare.h. */

#include "agreed.h"
#include "change.h"
#include "losses.h"
#include "owned.h"
#include "prepare.h"
#include "proxies.h"
#include "toxic_list.h"
#include "toxic_owner.h"

/* A toxic that stays has the name of one that would come: that one; or NULL. */
static const struct toxic_spec *
in_the_way(const struct change *ch, const struct proxy *p)
{
	const struct toxic_spec *other;
	const struct toxic *t;

	TAILQ_FOREACH (t, &ch->toxics, entry) {
		other = toxic_named(p, t->spec->name);
		if (other != NULL && toxic_owner_kind(other) != OWNER_PROFILE)
			return other;
	}
	return NULL;
}

/* How many of its toxics cannot be had here, and why the last of them not. */
static uint32_t
count_lacking(
    const struct change *ch, const struct proxy *p, enum answer_code *why)
{
	const struct toxic *t;
	enum answer_code code;
	uint32_t n = 0;

	TAILQ_FOREACH (t, &ch->toxics, entry) {
		if ((code = loss_allowed(p, t->spec)) == ANSWER_OK)
			continue;
		*why = code;
		n++;
	}
	return n;
}

/* A network without its loss is more of that network than none. */
static enum answer_code
leave_lacking_out(struct change *ch, const struct proxy *p)
{
	struct toxics out = TAILQ_HEAD_INITIALIZER(out);
	enum answer_code why = ANSWER_OK;
	const uint32_t n = count_lacking(ch, p, &why);
	struct toxic *t, *next;

	if (n == ch->ntoxics)
		return why;
	for (t = TAILQ_FIRST(&ch->toxics); n > 0 && t != NULL; t = next) {
		next = TAILQ_NEXT(t, entry);
		if (loss_allowed(p, t->spec) == ANSWER_OK)
			continue;
		TAILQ_REMOVE(&ch->toxics, t, entry);
		TAILQ_INSERT_TAIL(&out, t, entry);
	}
	toxics_free(&out);
	ch->ntoxics -= n;
	ch->nlisted -= n;
	return ANSWER_OK;
}

enum answer_code
prepare_profile(struct change *ch)
{
	struct proxy *p = proxy_find(change_key(ch));
	const struct toxic_spec *other;
	enum answer_code code;
	uint32_t gone;

	if (p == NULL)
		return ANSWER_NO_PROXY;
	gone = owned_count(p, OWNER_PROFILE);
	if (gone == 0 && ch->ntoxics == 0)
		return ANSWER_NO_PROFILE;
	if ((code = leave_lacking_out(ch, p)) != ANSWER_OK)
		return code;
	if ((other = in_the_way(ch, p)) != NULL) {
		toxic_spec_copy(&ch->answer.spec, other);
		return ANSWER_TOXIC_EXISTS;
	}
	if (ch->ntoxics > toxics_room(p) + gone)
		return ANSWER_TOO_MANY;
	if ((code = change_count_toxics(ch, ch->ntoxics, gone)) != ANSWER_OK)
		return code;
	ch->proxy = p;
	return change_agree_toxics(ch);
}
