/* SPDX-License-Identifier: ISC */
/*
 * What a change comes to, for whoever asks later why: said when it happens,
 * from what has been prepared, while the truth is still as it was.
 */

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "change.h"
#include "change_log.h"
#include "log.h"
#include "msg.h"
#include "owned.h"
#include "proxies.h"
#include "toxic_select.h"
#include "toxic_spec.h"
#include "toxic_tail.h"
#include "toxic_wave.h"
#include "utf8.h"

/* Two of them, and names, have room in a line of log. */
#define VALUES_TEXT_MAX 480

static int
element_text(const struct toxic_spec *t, int slot,
    const struct toxic_attribute *a, size_t i, char *text, size_t size)
{
	const char *comma = i > 0 ? "," : "";

	return a->kind == VALUE_INTEGERS
	    ? snprintf(text, size, "%s%" PRId64, comma,
		  toxic_tail_integer(t, slot, i))
	    : snprintf(text, size, "%s\"%s\"", comma,
		  toxic_tail_nth_text(t, slot, i));
}

/* " codes=[500,503]"; what it has no room for is missing at its end. */
static int
list_text(const struct toxic_spec *t, int slot, const struct toxic_attribute *a,
    char *text, size_t size)
{
	size_t i, len, n = toxic_tail_count(t, slot);

	len = (size_t)snprintf(text, size, " %s=[", a->name);
	for (i = 0; i < n && len < size; i++)
		len +=
		    (size_t)element_text(t, slot, a, i, text + len, size - len);
	if (len < size)
		len += (size_t)snprintf(text + len, size - len, "]");
	return (int)len;
}

/* " latency=100"; as snprintf(3) returns. */
static int
value_text(const struct toxic_spec *t, size_t i, char *text, size_t size)
{
	const struct toxic_attribute *a = toxic_attribute_of(t, (int)i);

	switch (a->kind) {
	case VALUE_FRACTION:
		return snprintf(
		    text, size, " %s=%.15g", a->name, t->values[i].fraction);
	case VALUE_ENUM:
		return snprintf(
		    text, size, " %s=%s", a->name, toxic_spec_word(t, (int)i));
	case VALUE_TEXT:
		return snprintf(text, size, " %s=\"%s\"", a->name,
		    toxic_tail_text(t, (int)i));
	case VALUE_INTEGERS:
	case VALUE_TEXTS:
		return list_text(t, (int)i, a, text, size);
	case VALUE_INTEGER:
		break;
	}
	return snprintf(
	    text, size, " %s=%" PRId64, a->name, t->values[i].integer);
}

/* " select=[first=3]"; nothing where there is none, unless there was. */
static size_t
said_text(const char *what, const char *said, const struct toxic_spec *other,
    char *text, size_t len)
{
	if (len >= VALUES_TEXT_MAX || (*said == '\0' && other == NULL))
		return 0;
	return (size_t)snprintf(
	    text + len, VALUES_TEXT_MAX - len, " %s=[%s]", what, said);
}

/* What there was no room for is "...", behind a whole character. */
static void
cut(char text[VALUES_TEXT_MAX])
{
	size_t n, len = 0;
	uint32_t point;

	while ((n = utf8_character(text + len, &point)) > 0 &&
	    len + n < VALUES_TEXT_MAX - sizeof("..."))
		len += n;
	memcpy(text + len, "...", sizeof("..."));
}

/*
 * "toxicity=1 latency=100 jitter=0"; where there is another, only what is not
 * the same in both.
 */
static const char *
values_text(const struct toxic_spec *t, const struct toxic_spec *other,
    char text[VALUES_TEXT_MAX])
{
	const struct toxic_schema *s = toxic_schema((enum toxic_kind)t->kind);
	char select[SELECT_TEXT_MAX + 1], waves[WAVES_TEXT_MAX + 1];
	size_t i, len = 0;

	text[0] = '\0';
	if (other == NULL || t->toxicity != other->toxicity)
		len = (size_t)snprintf(
		    text, VALUES_TEXT_MAX, " toxicity=%g", (double)t->toxicity);
	for (i = 0; i < s->nattributes && len < VALUES_TEXT_MAX; i++) {
		if (other == NULL ? toxic_is_shown(t, (int)i)
				  : !toxic_spec_is_same(t, other, (int)i))
			len += (size_t)value_text(
			    t, i, text + len, VALUES_TEXT_MAX - len);
	}
	if (other == NULL || !toxic_select_is_same(t, other))
		len += said_text(
		    "select", toxic_select_text(t, select), other, text, len);
	if (other == NULL || !toxic_waves_are_same(t, other))
		len += said_text(
		    "wave", toxic_waves_text(t, waves), other, text, len);
	if (len >= VALUES_TEXT_MAX)
		cut(text);
	return text + (text[0] == ' ');
}

static void
say_toxic(const char *what, const struct proxy *p, const struct toxic_spec *t)
{
	char values[VALUES_TEXT_MAX];

	log_event(LOG_INFO, what, LOG_PROXY(&p->key), LOG_STR("toxic", t->name),
	    LOG_STR("type", toxic_schema((enum toxic_kind)t->kind)->name),
	    LOG_STR("stream", toxic_stream_name((enum toxic_stream)t->stream)),
	    LOG_STR("values", values_text(t, NULL, values)));
}

