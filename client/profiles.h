/* SPDX-License-Identifier: ISC */
/* Networks by name, out of JSON. */
#ifndef PROFILES_H
#define PROFILES_H

#include <jansson.h>

#include "toxi.h"

/* NULL: *err says why, TOXI_ERR_PROTOCOL or TOXI_ERR_NOMEM. */
struct toxi_profile *profile_decode(json_t *, struct toxi_error *);
struct toxi_profiles *profiles_decode(json_t *, struct toxi_error *);

/* As toxi_profile_free() and so on, which only one of the libraries has. */
void profile_free(struct toxi_profile *);
void profiles_free(struct toxi_profiles *);

#endif
