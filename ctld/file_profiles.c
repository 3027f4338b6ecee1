/* SPDX-License-Identifier: ISC */
/* See file_profiles.h. */

#include <stdlib.h>
#include <string.h>

#include "change.h"
#include "child.h"
#include "file_profiles.h"
#include "handed_toxic.h"
#include "msg.h"
#include "toxic_owner.h"

static struct file_profiles now;
static int are_new; /* to the journal */

int
file_profiles_add(struct file_profiles *s, const struct toxic_spec *spec)
{
	if (s->n == FILE_PROFILES_MAX || !change_toxic_is_offered(spec) ||
	    toxic_owner_kind(spec) != OWNER_PROFILE)
		return -1;
	if ((s->all[s->n] = toxic_spec_dup(spec)) == NULL)
		return -2;
	s->n++;
	return 0;
}

void
file_profiles_free(struct file_profiles *s)
{
	while (s->n > 0)
		free(s->all[--s->n]);
}

static int
is_same(const struct toxic_spec *a, const struct toxic_spec *b)
{
	const size_t size = toxic_spec_size(a);

	return toxic_spec_size(b) == size && memcmp(a, b, size) == 0;
}

int
file_profiles_take(struct file_profiles *s)
{
	size_t i;

	for (i = 0; i < s->n && i < now.n; i++) {
		if (!is_same(s->all[i], now.all[i]))
			break;
	}
	if (i == s->n && i == now.n) {
		file_profiles_free(s);
		return 0;
	}
	file_profiles_free(&now);
	now = *s;
	s->n = 0;
	are_new = 1;
	return 1;
}

void
file_profiles_feed(struct child *apid)
{
	size_t i;

	child_send_nothing(apid, MSG_API_PROFILES, 0);
	for (i = 0; i < now.n; i++)
		child_send(apid, MSG_API_PROFILE_TOXIC, 0, now.all[i], -1);
	child_send_nothing(apid, MSG_API_PROFILES_END, 0);
}

/* ---- for who follows */

int
file_profiles_are_new(void)
{
	int were_new = are_new;

	are_new = 0;
	return were_new;
}

const struct file_profiles *
file_profiles_now(void)
{
	return &now;
}

int
file_profiles_load(size_t n)
{
	file_profiles_free(&now);
	return n == 0 ? 0 : -1;
}

int
file_profiles_load_toxic(const void *bytes, size_t n)
{
	union msg_payload p;

	if (handed_toxic_unpack(&p.toxic_spec, bytes, n) == -1 ||
	    !payload_is_sound(PAYLOAD_toxic_spec, &p))
		return -1;
	return file_profiles_add(&now, &p.toxic_spec) == 0 ? 0 : -1;
}
