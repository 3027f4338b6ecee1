/* SPDX-License-Identifier: ISC */
/* Profiles, of what toxics they are: see profiles.h. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agreed.h"
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

static struct profile *built_in; /* made when somebody asks */

/* Those of the configuration file, and those that will be in their place. */
static struct list {
	struct profile *all;
	size_t n, ntoxics;
} of_file, coming;

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

void
profile_name_toxic(struct toxic_spec *spec)
{
	char name[TOXIC_NAME_MAX + 1] = ""; /* the whole of it is copied */

	snprintf(name, sizeof(name), "profile_%s_%s",
	    toxic_schema((enum toxic_kind)spec->kind)->name,
	    spec->stream == STREAM_UPSTREAM ? "up" : "down");
	memcpy(spec->name, name, sizeof(name));
}

static struct toxic_spec *
add(struct profile *p, enum toxic_kind kind, enum toxic_stream stream)
{
	struct toxic_spec *spec = &p->toxics[p->ntoxics++];
	char owner[TOXIC_OWNER_MAX + 1];

	toxic_spec_init(spec, kind);
	owner_text(OWNER_PROFILE, p->name, owner);
	(void)toxic_owner_set(spec, owner);
	spec->stream = (uint8_t)stream;
	profile_name_toxic(spec);
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
	if (row->loss[0] != '\0') {
		spec = add(p, TOXIC_TCP_LOSS, stream);
		spec->values[TCP_LOSS_LOSS].fraction =
		    strtod(row->loss, NULL) / 100;
	}
}

#define BUILT_IN_TOXICS ((size_t)3 * STREAM_MAX)

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

	if ((built_in = calloc(nitems(rows), sizeof(*built_in))) == NULL)
		fatal("%s", __func__);
	for (i = 0; i < nitems(rows); i++)
		make(&built_in[i], &rows[i]);
}

/* ---- of the file */

static void
list_free(struct list *list)
{
	size_t i;

	for (i = 0; i < list->n; i++)
		free(list->all[i].toxics);
	free(list->all);
	*list = (struct list){ .n = 0 };
}

void
profiles_begin(void)
{
	list_free(&coming);
}

static void
begin_profile(struct list *list, const char *name)
{
	struct profile *p;

	list->all = reallocarray(list->all, list->n + 1, sizeof(*list->all));
	if (list->all == NULL)
		fatal("%s", __func__);
	p = &list->all[list->n++];
	*p = (struct profile){ .does = "of this server's own",
		.source = "the configuration file",
		.loss = "" };
	snprintf(p->name, sizeof(p->name), "%s", name);
}

/* Those of one profile come behind each other. */
int
profiles_add(const struct toxic_spec *spec)
{
	struct list *list = &coming;
	struct profile *p;
	const char *name;

	if (toxic_owner_kind(spec) != OWNER_PROFILE ||
	    list->ntoxics == FILE_PROFILES_MAX)
		return -1;
	name = toxic_owner_name(spec);
	if (list->n == 0 || strcmp(list->all[list->n - 1].name, name) != 0)
		begin_profile(list, name);
	p = &list->all[list->n - 1];
	p->toxics = reallocarray(p->toxics, p->ntoxics + 1, sizeof(*p->toxics));
	if (p->toxics == NULL)
		fatal("%s", __func__);
	p->toxics[p->ntoxics++] = *spec;
	list->ntoxics++;
	return 0;
}

void
profiles_end(void)
{
	list_free(&of_file);
	of_file = coming;
	coming = (struct list){ .n = 0 };
}

/* ---- all */

static const struct profile *
find_of_file(const char *name)
{
	size_t i;

	for (i = 0; i < of_file.n; i++) {
		if (strcasecmp(of_file.all[i].name, name) == 0)
			return &of_file.all[i];
	}
	return NULL;
}

/* One that is built in goes behind those, unless one of them is called so. */
const struct profile *
profiles_nth(size_t i)
{
	size_t at;

	if (built_in == NULL)
		make_all();
	if (i < of_file.n)
		return &of_file.all[i];
	i -= of_file.n;
	for (at = 0; at < nitems(rows); at++) {
		if (find_of_file(built_in[at].name) == NULL && i-- == 0)
			return &built_in[at];
	}
	return NULL;
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
	const char *names[nitems(rows) + FILE_PROFILES_MAX];
	const struct profile *p;
	size_t n = 0;

	for (; (p = profiles_nth(n)) != NULL; n++)
		names[n] = p->name;
	return meant(name, names, n);
}
