/* SPDX-License-Identifier: ISC */
/* What may fail of a profile, before anything of it is done: see prepare.h. */

#include "agreed.h"
#include "change.h"
#include "prepare.h"
#include "profile.h"
#include "proxies.h"
#include "toxic_owner.h"

/* A toxic that stays has the name of one that would come: that one; or NULL. */
static const struct toxic *
in_the_way(const struct change *ch, const struct proxy *p)
{
	const struct toxic *t, *other;

	TAILQ_FOREACH (t, &ch->toxics, entry) {
		other = proxy_toxic_find(p, t->spec->name);
		if (other != NULL &&
		    toxic_owner_kind(other->spec) != OWNER_PROFILE)
			return other;
	}
	return NULL;
}

enum answer_code
prepare_profile(struct change *ch)
{
	struct proxy *p = proxy_find(change_key(ch));
	const struct toxic *other;
	enum answer_code code;
	uint32_t gone;

	if (p == NULL)
		return ANSWER_NO_PROXY;
	gone = profile_count(p);
	if (gone == 0 && ch->ntoxics == 0)
		return ANSWER_NO_PROFILE;
	if ((other = in_the_way(ch, p)) != NULL) {
		toxic_spec_copy(&ch->answer.spec, other->spec);
		return ANSWER_TOXIC_EXISTS;
	}
	if (p->ntoxics - gone + ch->ntoxics > PROXY_TOXICS_MAX)
		return ANSWER_TOO_MANY;
	if ((code = change_count_toxics(ch, ch->ntoxics, gone)) != ANSWER_OK)
		return code;
	ch->proxy = p;
	return change_agree_toxics(ch);
}
