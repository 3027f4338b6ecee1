/* SPDX-License-Identifier: ISC */
#ifndef ENDPOINTS_H
#define ENDPOINTS_H

#include <stddef.h>

/* Where a cluster is to be found: "http://a:2379,https://b:2379". */
#define ENDPOINTS_MAX 16
struct endpoints {
	char *url[ENDPOINTS_MAX]; /* http:// or https://, no slash at its end */
	size_t n;
};

/* 0, or -1 and why in words; it is then empty.  fault: a constant. */
int endpoints_read(struct endpoints *, const char *text, const char **fault);
void endpoints_free(struct endpoints *);

#endif
