/* SPDX-License-Identifier: ISC */
/* Is a value of a file of the kind that an attribute has? */
#ifndef CONFIG_KINDS_H
#define CONFIG_KINDS_H

#include <jansson.h>

#include "kinds.h"

/* So are integral floats. */
int config_is_integer(const json_t *);
int64_t config_integer(const json_t *); /* of what is one */

int config_is_of_kind(enum toxic_value_kind, json_t *);

/* "list of integers" */
const char *config_kind_name(enum toxic_value_kind);

#endif
