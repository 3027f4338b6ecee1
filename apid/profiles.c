/* SPDX-License-Identifier: ISC */
/* Profiles, of what toxics they are: see profiles.h. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "meant.h"
#include "nitems.h"
#include "profiles.h"
#include "toxic_tail.h"

static const struct row {
	const char *name, *does, *source;
	int64_t round_trip, jitter, kbit[STREAM_MAX];
	const char *loss;
} rows[] = {
#define X(name_, does_, source_, round_trip_, jitter_, up, down, loss_) \
	{                                                               \
		.name = (name_),                                        \
		.does = (does_),                                        \
		.source = (source_),                                    \
		.round_trip = (round_trip_),                            \
		.jitter = (jitter_),                                    \
		.kbit = { [STREAM_UPSTREAM] = (up),                     \
		    [STREAM_DOWNSTREAM] = (down) },                     \
		.loss = (loss_),                                        \
	},
	BUILT_IN_PROFILES(X)
#undef X
};

static struct profile *profiles; /* made when somebody asks */

/* One direction's part of what the source says of both. */
static int64_t
half(int64_t whole, enum toxic_stream stream)
{
	return stream == STREAM_UPSTREAM ? whole / 2 : whole - whole / 2;
}

/* KB/s, to the nearest. */
static int64_t
rate_of(int64_t kbit)
{
	return (kbit + 4) / 8;
}

/* "profile_latency_up" */
static struct toxic_spec *
add(struct profile *p, enum toxic_kind kind, enum toxic_stream stream)
{
	struct toxic_spec *spec = &p->toxics[p->ntoxics++];
	char owner[TOXIC_OWNER_MAX + 1];

	toxic_spec_init(spec, kind);
	owner_text(OWNER_PROFILE, p->name, owner);
	(void)toxic_owner_set(spec, owner);
	spec->stream = (uint8_t)stream;
	snprintf(spec->name, sizeof(spec->name), "profile_%s_%s",
	    toxic_schema(kind)->name,
	    stream == STREAM_UPSTREAM ? "up" : "down");
	return spec;
}

/*
 * What waits for the line waits before it is under way.  The line is the
 * network's: all connections share it.
 */
static void
add_direction(
    struct profile *p, const struct row *row, enum toxic_stream stream)
{
	struct toxic_spec *spec;

	if (row->kbit[stream] > 0) {
		spec = add(p, TOXIC_BANDWIDTH, stream);
		spec->values[BANDWIDTH_RATE].integer =
		    rate_of(row->kbit[stream]);
		spec->values[BANDWIDTH_SCOPE].integer = toxic_word_number(
		    toxic_attribute_of(spec, BANDWIDTH_SCOPE), "proxy");
	}
	spec = add(p, TOXIC_LATENCY, stream);
	spec->values[LATENCY_LATENCY].integer = half(row->round_trip, stream);
	spec->values[LATENCY_JITTER].integer = half(row->jitter, stream);
}

#define BUILT_IN_TOXICS ((size_t)2 * STREAM_MAX)

static void
make(struct profile *p, const struct row *row)
{
	int stream;

	p->toxics = calloc(BUILT_IN_TOXICS, sizeof(*p->toxics));
	if (p->toxics == NULL)
		fatal("%s", __func__);
	snprintf(p->name, sizeof(p->name), "%s", row->name);
	p->does = row->does;
	p->source = row->source;
	p->loss = row->loss;
	for (stream = 0; stream < STREAM_MAX; stream++)
		add_direction(p, row, (enum toxic_stream)stream);
}

static void
make_all(void)
{
	size_t i;

	if ((profiles = calloc(nitems(rows), sizeof(*profiles))) == NULL)
		fatal("%s", __func__);
	for (i = 0; i < nitems(rows); i++)
		make(&profiles[i], &rows[i]);
}

const struct profile *
profiles_nth(size_t i)
{
	if (profiles == NULL)
		make_all();
	return i < nitems(rows) ? &profiles[i] : NULL;
}

const struct profile *
profiles_find(const char *name)
{
	const struct profile *p;
	size_t i;

	for (i = 0; (p = profiles_nth(i)) != NULL; i++) {
		if (strcasecmp(p->name, name) == 0)
			break;
	}
	return p;
}

const char *
profiles_meant(const char *name)
{
	const char *names[nitems(rows)];
	size_t i;

	for (i = 0; i < nitems(rows); i++)
		names[i] = rows[i].name;
	return meant(name, names, nitems(rows));
}
