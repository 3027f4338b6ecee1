/* SPDX-License-Identifier: ISC */
/* Proxies and toxics as lines for a pipe, and for people. */
#ifndef SHOW_H
#define SHOW_H

#include "toxictl.h"

void show_proxies(const struct ctl *, const struct toxi_proxies *);
void show_proxy(const struct ctl *, const struct toxi_proxy *);
/* Of one session's own. */
void show_own_toxics(const struct ctl *, const struct toxi_toxics *);

/* "latency=100 jitter=5", by malloc; exits if there is no memory. */
char *show_attributes(const struct toxi_toxic *);

const char *show_stream(const struct toxi_toxic *);

#endif