void
log_proxy_created(const struct change *ch)
{
	log_event(LOG_INFO,
	    ch->proxy != ch->made ? "Proxy replaced" : "Proxy created",
	    LOG_PROXY(&ch->kept.key), LOG_STR("listen", ch->kept.listen),
	    LOG_STR("upstream", ch->kept.upstream),
	    LOG_INT("enabled", ch->kept.enabled),
	    LOG_INT("toxics", ch->ntoxics));
}

/* Only what is another now, and what it was. */
void
log_proxy_updated(const struct change *ch)
{
	const struct difference *d = &ch->difference;
	const struct proxy *p = ch->proxy;
	struct log_field fields[8] = { LOG_PROXY(&p->key) };
	char is[CONNECT_TEXT_MAX], was[CONNECT_TEXT_MAX];
	size_t n = 1;

	if (d->listen) {
		fields[n++] =
		    (struct log_field)LOG_STR("listen", ch->kept.listen);
		fields[n++] =
		    (struct log_field)LOG_STR("listen_was", p->listen.text);
	}
	if (d->upstream) {
		fields[n++] =
		    (struct log_field)LOG_STR("upstream", ch->kept.upstream);
		fields[n++] =
		    (struct log_field)LOG_STR("upstream_was", p->upstream.text);
	}
	if (d->connect) {
		fields[n++] = (struct log_field)LOG_STR(
		    "connect", connect_text(&ch->kept.connect, is));
		fields[n++] = (struct log_field)LOG_STR(
		    "connect_was", connect_text(&p->connect, was));
	}
	if (d->enabled != d->was_enabled)
		fields[n++] = (struct log_field)LOG_INT("enabled", d->enabled);
	if (n > 1)
		log_fields(LOG_INFO, "Proxy updated", fields, n);
}

void
log_proxy_deleted(const struct change *ch)
{
	const struct proxy *p = ch->proxy;

	log_event(LOG_INFO, "Proxy deleted", LOG_PROXY(&p->key),
	    LOG_STR("listen", p->listen.text),
	    LOG_STR("upstream", p->upstream.text),
	    LOG_INT("toxics", p->ntoxics));
}

void
log_proxy_reset(const struct change *ch)
{
	const struct proxy *p = ch->proxy;

	if (p->ntoxics > 0 || !p->enabled || !connect_is_usual(&p->connect))
		log_event(LOG_INFO, "Proxy reset", LOG_PROXY(&p->key),
		    LOG_INT("toxics_removed", p->ntoxics),
		    LOG_INT("was_enabled", p->enabled));
}

void
log_toxic_created(const struct change *ch)
{
	say_toxic("Toxic created", ch->proxy, &ch->u.toxic_create.spec);
}

/* Only what is another now, and what it was. */
void
log_toxic_updated(const struct change *ch)
{
	const struct toxic_spec *was =
	    proxy_toxic_find(ch->proxy, ch->spec->name)->spec;
	char values[VALUES_TEXT_MAX], values_were[VALUES_TEXT_MAX];

	log_event(LOG_INFO, "Toxic updated", LOG_PROXY(&ch->proxy->key),
	    LOG_STR("toxic", ch->spec->name),
	    LOG_STR("values", values_text(ch->spec, was, values)),
	    LOG_STR("values_were", values_text(was, ch->spec, values_were)));
}

void
log_toxic_deleted(const struct change *ch)
{
	say_toxic("Toxic deleted", ch->proxy,
	    proxy_toxic_find(ch->proxy, ch->u.toxic_name.name)->spec);
}

void
log_profile(const struct change *ch)
{
	const struct proxy_profile *profile = &ch->u.profile;
	const uint32_t gone = owned_count(ch->proxy, OWNER_PROFILE);

	if (ch->ntoxics == 0)
		log_event(LOG_INFO, "Profile removed",
		    LOG_PROXY(&ch->proxy->key),
		    LOG_INT("toxics_removed", gone));
	else
		log_event(LOG_INFO, "Profile applied",
		    LOG_PROXY(&ch->proxy->key),
		    LOG_STR("profile", profile->name),
		    LOG_INT("toxics", ch->ntoxics),
		    LOG_INT("toxics_removed", gone));
}

void
log_lease_renewed(const struct change *ch)
{
	const struct lease_renewal *r = &ch->u.renewal;
	const int64_t ms = r->lease > 0 ? r->lease : 0;
	const char *message =
	    ms > 0 ? "Lease renewed" : "Lease ended: it stays";

	if (r->of.name[0] != '\0')
		log_event(LOG_INFO, message, LOG_PROXY(&ch->proxy->key),
		    LOG_STR("toxic", r->of.name), LOG_INT("ttl_ms", ms));
	else
		log_event(LOG_INFO, message, LOG_PROXY(&ch->proxy->key),
		    LOG_INT("ttl_ms", ms));
}
