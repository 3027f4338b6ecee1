/* SPDX-License-Identifier: ISC */
#ifndef ETCD_SOURCE_H
#define ETCD_SOURCE_H

#include <stddef.h>
#include <stdint.h>

#include "etcd.h"

struct event_base;
struct options;

/* What the parts of etcd_source.c share. */

/* Ranges of keys that concern this node: their place is the id of a watch - 1.
 */
struct etcd_ranges {
	struct {
		char *key, *end; /* end NULL: that key alone */
	} * range;
	size_t n;
};
extern struct etcd_ranges etcd_ranges;

void etcd_ranges_open(const struct options *);
void etcd_ranges_close(void);

/* What the parts tell: etcd_source.c. */
struct etcd_parts {
	void (*items)(const struct etcd_kvs *);
	void (*listed)(const struct etcd_header *);
	void (*changed)(int64_t revision);
	/* All that is under way is cancelled by it. */
	void (*lost)(const char *why);
};
extern const struct etcd_parts *etcd_parts;
/* ... of an answer that was none. */
void etcd_lost_of(const struct etcd_error *);

void etcd_list_start(void);
void etcd_list_stop(void);

void etcd_watch_start(const struct etcd_header *listed);
void etcd_watch_stop(void);

void etcd_report_open(struct event_base *, const struct options *);
void etcd_report_close(void);
void etcd_report_up(void);   /* etcd answers */
void etcd_report_down(void); /* ... and does not */
void etcd_report_set(const char *status, size_t len);
void etcd_report_retire(void (*done)(void));

#endif
