/* SPDX-License-Identifier: ISC */
/* noop: at work, and changes nothing. */

#include "toxic.h"

const struct toxic_ops toxic_noop = {};
