/* SPDX-License-Identifier: ISC */
/* Which keys concern this node; and who is told of them. */

#include <stdlib.h>

#include "etcd_source.h"
#include "fleet_keys.h"
#include "must.h"
#include "options.h"

struct etcd_ranges etcd_ranges;
const struct etcd_parts *etcd_parts;

static void
add_range(char *key, int is_beginning)
{
	const size_t n = etcd_ranges.n++;

	etcd_ranges.range = must(reallocarray(
	    etcd_ranges.range, etcd_ranges.n, sizeof(*etcd_ranges.range)));
	etcd_ranges.range[n].key = must(key);
	etcd_ranges.range[n].end =
	    is_beginning ? must(etcd_range_end(key)) : NULL;
}

void
etcd_ranges_open(const struct options *options)
{
	const char *prefix = options->prefix;
	size_t i;

	add_range(fleet_scope_key(prefix, FLEET_ALL, NULL), 1);
	for (i = 0; i < options->nlabels; i++)
		add_range(
		    fleet_scope_key(prefix, FLEET_LABEL, options->labels[i]),
		    1);
	add_range(fleet_scope_key(prefix, FLEET_NODE, options->node), 1);
	add_range(fleet_place_key(prefix, FLEET_DRAIN, options->node), 0);
}

void
etcd_ranges_close(void)
{
	size_t i;

	for (i = 0; i < etcd_ranges.n; i++) {
		free(etcd_ranges.range[i].key);
		free(etcd_ranges.range[i].end);
	}
	free(etcd_ranges.range);
}

void
etcd_lost_of(const struct etcd_error *err)
{
	if (err->code == ETCD_NO_MEMORY)
		fatalx("no memory");
	etcd_parts->lost(err->message);
}
