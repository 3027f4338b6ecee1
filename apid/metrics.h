/* SPDX-License-Identifier: ISC */
#ifndef METRICS_H
#define METRICS_H

#include <stdint.h>
#include <stdio.h>

struct proxy_key;
struct request;

/* Parts of /metrics; of the proxies that whoever asks may see. */

#define US_PER_S 1000000
#define MS_PER_S 1000

/* metrics_text.c */

void metrics_family(
    FILE *, const char *name, const char *type, const char *help);
void metrics_label(FILE *, const char *name, const char *value);
/* per_s: what is shown in seconds comes in so many parts; 0: any number */
void metrics_value(FILE *, uint64_t value, uint64_t per_s);

/* metrics_proxies.c */

/* Its label; is_for_all: among those of all tenants */
void metrics_proxy(FILE *, const struct proxy_key *, int is_for_all);
void metrics_proxies(FILE *, const struct request *);
void metrics_bytes(FILE *, const struct request *); /* the original's two */

/* metrics_toxics.c */

void metrics_toxics(FILE *, const struct request *);

#endif
