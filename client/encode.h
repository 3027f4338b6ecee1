/* SPDX-License-Identifier: ISC */
/* Proxies, toxics and tokens as JSON. */
#ifndef ENCODE_H
#define ENCODE_H

#include <jansson.h>

#include "toxi.h"

/* NULL: *err says why, TOXI_ERR_ARGUMENT or TOXI_ERR_NOMEM. */
json_t *encode_proxy(const struct toxi_proxy *, struct toxi_error *);
json_t *encode_proxies(struct toxi_proxies, struct toxi_error *);
json_t *encode_toxic(const struct toxi_toxic *, struct toxi_error *);
json_t *encode_toxics(struct toxi_toxics, struct toxi_error *);
json_t *encode_token(const struct toxi_token *, struct toxi_error *);

/* What of them can be changed. */
json_t *encode_proxy_change(const struct toxi_proxy *, struct toxi_error *);
json_t *encode_toxic_change(const struct toxi_toxic *, struct toxi_error *);

/* {"name": ...} */
json_t *encode_profile(const char *name, struct toxi_error *);

/* encode_scenario.c */
json_t *encode_scenario(const struct toxi_scenario *, struct toxi_error *);

/* {"ttl": ...}; below 0 is 0: for good. */
json_t *encode_lease(int64_t ttl_ms, struct toxi_error *);

#endif
