/* SPDX-License-Identifier: ISC */
#ifndef STATS_H
#define STATS_H

#include <stddef.h>
#include <stdint.h>

struct samples {
	int64_t *at; /* ns */
	size_t n, max;
	int sorted;
};
void samples_add(struct samples *, int64_t ns);
/* Of n > 0 samples.  quantile is in [0, 1]: 0 is the least, 1 the largest. */
int64_t samples_quantile(struct samples *, double quantile);

/* json.c: the one line of output, key by key. */
void json_open(const char *mode);
void json_object(const char *key);
void json_object_end(void);
void json_count(const char *key, int64_t);
void json_real(const char *key, double);
void json_us(const char *key, struct samples *, double quantile);
void json_ms(const char *key, struct samples *, double quantile);
void json_close(void);

#endif
